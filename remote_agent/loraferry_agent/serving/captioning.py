"""What is done for requests about captions."""

from loraferry_agent.captioning import orders
from loraferry_agent.serving.connection import Connection
from loraferry_core.protocol import messages as m


def caption(connection: Connection, request: m.Caption) -> m.Answer:
    """Begin an order, or join."""
    return m.CaptioningIs(state=orders.start(connection.settings, request.order, request.beside_training))


def captions(connection: Connection, request: m.Captions) -> m.Answer:
    """What was found since."""
    layout = connection.agent.layout
    state, found, place = orders.found_after(layout, request.captioning, request.place, request.wait_s)
    return m.CaptionsAre(state=state, captions=found, place=place)


def cancel_captioning(connection: Connection, request: m.CancelCaptioning) -> m.Answer:
    """End an order."""
    return m.CaptioningIs(state=orders.cancel(connection.agent.layout, request.captioning))
