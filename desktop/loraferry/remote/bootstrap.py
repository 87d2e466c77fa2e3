"""Makes a machine an agent's, and takes the agent away again. Nothing needs to be there but a Python.

Look at it, decide, write down what was decided about it, send the code, get an environment. Only Python's standard
library is used there, through scripts that travel over stdin.
"""

import getpass
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from loraferry.cancellation import CancelToken
from loraferry.platform import cache_folder
from loraferry.remote import uv
from loraferry.remote.agent_code import AgentCode, read_agent_code
from loraferry.remote.installer import Installer, PhaseName, Progress, after_sentinel, shown
from loraferry.remote.local import LocalTransport
from loraferry.remote.plan import Adopt, Build, Environment, Plan, plan_deployment
from loraferry.remote.transport import Transport
from loraferry_core.host import HostFacts, HostSetup
from loraferry_core.problems import ProblemError, fail

__all__ = ["DEFAULT_HOME", "Deployment", "PhaseName", "Progress", "Removed", "deploy", "serve_command", "uninstall"]

DEFAULT_HOME = "~/.loraferry"
PROBE_SENTINEL = b"\x05loraferry-probe "
UNUSED_S = 3600.0
"""A version of the agent that no desktop has asked for within this time may be removed, in seconds."""

FetchUv = Callable[[str, CancelToken], bytes]
"""Gets uv's wheel for a machine's architecture."""

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
_SERVE = (
    "import os, runpy, sys; code = sys.argv.pop(1); sys.path[0] = code; os.environ['PYTHONPATH'] = code;"
    " runpy.run_module('loraferry_agent.serve', run_name='__main__', alter_sys=True)"
)


@dataclass(frozen=True)
class Deployment:
    """An agent in place: the interpreter it runs on, the folder of its code, its home, what the machine is, and the
    folder of its jobs."""

    python: str
    code: str
    home: str
    facts: HostFacts
    work: str = ""


@dataclass(frozen=True)
class Removed:
    """What an uninstallation took away, and what it left because it is not ours. Paths on the machine."""

    removed: tuple[str, ...]
    left: tuple[str, ...]


def fetch_uv(machine: str, cancel: CancelToken) -> bytes:
    """See `FetchUv`: from this program's cache, or by its pip."""
    return uv.fetch_uv(machine, cache_folder() / "uv", cancel)


def deploy(
    transport: Transport,
    progress: Progress,
    cancel: CancelToken,
    *,
    home: str = DEFAULT_HOME,
    work: str = "",
    pythons: Sequence[str] = (),
    code: AgentCode | None = None,
    facts: HostFacts | None = None,
    setup: HostSetup | None = None,
    get_uv: FetchUv = fetch_uv,
    unused_s: float = UNUSED_S,
    tagger: bool = False,
) -> Deployment:
    """Put this program's agent on a machine, or find it there.

    `work` is the folder for all that is large and must last (empty: where it is, at first in the home), `pythons` are
    further interpreters to consider, `facts` what `probe` told just now, `setup` is what was decided about the machine (None: nothing new). A
    `tagger` is an agent that trains nothing, in a home of its own. Raises ProblemError (`python_missing`, `probe_failed`,
    `deploy_failed`, `disk_full`, `inodes_full`, `folder_foreign`, `work_in_use`, `uv_unavailable`, `link_lost`, …),
    Cancelled.
    """
    code = code or read_agent_code()
    progress("probe", 0, 1, "")
    facts = facts or probe(transport, code, home, pythons)
    progress("probe", 1, 1, "")
    cancel.check()
    lock = code.tagger_lock if tagger else code.lock
    plan = plan_deployment(facts, code.version, lock, work, setup.caches if setup else "", tagger=tagger)
    installer = Installer(transport, code.modules(), facts, owner(), progress, cancel)
    folder = installer.order("code", "setup", _setup_order(plan, work, _with_cards(setup, plan, facts), unused_s))
    if plan.send_code:
        installer.order("code", "code", {"action": "code", "version": plan.code}, code.archive())
    progress("code", 1, 1, "")
    place = _join(facts, "code", plan.code)
    python = plan.ready or _environment(installer, plan, place, partial(_uv, installer, facts, get_uv, cancel))
    progress("environment", 1, 1, "")
    return Deployment(python, place, facts.home, facts, folder)


