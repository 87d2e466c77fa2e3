"""Which work waits for which."""

import threading

from loraferry_agent.serving import lanes
from loraferry_agent.serving.lanes import MAX_BYTES, Lane, Lanes


def test_a_lane_keeps_its_order_and_another_does_not_wait_for_it() -> None:
    work = Lanes()
    gate, done = threading.Event(), threading.Event()
    order: list[int] = []
    work.run(Lane.MANIFESTS, lambda: order.append(int(gate.wait(30))))
    for number in (2, 3):
        work.run(Lane.MANIFESTS, lambda number=number: order.append(number))
    work.run(Lane.JOBS, done.set)
    assert done.wait(30)
    assert order == []
    gate.set()
    finished = threading.Event()
    work.run(Lane.MANIFESTS, finished.set)
    assert finished.wait(30)
    assert order == [1, 2, 3]


def test_now_is_at_once_and_here() -> None:
    names: list[str] = []
    Lanes().run(Lane.NOW, lambda: names.append(threading.current_thread().name))
    assert names == [threading.current_thread().name]


def test_blobs_of_different_streams_overlap_and_those_of_one_do_not() -> None:
    work = Lanes()
    gate, other, same = threading.Event(), threading.Event(), threading.Event()
    work.run(Lane.BLOBS, lambda: gate.wait(30) and None, shard=4)
    work.run(Lane.BLOBS, same.set, shard=4)
    work.run(Lane.BLOBS, other.set, shard=5)
    assert other.wait(30)
    assert not same.is_set()
    gate.set()
    assert same.wait(30)


def test_the_reading_waits_once_too_many_bytes_are_waiting() -> None:
    work = Lanes()
    gate, put = threading.Event(), threading.Semaphore(0)

    def fill() -> None:
        work.run(Lane.BLOBS, lambda: gate.wait(30) and None)
        for _ in range(4):
            work.run(Lane.BLOBS, lambda: None, MAX_BYTES // 2)
            put.release()

    filler = threading.Thread(target=fill)
    filler.start()
    for _ in range(2):
        assert put.acquire(timeout=30)
    assert not put.acquire(timeout=0.1)
    assert work.waiting(Lane.BLOBS) == MAX_BYTES
    assert work.waiting(Lane.JOBS) == 0
    gate.set()
    filler.join(30)
    assert put.acquire(timeout=30)


def test_one_piece_that_is_larger_than_all_may_still_pass() -> None:
    work, done = Lanes(), threading.Event()
    work.run(Lane.BLOBS, done.set, lanes.MAX_BYTES * 3)
    assert done.wait(30)
