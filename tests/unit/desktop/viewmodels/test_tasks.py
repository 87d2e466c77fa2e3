"""The task runner: threads, callbacks in the main thread, cancelling, progress, failures, the end."""

import threading
import time
from collections.abc import Iterator

import pytest

from loraferry.viewmodels.tasks import CancelToken, TaskRunner
from loraferry_core.problems import Problem, fail, problem
from tests.fakes.inline_runner import InlineRunner


@pytest.fixture
def runner(qapp) -> Iterator[TaskRunner]:
    runner = TaskRunner()
    yield runner
    runner.shutdown()


def test_work_leaves_the_main_thread_and_the_result_comes_back_to_it(runner: TaskRunner, qtbot) -> None:
    here = threading.get_ident()
    seen: list = []
    runner.run(
        lambda token: threading.get_ident(),
        success=lambda there: seen.append((there, threading.get_ident())),
    )
    qtbot.waitUntil(lambda: bool(seen))
    ((there, back),) = seen
    assert there != here
    assert back == here


def test_a_problem_reaches_its_handler_in_the_main_thread(runner: TaskRunner, qtbot) -> None:
    seen: list = []

    def work(token: CancelToken) -> None:
        raise fail("image_empty", name="a.png")

    runner.run(work, failure=lambda found: seen.append((found, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [(problem("image_empty", name="a.png"), threading.get_ident())]


def test_a_failure_without_handler_is_announced(runner: TaskRunner, qtbot) -> None:
    with qtbot.waitSignal(runner.failed) as announced:
        runner.run(lambda token: 1 / 0)
    (found,) = announced.args
    assert isinstance(found, Problem)
    assert found.code == "task_failed"
    assert "ZeroDivisionError" in str(found.params["detail"])


def test_a_cancelled_task_is_silent(runner: TaskRunner, qtbot) -> None:
    started, ended, calls = threading.Event(), threading.Event(), []

    def work(token: CancelToken) -> str:
        started.set()
        token.wait(30)
        ended.set()
        return "late"

    task = runner.run(work, success=calls.append, failure=calls.append, progress=calls.append)
    assert started.wait(10)
    task.cancel()
    assert ended.wait(10)
    qtbot.waitUntil(lambda: task.done)
    assert calls == []


def test_progress_is_thinned_out_but_its_last_word_arrives_first(runner: TaskRunner, qtbot) -> None:
    calls: list = []

    def work(token: CancelToken) -> str:
        for number in range(2000):
            token.report(number)
        return "done"

    runner.run(work, success=calls.append, progress=calls.append)
    qtbot.waitUntil(lambda: "done" in calls)
    assert calls[-2:] == [1999, "done"]
    assert len(calls) < 200


def test_progress_comes_at_most_twenty_times_a_second(runner: TaskRunner, qtbot) -> None:
    calls: list = []

    def work(token: CancelToken) -> float:
        start = time.monotonic()
        while time.monotonic() - start < 0.3:
            token.report(0)
            token.wait(0.001)
        return time.monotonic() - start

    took: list = []
    runner.run(work, success=took.append, progress=calls.append)
    qtbot.waitUntil(lambda: bool(took))
    assert len(calls) <= took[0] / 0.05 + 2


def test_a_named_executor_keeps_its_order(runner: TaskRunner, qtbot) -> None:
    order: list = []
    for number in range(20):
        runner.run(lambda token, number=number: number, success=order.append, executor="host-1")
    qtbot.waitUntil(lambda: len(order) == 20)
    assert order == list(range(20))


def test_shutdown_cancels_joins_and_starts_nothing_more(qapp, qtbot) -> None:
    runner = TaskRunner()
    started, calls = threading.Event(), []

    def work(token: CancelToken) -> None:
        started.set()
        token.wait(30)

    runner.run(work, success=calls.append)
    assert started.wait(10)
    runner.shutdown()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("task-")]
    late = runner.run(lambda token: calls.append("ran"), success=calls.append)
    assert late.token.cancelled
    qapp.processEvents()
    assert calls == []


def test_the_inline_runner_behaves_alike(qapp) -> None:
    runner, calls = InlineRunner(), []
    runner.run(lambda token: token.report(1), success=calls.append, progress=calls.append)
    assert calls == [1, None]
    runner.run(lambda token: 1 / 0)
    assert [found.code for found in runner.problems] == ["task_failed"]
    runner.run(lambda token: token.cancel(), success=calls.append)
    assert calls == [1, None]


def test_a_last_word_is_told_although_the_work_goes_on(runner: TaskRunner, qtbot) -> None:
    """A follower that reports twice in a breath and then waits for hours must not be shown as it was the first time."""
    calls: list = []
    task = None

    def work(token: CancelToken) -> None:
        token.report(1)
        token.report(2)
        token.wait(30)

    task = runner.run(work, progress=calls.append)
    qtbot.waitUntil(lambda: 2 in calls)
    assert not task.done
    task.cancel()