def uninstall(
    transport: Transport,
    cancel: CancelToken,
    *,
    home: str = DEFAULT_HOME,
    pythons: Sequence[str] = (),
    force: bool = False,
    code: AgentCode | None = None,
) -> Removed:
    """End the agent on a machine, remove all that it put there, and look again. Its own conversations end too.

    Raises ProblemError: `job_state` while a run waits or goes on, unless `force`; `folder_foreign` where the home is
    not an agent's; `uninstall_incomplete` where something stayed; those of `probe`.
    """
    code = code or read_agent_code()
    facts = probe(transport, code, home, pythons)
    installer = Installer(transport, code.modules(), facts, owner(), lambda *_: None, cancel)
    done = installer.order("code", "uninstall", {"action": "uninstall", "force": force})
    if not isinstance(done, dict):
        raise fail("deploy_failed", phase="uninstall", output=str(done))
    return Removed(_paths(done.get("removed")), _paths(done.get("left")))


def owner() -> str:
    """Who another desktop is told to wait for."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


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
    marked = after_sentinel(done.stdout, PROBE_SENTINEL)
    if marked is None and done.returncode == 127:
        raise fail("python_missing", found="")
    try:
        return HostFacts.model_validate_json(marked or b"")
    except ValidationError as error:
        raise fail("probe_failed", output=shown(done.stdout + done.stderr)) from error


def _python_command(transport: Transport, pythons: Sequence[str]) -> list[str]:
    """Start the first Python that runs. This computer's is this program's own, unless it is frozen."""
    if isinstance(transport, LocalTransport):
        own = shutil.which("python3") or shutil.which("python") if getattr(sys, "frozen", False) else sys.executable
        if not own:
            raise fail("python_missing", found="")
        return [own, "-E"]
    quoted = " ".join("'" + python.replace("'", "'\\''") + "'" for python in (*pythons, *PYTHONS))
    return ["sh", "-c", _FIND_PYTHON.format(pythons=quoted), "sh"]


# ---- orders ---------------------------------------------------------------------------------------------------------


def _setup_order(plan: Plan, work: str, setup: HostSetup | None, unused_s: float) -> dict[str, Any]:
    keep = [plan.code, plan.environment]
    return {
        "action": "setup",
        "work": work,
        "setup": setup.model_dump(mode="json") if setup else None,
        "keep": keep,
        "unused_s": unused_s,
    }


def _with_cards(setup: HostSetup | None, plan: Plan, facts: HostFacts) -> HostSetup | None:
    """Where only some of the cards can be used, nothing is to see the others."""
    if len(plan.cards) == len(facts.gpus):
        return setup
    setup = setup or HostSetup()
    visible = {"CUDA_VISIBLE_DEVICES": ",".join(map(str, plan.cards))}
    return setup.replace(environment={**visible, **setup.environment})


def _environment(installer: Installer, plan: Plan, code: str, put_uv: Callable[[], str]) -> str:
    """Try the ways to an environment until one works; the last one's failure is the failure."""
    for number, way in enumerate(plan.ways):
        try:
            tool = put_uv() if way.tool == "uv" else "pip"
            return str(installer.order("environment", "environment", _order(way, plan, code, tool)))
        except ProblemError as error:
            if error.problem.code != "deploy_failed":
                raise
            if number == len(plan.ways) - 1:
                raise (ProblemError(plan.otherwise, (error.problem,)) if plan.otherwise else error) from error
    raise AssertionError("a plan without an environment has ways to one")


def _order(way: Environment, plan: Plan, code: str, tool: str) -> dict[str, Any]:
    common = {
        "name": plan.environment,
        "python": way.python,
        "code": code,
        "cards": plan.cards,
        "tagger": plan.tagger,
    }
    if isinstance(way, Adopt):
        return {"action": "adopt", **common}
    assert isinstance(way, Build)
    return {
        "action": "build",
        "tool": tool,
        "system_site": way.system_site,
        "installs": way.installs,
        "without": way.without,
        "needed_mb": way.needed_mb,
        "needed_files": way.files,
        **common,
    }


def _uv(installer: Installer, facts: HostFacts, get_uv: FetchUv, cancel: CancelToken) -> str:
    """uv's path on the machine, sent there if need be."""
    sha256 = uv.WHEELS[facts.machine].sha256
    order = {"action": "uv", "version": uv.VERSION, "sha256": sha256, "needed_mb": 100}
    return str(installer.order("uv", "uv", order) or installer.order("uv", "uv", order, get_uv(facts.machine, cancel)))


def _paths(told: Any) -> tuple[str, ...]:
    return tuple(shown(str(path).encode()) for path in told) if isinstance(told, list) else ()


def _join(facts: HostFacts, *parts: str) -> str:
    return ("\\" if facts.system == "Windows" else "/").join((facts.home, *parts))
