"""What is done for requests about disk space and secrets."""

from loraferry_agent.serving.connection import Connection
from loraferry_agent.storage.count import count
from loraferry_agent.storage.free import free as free_items
from loraferry_agent.storage.secrets import set_secret as keep_secret
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import MAX_LINE
from loraferry_core.storage import StorageItem

MARGIN = 1024
MAX_ITEMS = 20_000


def storage(connection: Connection, request: m.Storage) -> m.Answer:
    """What is kept."""
    return m.StorageIs(items=fitting(count(connection.agent.layout), MAX_LINE - MARGIN))


def free(connection: Connection, request: m.Free) -> m.Answer:
    """Remove items, then look again."""
    free_items(connection.agent.layout, request.items)
    return m.StorageIs(items=fitting(count(connection.agent.layout), MAX_LINE - MARGIN))


def fitting(items: tuple[StorageItem, ...], room: int) -> tuple[StorageItem, ...]:
    """The largest items, as many as one message has room (in bytes) for; in the order in which they were. The others
    come up when some of these are gone."""
    by_size = sorted(range(len(items)), key=lambda index: -items[index].bytes)
    taken: list[int] = []
    for index in by_size[:MAX_ITEMS]:
        room -= len(items[index].model_dump_json().encode()) + 1
        if room < 0:
            break
        taken.append(index)
    return tuple(items[index] for index in sorted(taken))


def set_secret(connection: Connection, request: m.SetSecret) -> m.Answer:
    """Keep or remove a token."""
    keep_secret(connection.agent.layout, request.name, request.value)
    return m.Done()
