"""A machine in memory: commands are answered by a script, streams come from a factory."""

from collections.abc import Callable, Sequence

from loraferry.remote.transport import Completed, Stream

Answer = Callable[[Sequence[str], bytes], Completed]


class FakeTransport:
    """Records what was run; `answer` says what comes of it, `stream` what a held-open command is. See `Transport`."""

    label = "fake"

    def __init__(self, answer: Answer | None = None, stream: Callable[[Sequence[str]], Stream] | None = None) -> None:
        self.ran: list[tuple[tuple[str, ...], bytes]] = []
        self.opened: list[tuple[str, ...]] = []
        self.closed = False
        self._answer, self._stream = answer, stream

    def run(self, command: Sequence[str], stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        self.ran.append((tuple(command), stdin))
        assert self._answer is not None
        return self._answer(command, stdin)

    def open(self, command: Sequence[str]) -> Stream:
        self.opened.append(tuple(command))
        assert self._stream is not None
        return self._stream(command)

    def close(self) -> None:
        self.closed = True


class ScriptedStream:
    """A command that says `output` in the given pieces whatever it hears. See `Stream`."""

    def __init__(self, *output: bytes, stderr: bytes = b"") -> None:
        self._output = list(output)
        self._stderr = stderr
        self.written = b""
        self.closed = False

    def read(self, size: int) -> bytes:
        return self._output.pop(0) if self._output else b""

    def write(self, data: bytes) -> None:
        self.written += data

    def finish_writing(self) -> None:
        pass

    def stderr_tail(self) -> bytes:
        return self._stderr

    def returncode(self, timeout: float) -> int | None:
        return 0

    def close(self) -> None:
        self.closed = True
