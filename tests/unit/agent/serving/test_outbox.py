"""What is said, and in which order."""

import os
import threading

from loraferry_agent.serving.follower import BATCH_BYTES, batches
from loraferry_agent.serving.outbox import MAX_NEWS, MAX_WAITING, Outbox
from loraferry_core.events import Logged


def read_all(descriptor: int) -> bytes:
    data = b""
    while piece := os.read(descriptor, 2**16):
        data += piece
    return data


def test_an_answer_overtakes_bulk_that_waits() -> None:
    incoming, outgoing = os.pipe()
    outbox = Outbox(outgoing)
    bulk = [bytes([number]) * 200_000 for number in (1, 2, 3)]
    for frame in bulk:
        outbox.send(frame)
    outbox.say(b"pong")
    # The pipe holds less than one frame, so nothing but the first can have left.
    reader = threading.Thread(target=lambda: found.append(read_all(incoming)))
    found: list[bytes] = []
    reader.start()
    outbox.close(10)
    os.close(outgoing)
    reader.join()
    os.close(incoming)
    assert found[0].index(b"pong") <= len(bulk[0])
    assert found[0].replace(b"pong", b"") == b"".join(bulk)


def test_bulk_waits_while_much_is_waiting_and_is_dropped_when_nobody_listens() -> None:
    incoming, outgoing = os.pipe()
    outbox = Outbox(outgoing)
    sent = threading.Semaphore(0)
    waiting: list[int] = []

    def send_much() -> None:
        for _ in range(5):
            outbox.send(b"x" * MAX_WAITING)
            waiting.append(outbox._bulk.size)
            sent.release()

    sender = threading.Thread(target=send_much)
    sender.start()
    # One is being written and never ends, the next one waits.
    assert sent.acquire(timeout=60)
    assert sent.acquire(timeout=60)
    os.close(incoming)
    sender.join(60)
    assert not sender.is_alive()
    assert max(waiting) <= MAX_WAITING
    outbox.close(60)
    os.close(outgoing)


def test_batches_keep_order_and_stay_small() -> None:
    events = [Logged(seq=n + 1, time=1, attempt=1, level="info", text="x" * 50_000) for n in range(12)]
    cut = list(batches(events))
    assert [event for batch in cut for event in batch] == events
    assert len(cut) == 3
    for batch in cut:
        assert sum(len(event.model_dump_json()) for event in batch) <= BATCH_BYTES
    huge = Logged(seq=1, time=1, attempt=1, level="info", text="x" * BATCH_BYTES)
    assert list(batches([huge])) == [[huge]]
    assert list(batches([])) == []


def test_news_overtakes_bulk_and_is_bounded_too() -> None:
    incoming, outgoing = os.pipe()
    outbox = Outbox(outgoing)
    for number in (1, 2, 3):
        outbox.send(bytes([number]) * 200_000)
    outbox.tell(b"news")
    told = threading.Semaphore(0)
    waiting: list[int] = []

    def tell_much() -> None:
        for _ in range(6):
            outbox.tell(b"n" * MAX_NEWS)
            waiting.append(outbox._news.size)
            told.release()

    teller = threading.Thread(target=tell_much)
    teller.start()
    assert told.acquire(timeout=60)
    found: list[bytes] = []
    reader = threading.Thread(target=lambda: found.append(read_all(incoming)))
    reader.start()
    teller.join(60)
    outbox.close(60)
    os.close(outgoing)
    reader.join(60)
    assert max(waiting) < 2 * MAX_NEWS
    os.close(incoming)
    assert found[0].index(b"news") <= 200_000
    assert len(found[0]) == 600_000 + 4 + 6 * MAX_NEWS
