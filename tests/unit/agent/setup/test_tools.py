import errno
import io
import os
import sys
import threading
import time
from pathlib import Path

import pytest

from loraferry_agent.setup.tools import CalledOff, Desk, Failure, private


def test_what_a_tool_says_goes_out_and_into_the_log(tmp_path: Path) -> None:
    output = io.BytesIO()
    desk = Desk(output)
    desk.keep_log(tmp_path / "log")
    heard: list[str] = []
    desk.call("packages", [sys.executable, "-c", "print('one'); print('two')"], dict(os.environ), heard=heard.append)
    assert output.getvalue().split() == [b"one", b"two"]
    assert [line.strip() for line in heard] == ["one", "two"]
    assert (tmp_path / "log").read_text(encoding="utf-8").splitlines()[-2:] == ["one", "two"]


def test_what_it_says_last_is_kept() -> None:
    with pytest.raises(Failure) as caught:
        Desk(io.BytesIO()).call(
            "packages",
            [sys.executable, "-c", "print('x' * 9000); print('the end'); raise SystemExit(1)"],
            {**os.environ},
        )
    assert str(caught.value.params["output"]).split()[-1] == "end"
    assert len(str(caught.value.params["output"])) <= 6000


def test_a_full_disk_is_one() -> None:
    with pytest.raises(OSError) as caught:
        Desk(io.BytesIO()).call(
            "packages",
            [sys.executable, "-c", "print('OSError: No space left on device'); raise SystemExit(1)"],
            {**os.environ},
        )
    assert caught.value.errno == errno.ENOSPC


def test_nobody_need_listen(tmp_path: Path) -> None:
    class Closed(io.BytesIO):
        def write(self, data: object) -> int:
            raise BrokenPipeError

    desk = Desk(Closed())
    desk.tell(done=1)
    desk.call("x", [sys.executable, "-c", "print(1)"], {**os.environ})


@pytest.mark.skipif(sys.platform == "win32", reason="looks for processes by their pid")
def test_calling_off_ends_the_tool_and_its_children(tmp_path: Path) -> None:
    source, sink = os.pipe()
    program = (
        "import subprocess, sys, time;"
        "child = subprocess.Popen([sys.executable, '-c', 'import signal, time; signal.signal(signal.SIGTERM,"
        " signal.SIG_IGN); print(1, flush=True); time.sleep(600)'], stdout=subprocess.PIPE); child.stdout.readline();"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    desk = Desk(io.BytesIO())
    pids: list[int] = []

    def heard(line: str) -> None:
        pids.append(int(line))
        os.write(sink, b"cancel\n")

    with os.fdopen(source, "rb") as reader:
        desk.listen(reader)
        with pytest.raises(CalledOff):
            desk.call("x", [sys.executable, "-c", program], {**os.environ}, heard=heard)
        os.close(sink)
    give_up_at = time.monotonic() + 30
    while _is_running(pids[0]):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    with pytest.raises(CalledOff):
        desk.call("x", [sys.executable, "-c", "pass"], {**os.environ})
    assert threading.active_count() >= 1


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] not in (b"Z", b"X")
    except OSError:
        return False


def test_folders_that_had_to_be_made_are_told(tmp_path: Path) -> None:
    assert private(tmp_path / "a" / "b") == [str(tmp_path / "a"), str(tmp_path / "a" / "b")]
    assert private(tmp_path / "a" / "b") == []
