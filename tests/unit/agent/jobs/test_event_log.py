"""Events on disk."""

from pathlib import Path

import pytest

from loraferry_agent.jobs import event_log
from loraferry_agent.jobs.event_log import EventLog, EventTail, last_complete
from loraferry_agent.jobs.progress import ProgressReader
from loraferry_core.events import Failed, Logged, PhaseChanged, Step
from loraferry_core.problems import problem


def write_steps(path: Path, first: int, last: int, attempt: int = 1) -> None:
    log = EventLog(path, attempt, clock=lambda: 1.0)
    for step in range(first, last + 1):
        log.append(Step, step=step, loss=0.1, lr=1e-4, images_per_s=1.0)
    log.close()


@pytest.mark.parametrize("block", [1, 7, 100, 10_000])
def test_the_last_event_is_found_whatever_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(event_log, "TAIL_BYTES", block)
    path = tmp_path / "events.jsonl"
    assert last_complete(path) == (0, 0)
    path.touch()
    assert last_complete(path) == (0, 0)
    for number in (1, 2, 3):
        write_steps(path, number, number)
        assert last_complete(path) == (number, path.stat().st_size)
    end = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'{"seq":4,"ti')
    assert last_complete(path) == (3, end)


def test_a_torn_line_is_never_read_and_cut_off_by_the_next_writer(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 3)
    with path.open("ab") as file:
        file.write(b'{"seq":4,"ti')
    tail = EventTail(path, after_seq=1)
    assert [event.seq for event in tail.new()] == [2, 3]
    assert tail.new() == []
    write_steps(path, 4, 5)
    assert [event.seq for event in tail.new(limit=1)] == [4]
    assert [event.seq for event in tail.new()] == [5]


def test_a_torn_first_line_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"seq":1')
    write_steps(path, 1, 1)
    assert [event.seq for event in EventTail(path).new()] == [1]


def test_progress_is_about_the_latest_attempt_alone(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 3)
    log = EventLog(path, 1)
    log.append(Failed, problem=problem("runner_lost"))
    log.close()
    reader = ProgressReader(path, after_seq=4)
    progress = reader.read()
    assert (progress.training, progress.terminal, progress.last_step) == (False, None, 3)
    log = EventLog(path, 2)
    log.append(Logged, level="info", text="hello")
    assert not reader.read().training
    log.append(PhaseChanged, phase="train")
    assert reader.read().training
    failed = log.append(Failed, problem=problem("runner_lost"))
    log.close()
    assert reader.read().terminal == failed
    assert ProgressReader(path, after_seq=0).read().last_seq == 7
