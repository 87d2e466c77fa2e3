"""Events on disk."""

import errno
from pathlib import Path
from typing import BinaryIO

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
    assert last_complete(path) == (0, 0, 0)
    path.touch()
    assert last_complete(path) == (0, 0, 0)
    for number in (1, 2, 3):
        write_steps(path, number, number)
        assert last_complete(path) == (number, path.stat().st_size, 0)
    end = path.stat().st_size
    with path.open("ab") as file:
        file.write(b'{"seq":4,"ti')
    assert last_complete(path) == (3, end, 0)


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


def test_an_event_that_the_disk_refuses_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 2)
    log = EventLog(path, 1, clock=lambda: 1.0)

    def fill_up(file: BinaryIO, data: bytes) -> None:
        file.write(data[:20])
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as full:
        full.setattr(event_log, "_write", fill_up)
        for _ in range(2):
            with pytest.raises(OSError, match="full"):
                log.append(Step, step=3, loss=0.1, lr=1e-4, images_per_s=1.0)
    log.append(Failed, problem=problem("disk_full", path="/work", needed_mb=0, free_mb=0))
    log.close()
    assert [(event.seq, event.type) for event in EventTail(path).new()] == [(1, "step"), (2, "step"), (3, "failed")]
    assert path.read_bytes().count(b"\n") == 3


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


def damage(path: Path, *lines: int) -> None:
    """Overwrite lines, counted from 1, with bytes that are no event."""
    kept = path.read_bytes().splitlines(keepends=True)
    for number in lines:
        kept[number - 1] = b"\xff\x00" * (len(kept[number - 1]) // 2) + b"\n"
    path.write_bytes(b"".join(kept))


def seen(path: Path, after_seq: int = 0, limit: int = 1000) -> list[tuple[int, str]]:
    tail = EventTail(path, after_seq)
    found: list[tuple[int, str]] = []
    while events := tail.new(limit):
        found += [(event.seq, event.type) for event in events]
    return found


@pytest.mark.parametrize("limit", [1, 2, 1000])
@pytest.mark.parametrize("lines", [(1,), (3,), (2, 3), (1, 2, 3), (1, 4)])
def test_a_damaged_line_keeps_its_number(tmp_path: Path, lines: tuple[int, ...], limit: int) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 6)
    damage(path, *lines)
    assert seen(path, limit=limit) == [(seq, "log" if seq in lines else "step") for seq in range(1, 7)]
    assert seen(path, after_seq=3, limit=limit) == [(seq, "log" if seq in lines else "step") for seq in (4, 5, 6)]
    assert EventTail(path).new()[lines[0] - 1].problem == problem("event_damaged")  # type: ignore[union-attr]


def test_a_damaged_end_is_set_aside_and_its_numbers_are_not_used_again(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 6)
    before = EventTail(path)
    assert len(before.new(4)) == 4
    damage(path, 5, 6)
    damaged = path.read_bytes()
    assert last_complete(path).seq == 4
    assert last_complete(path).damaged == 2
    assert seen(path) == [(seq, "step") for seq in range(1, 5)]
    assert before.new() == []
    write_steps(path, 7, 8)
    # Whoever had read 5 and 6 while they were whole misses nothing that comes.
    assert seen(path) == [(seq, "step" if seq not in (5, 6) else "log") for seq in range(1, 9)]
    assert [event.seq for event in before.new()] == [5, 6, 7, 8]
    assert (tmp_path / "events.damaged").read_bytes() == damaged[-len((tmp_path / "events.damaged").read_bytes()) :]
    assert b"\xff" not in path.read_bytes()


def test_a_file_of_nothing_but_damage(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\x00" * 300 + b"\n" + b"[]\n{")
    assert last_complete(path) == (0, 0, 2)
    assert seen(path) == []
    write_steps(path, 3, 3)
    assert seen(path) == [(1, "log"), (2, "log"), (3, "step")]


def test_zeros_at_the_end_as_a_power_cut_leaves_them_are_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 2)
    with path.open("ab") as file:
        file.write(bytes(5000))
    assert [seq for seq, _ in seen(path)] == [1, 2]
    write_steps(path, 3, 4)
    assert [seq for seq, _ in seen(path)] == [1, 2, 3, 4]


def test_a_number_that_was_there_or_cannot_be_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    far = lines[2].replace(b'"seq":3', b'"seq":99999999')
    path.write_bytes(lines[0] + lines[1] + lines[1] + far + lines[2])
    assert [seq for seq, _ in seen(path)] == [1, 2, 3]


def test_an_empty_log_can_go_on_from_a_number(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path, 4, clock=lambda: 1.0, after_seq=120)
    log.append(Logged, level="info", text="here")
    log.close()
    write_steps(path, 122, 123, attempt=4)
    assert [seq for seq, _ in seen(path)] == [121, 122, 123]
    assert [seq for seq, _ in seen(path, after_seq=120)] == [121, 122, 123]


def test_progress_survives_damage(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write_steps(path, 1, 6)
    damage(path, 2, 6)
    progress = ProgressReader(path, after_seq=0).read()
    assert (progress.last_seq, progress.last_step) == (5, 5)
