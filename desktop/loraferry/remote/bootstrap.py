"""Makes a machine an agent's: look at it, decide, send the code, get an environment. Nothing needs to be there before.

Only Python's standard library is used there, through scripts that travel over stdin.
"""

import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from loraferry.cancellation import CancelToken
from loraferry.remote.agent_code import AgentCode, read_agent_code
from loraferry.remote.local import LocalTransport
from loraferry.remote.plan import Adopt, Build, Environment, Plan, plan_deployment
from loraferry.remote.transport import Stream, Transport
from loraferry_core.host import HostFacts
from loraferry_core.names import without_control_characters
from loraferry_core.problems import KINDS, ProblemError, fail

DEFAULT_HOME = "~/.loraferry"
PROBE_SENTINEL = b"\x05loraferry-probe "
INSTALL_SENTINEL = b"\x05loraferry-install "
MAX_LINE = 4 * 2**20
OUTPUT_TAIL = 4000

PhaseName = Literal["probe", "code", "environment"]
Progress = Callable[[PhaseName, int, int, str], None]
"""Phase, units done and in all (0 of 0 where they cannot be counted), and the line that a tool just printed."""

# Where a rented image may keep its Python, besides the search path.
PYTHONS = (
    "python3",
    "python",
    "/root/miniconda3/bin/python",
    "/venv/main/bin/python",
    "/opt/conda/bin/python",
    "/opt/venv/bin/python",
    "/usr/local/bin/python3",
    "/usr/bin/python3",
)
_FIND_PYTHON = """for p in {pythons}; do
  if "$p" -c 'import sys; sys.exit(sys.version_info < (3, 8))' </dev/null >/dev/null 2>&1; then exec "$p" -E "$@"; fi
done
exit 127"""
# Runs the first `n` bytes of stdin as a script, which finds the rest there.
_RUN_STDIN = "import sys; n = int(sys.argv.pop(1)); exec(compile(sys.stdin.buffer.read(n), 'sent', 'exec'))"
_SERVE = (
    "import os, runpy, sys; code = sys.argv.pop(1); sys.path[0] = code; os.environ['PYTHONPATH'] = code;"
    " runpy.run_module('loraferry_agent.serve', run_name='__main__', alter_sys=True)"
)


@dataclass(frozen=True)
class Deployment:
    """An agent in place: the interpreter it runs on, the folder of its code, its home, and what the machine is."""

    python: str
    code: str
    home: str
    facts: HostFacts


def deploy(
    transport: Transport,
    progress: Progress,
    cancel: CancelToken,
    *,
    home: str = DEFAULT_HOME,
    work: str = "",
    pythons: Sequence[str] = (),
    code: AgentCode | None = None,
) -> Deployment:
    """Put this program's agent on a machine, or find it there.

    `work` is the folder for all that is large and must last (empty: in the home), `pythons` are further interpreters
    to consider. Raises ProblemError (`python_missing`, `probe_failed`, `deploy_failed`, `disk_full`, …), Cancelled.
    """
    code = code or read_agent_code()
    progress("probe", 0, 1, "")
    facts = probe(transport, code, home, pythons)
    progress("probe", 1, 1, "")
    cancel.check()
    plan = plan_deployment(facts, code.version, code.lock)
    installer = _Installer(transport, code, facts, progress, cancel)
    if plan.send_code:
        progress("code", 0, 1, "")
        installer.order("code", "code", {"action": "code", "version": plan.code}, code.archive())
    progress("code", 1, 1, "")
    if work:
        installer.order("code", "work", {"action": "work", "work": work})
    folder = _join(facts, "code", plan.code)
    python = plan.ready or _environment(installer, plan, folder)
    progress("environment", 1, 1, "")
    return Deployment(python, folder, facts.home, facts)


def serve_command(deployment: Deployment, *arguments: str) -> list[str]:
    """The command that speaks the protocol, for any transport. It imports from the deployed code, whatever else the
    interpreter has and wherever it is started; its children do too. `arguments` are further ones of `serve`."""
    return [deployment.python, "-c", _SERVE, deployment.code, "--home", deployment.home, *arguments]


def probe(transport: Transport, code: AgentCode, home: str = DEFAULT_HOME, pythons: Sequence[str] = ()) -> HostFacts:
    """Look at a machine. Raises ProblemError: `python_missing` where none could be started, `probe_failed`."""
    command = [*_python_command(transport, pythons), "-", home, *pythons]
    try:
        done = transport.run(command, code.script("probe"), timeout=120.0)
    except FileNotFoundError as error:
        raise fail("python_missing", found="") from error
    except (OSError, TimeoutError) as error:
        raise fail("probe_failed", output=error) from error
    marked = _after_sentinel(done.stdout, PROBE_SENTINEL)
    if marked is None and done.returncode == 127:
        raise fail("python_missing", found="")
    try:
        return HostFacts.model_validate_json(marked or b"")
    except ValidationError as error:
        raise fail("probe_failed", output=_shown(done.stdout + done.stderr)) from error


