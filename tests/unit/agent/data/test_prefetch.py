"""The next items are made in a thread that never outlives its use."""

import threading

import pytest

from loraferry_agent.data.prefetch import prefetched


def workers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("prefetch")]


def test_items_come_in_order() -> None:
    assert list(prefetched(lambda n: n * n, range(20), ahead=3)) == [n * n for n in range(20)]
    assert list(prefetched(lambda n: n, range(0))) == []
    assert workers() == []


def test_an_error_comes_in_its_items_place() -> None:
    items = prefetched(lambda n: 10 // (2 - n), range(5))
    assert (next(items), next(items)) == (5, 10)
    with pytest.raises(ZeroDivisionError):
        next(items)
    assert workers() == []


def test_only_so_many_are_made_ahead_and_closing_ends_the_thread() -> None:
    made: list[int] = []
    items = prefetched(lambda n: made.append(n), range(1000), ahead=2)
    next(items)
    assert workers() != []
    items.close()
    assert workers() == [] and len(made) <= 3
