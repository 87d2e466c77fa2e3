import sys

import pytest

from loraferry.remote.local import LocalTransport
from loraferry.remote.process import ProcessStream

ECHO = "import sys; sys.stderr.write('said'); sys.stderr.flush(); sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.exit(3)"


def test_runs_a_command() -> None:
    done = LocalTransport().run((sys.executable, "-c", ECHO), b"x" * 300_000)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"x" * 300_000, b"said")


def test_a_command_that_takes_too_long() -> None:
    with pytest.raises(TimeoutError):
        LocalTransport().run(
            (sys.executable, "-c", "input()" * 1 + "; import time; time.sleep(60)"), b"\n", timeout=0.3
        )


def test_a_command_that_does_not_exist() -> None:
    with pytest.raises(FileNotFoundError):
        LocalTransport().run(("no-such-program-anywhere",))


def test_a_stream_is_duplex_and_ends() -> None:
    stream = ProcessStream((sys.executable, "-c", ECHO))
    stream.write(b"hello")
    stream.finish_writing()
    said = b""
    while data := stream.read(10):
        said += data
    assert said == b"hello"
    assert stream.returncode(30) == 3
    assert stream.stderr_tail() == b"said"
    stream.release()
    with pytest.raises(OSError, match="closed"):
        stream.write(b"more")


def test_leaving_ends_what_runs() -> None:
    transport = LocalTransport()
    stream = transport.open((sys.executable, "-c", ECHO))
    transport.close()
    assert stream.read(1) == b""
    assert stream.returncode(30) == 3


def test_a_process_that_does_not_end_by_itself_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loraferry.remote.process.CLOSE_PATIENCE", 0.2)
    stream = ProcessStream((sys.executable, "-c", "import time\nprint(1, flush=True)\nwhile True: time.sleep(1)"))
    assert stream.read(1) == b"1"
    stream.close()
    assert stream.returncode(30) is not None
    stream.release()