def _python_command(transport: Transport, pythons: Sequence[str]) -> list[str]:
    """Start the first Python that runs. This computer's is this program's own, unless it is frozen."""
    if isinstance(transport, LocalTransport):
        own = shutil.which("python3") or shutil.which("python") if getattr(sys, "frozen", False) else sys.executable
        if not own:
            raise fail("python_missing", found="")
        return [own, "-E"]
    quoted = " ".join("'" + python.replace("'", "'\\''") + "'" for python in (*pythons, *PYTHONS))
    return ["sh", "-c", _FIND_PYTHON.format(pythons=quoted), "sh"]


def _environment(installer: "_Installer", plan: Plan, code: str) -> str:
    """Try the ways to an environment until one works; the last one's failure is the failure."""
    for number, way in enumerate(plan.ways):
        try:
            return installer.order("environment", "environment", _order(way, plan.environment, code))
        except ProblemError as error:
            if error.problem.code != "deploy_failed" or number == len(plan.ways) - 1:
                raise
    raise AssertionError("a plan without an environment has ways to one")


def _order(way: Environment, name: str, code: str) -> dict[str, Any]:
    common = {"name": name, "python": way.python, "code": code}
    if isinstance(way, Adopt):
        return {"action": "adopt", **common}
    assert isinstance(way, Build)
    return {
        "action": "build",
        "system_site": way.system_site,
        "installs": way.installs,
        "needed_mb": way.needed_mb,
        **common,
    }


class _Installer:
    """Runs `install.py` there, order by order, on the interpreter that ran the probe."""

    def __init__(
        self, transport: Transport, code: AgentCode, facts: HostFacts, progress: Progress, cancel: CancelToken
    ) -> None:
        self._transport, self._facts, self._progress, self._cancel = transport, facts, progress, cancel
        self._script = code.script("install")

    def order(self, phase: PhaseName, step: str, order: dict[str, Any], archive: bytes = b"") -> str:
        """Carry out one order; what it made. Raises ProblemError, Cancelled."""
        python = self._facts.interpreters[0].path
        line = json.dumps({"home": self._facts.home, **order}).encode() + b"\n"
        try:
            stream = self._transport.open([python, "-E", "-c", _RUN_STDIN, str(len(self._script))])
            try:
                stream.write(self._script + line + archive)
                stream.finish_writing()
                report, output = self._follow(stream, phase)
            finally:
                stream.close()
        except OSError as error:
            raise fail("deploy_failed", phase=step, output=error) from error
        return _result(report, step, output)

    def _follow(self, stream: Stream, phase: PhaseName) -> tuple[bytes | None, bytes]:
        """Pass lines on as they come; the marked one, and the last of the others."""
        buffer, report, tail = b"", None, b""
        while data := stream.read(1 << 16):
            self._cancel.check()
            *lines, buffer = (buffer + data).split(b"\n")
            for line in lines:
                marked = _after_sentinel(line + b"\n", INSTALL_SENTINEL)
                report = marked or report
                if marked is None and line.strip():
                    tail = (tail + line + b"\n")[-OUTPUT_TAIL:]
                    self._progress(phase, 0, 0, _shown(line))
            buffer = buffer[-MAX_LINE:]
        return report, tail + stream.stderr_tail()[-OUTPUT_TAIL:]


def _result(report: bytes | None, step: str, output: bytes) -> str:
    try:
        told = json.loads(report or b"null")
    except ValueError:
        told = None
    if isinstance(told, dict) and isinstance(told.get("done"), str):
        return str(told["done"])
    if isinstance(told, dict) and told.get("problem") in KINDS and isinstance(told.get("params"), dict):
        params = {str(name): _plain(value) for name, value in told["params"].items()}
        if params.keys() == KINDS[told["problem"]].params:
            raise fail(told["problem"], **params)
    raise fail("deploy_failed", phase=step, output=_shown(output))


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float) else without_control_characters(str(value))[-OUTPUT_TAIL:]


def _after_sentinel(output: bytes, sentinel: bytes) -> bytes | None:
    start = output.rfind(sentinel)
    end = output.find(b"\n", start)
    return None if start < 0 or end < 0 else output[start + len(sentinel) : end]


def _shown(output: bytes) -> str:
    return without_control_characters(output.decode("utf-8", "replace")).strip()[-OUTPUT_TAIL:]


def _join(facts: HostFacts, *parts: str) -> str:
    return ("\\" if facts.system == "Windows" else "/").join((facts.home, *parts))
