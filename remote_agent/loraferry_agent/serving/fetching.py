"""What is done for requests about base models."""

from pathlib import Path

from loraferry_agent.models import orders
from loraferry_agent.models.find import find_models as find
from loraferry_agent.models.find import look_at
from loraferry_agent.models.refusals import refuse_place
from loraferry_agent.serving.connection import Connection
from loraferry_core.protocol import messages as m


def find_models(connection: Connection, request: m.FindModels) -> m.Answer:
    """Look for base models on the disks, or at one path."""
    if request.place:
        refuse_place(request.place)
        found = look_at(Path(request.place).expanduser())
        return m.ModelsAre(models=(found,) if found else ())
    return m.ModelsAre(models=find(connection.agent.layout))


def fetch(connection: Connection, request: m.Fetch) -> m.Answer:
    """Begin to fetch a model, or join."""
    orders.start(connection.settings, request.order)
    return fetches(connection, m.Fetches())


def cancel_fetch(connection: Connection, request: m.CancelFetch) -> m.Answer:
    """End a fetch."""
    orders.cancel(connection.agent.layout, request.fetch)
    return fetches(connection, m.Fetches())


def fetches(connection: Connection, request: m.Fetches) -> m.Answer:
    """How the fetches stand."""
    return m.FetchesAre(fetches=orders.states(connection.agent.layout))
