import threading

from loraferry.remote.turn import Turn


def test_one_at_a_time() -> None:
    turn = Turn()
    assert turn.acquire()
    assert not turn.acquire(blocking=False)
    turn.release()
    assert turn.acquire(blocking=False)
    turn.release()


def test_whoever_asked_first_is_next_even_before_the_one_who_has_it() -> None:
    turn = Turn()
    order: list[str] = []
    asked = [threading.Event() for _ in range(3)]

    def wait_for_it(number: int) -> None:
        asked[number].set()
        with turn:
            order.append(str(number))

    turn.acquire()
    threads = []
    for number in range(3):
        threads.append(threading.Thread(target=wait_for_it, args=(number,)))
        threads[-1].start()
        assert asked[number].wait(30)
        while len(turn._waiting) <= number:  # it is about to wait
            assert threads[-1].is_alive()
    turn.release()
    with turn:
        order.append("again")
    for thread in threads:
        thread.join(30)
    assert order == ["0", "1", "2", "again"]


def test_counts_are_right_under_load() -> None:
    turn = Turn()
    inside = most = 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(500):
            with turn:
                inside += 1
                most = max(most, inside)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (inside, most) == (0, 1)
