"""This computer as a training machine."""

from collections.abc import Sequence

from loraferry.remote.process import ProcessStream, run_process
from loraferry.remote.transport import Completed, Stream


class LocalTransport:
    """Commands run as child processes, without a shell."""

    label = "localhost"

    def __init__(self) -> None:
        self._streams: list[ProcessStream] = []

    def run(self, command: Sequence[str], stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        """See `Transport`."""
        return run_process(command, stdin, timeout)

    def open(self, command: Sequence[str]) -> Stream:
        """See `Transport`."""
        stream = ProcessStream(command)
        self._streams.append(stream)
        return stream

    def close(self) -> None:
        """See `Transport`."""
        while self._streams:
            self._streams.pop().close()
