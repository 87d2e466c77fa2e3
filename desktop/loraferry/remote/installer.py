"""Runs the agent's `install.py` on a machine, order by order, and passes on what it tells."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.transport import Stream, Transport
from loraferry_core.host import HostFacts
from loraferry_core.names import without_control_characters
from loraferry_core.problems import KINDS, fail

SENTINEL = b"\x05loraferry-install "
MAX_LINE = 4 * 2**20
OUTPUT_TAIL = 4000
CHUNK = 256 * 1024
CANCEL_POLL_S = 0.1
CANCEL_PATIENCE_S = 15.0
"""How long the machine gets to end its tools and clear up, in seconds."""
END_PATIENCE_S = 10.0

PhaseName = Literal["probe", "code", "uv", "environment", "wait"]
Progress = Callable[[PhaseName, int, int, str], None]
"""Phase, units done and in all (bytes while something is sent, else packages; 0 of 0 where they cannot be counted), and
the line that a tool just printed. In the phase `wait` the line is who else is setting the machine up."""

# Reads the first `n` bytes of stdin, which are modules; the last one is the program and finds the rest there.
_RUN_MODULES = """import json, sys, types
n = int(sys.argv.pop(1))
for name in ("loraferry_agent", "loraferry_agent.setup"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = []
sent = json.loads(sys.stdin.buffer.read(n).decode())
for name, source in sent:
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
module.main()
"""


class Installer:
    """Orders to one machine, on the interpreter that ran the probe."""

    def __init__(
        self,
        transport: Transport,
        modules: bytes,
        facts: HostFacts,
        owner: str,
        progress: Progress,
        cancel: CancelToken,
    ) -> None:
        self._transport, self._modules, self._facts = transport, modules, facts
        self._owner, self._progress, self._cancel = owner, progress, cancel

    def order(self, phase: PhaseName, step: str, order: dict[str, Any], archive: bytes = b"") -> Any:
        """Carry out one order; what it made. Raises ProblemError, Cancelled."""
        self._cancel.check()
        python = self._facts.interpreters[0].path
        line = json.dumps({"home": self._facts.home, "owner": self._owner, "size": len(archive), **order})
        try:
            stream = self._transport.open([python, "-E", "-c", _RUN_MODULES, str(len(self._modules))])
        except OSError as error:
            raise fail("deploy_failed", phase=step, output=error) from error
        try:
            with suppress(OSError):  # its last words say more
                self._send(stream, phase, self._modules + line.encode() + b"\n", archive)
            report, output = self._follow(stream, phase)
            if report is None and stream.returncode(END_PATIENCE_S) is None:
                raise fail("link_lost", host=self._transport.label)
        finally:
            stream.close()
        self._cancel.check()
        return _result(report, step, output)

    def _send(self, stream: Stream, phase: PhaseName, head: bytes, archive: bytes) -> None:
        stream.write(head)
        for start in range(0, len(archive), CHUNK):
            self._cancel.check()
            stream.write(archive[start : start + CHUNK])
            self._progress(phase, min(start + CHUNK, len(archive)), len(archive), "")

    def _follow(self, stream: Stream, phase: PhaseName) -> tuple[dict[str, Any] | None, bytes]:
        """Pass lines on as they come; the report, and the last of the other lines."""
        over = threading.Event()
        watch = threading.Thread(target=self._call_off, args=(stream, over), name="calls off", daemon=True)
        watch.start()
        buffer, tail = b"", b""
        report: dict[str, Any] | None = None
        try:
            while report is None and (data := stream.read(1 << 16)):
                *lines, buffer = (buffer + data).split(b"\n")
                for line in lines:
                    told = _told(line)
                    if told is not None:
                        report = self._heard(phase, told) or report
                    elif line.strip():
                        tail = (tail + line + b"\n")[-OUTPUT_TAIL:]
                        self._progress(phase, 0, 0, shown(line))
                buffer = buffer[-MAX_LINE:]
        finally:
            over.set()
            watch.join()
        return report, tail + stream.stderr_tail()[-OUTPUT_TAIL:]

    def _heard(self, phase: PhaseName, told: dict[str, Any]) -> dict[str, Any] | None:
        """Pass on how far it is; a report ends the order."""
        if "waiting" in told:
            self._progress("wait", 0, 0, shown(str(told["waiting"])[:200].encode()))
            return None
        count = told.get("progress")
        if count is None:
            return told
        if isinstance(count, list) and len(count) == 2 and all(isinstance(number, int) for number in count):
            self._progress(phase, count[0], count[1], "")
        return None

    def _call_off(self, stream: Stream, over: threading.Event) -> None:
        """Once it is no longer wanted, say so to the machine, which ends its tools; then hang up."""
        while not over.is_set():
            if not self._cancel.wait(CANCEL_POLL_S):
                continue
            try:
                stream.write(b"cancel\n")
            except OSError:
                return
            over.wait(CANCEL_PATIENCE_S)
            stream.close()
            return


def _told(line: bytes) -> dict[str, Any] | None:
    """What a marked line holds, nothing if it is damaged; None for any other line."""
    marked = after_sentinel(line + b"\n", SENTINEL)
    if marked is None:
        return None
    try:
        told = json.loads(marked)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _result(report: dict[str, Any] | None, step: str, output: bytes) -> Any:
    told = report or {}
    if "done" in told:
        return told["done"]
    if told.get("cancelled"):
        raise Cancelled
    code, params = told.get("problem"), told.get("params")
    if isinstance(code, str) and code in KINDS and isinstance(params, dict):
        plain = {str(name): _plain(value) for name, value in params.items()}
        if plain.keys() == KINDS[code].params:
            raise fail(code, **plain)
    raise fail("deploy_failed", phase=step, output=shown(output))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else without_control_characters(str(value))[-OUTPUT_TAIL:]


def after_sentinel(output: bytes, sentinel: bytes) -> bytes | None:
    """The rest of the last line that the sentinel begins; None where there is none."""
    start = output.rfind(sentinel)
    end = output.find(b"\n", start)
    return None if start < 0 or end < 0 else output[start + len(sentinel) : end]


def shown(output: bytes) -> str:
    """The end of what a machine said, fit to be shown."""
    return without_control_characters(output.decode("utf-8", "replace")).strip()[-OUTPUT_TAIL:]
