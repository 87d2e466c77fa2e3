"""Running a vendor's own command that stops the meter, and judging its answer."""

import re
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from loraferry_agent import platform
from loraferry_core.guards import StopPlan, StopWord
from loraferry_core.names import without_control_characters

TIMEOUT = 180.0
MAX_OUTPUT = 8000
VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)
SHORTEST_SECRET = 6


def filled_in(command: Sequence[str], environment: Mapping[str, str]) -> list[str]:
    """The command with each `$NAME` replaced. Raises KeyError with the name of a variable that is not set: without it
    the command could mean another machine."""
    return [VARIABLE.sub(lambda found: environment[found[1] or found[2]], argument) for argument in command]


def judge(plan: StopPlan, code: int, output: str) -> StopWord:
    """What the command's end means. Only the vendor's own answer confirms a stop."""
    if code != 0:
        return "refused"
    try:
        confirmed = bool(plan.answer) and re.search(plan.answer, output) is not None
    except re.error:
        confirmed = False
    return "confirmed" if confirmed else "ordered"


def shown(output: bytes, environment: Mapping[str, str]) -> str:
    """The end of an output, fit to be shown: no control characters, no secrets of the environment."""
    text = without_control_characters(output.decode("utf-8", "replace"))
    for name, value in environment.items():
        if SECRET.search(name) and len(value) >= SHORTEST_SECRET:
            text = text.replace(value, "***")
    return text.strip()[-MAX_OUTPUT:]


class StopOrder:
    """One run of the command, beside the caller."""

    def __init__(
        self,
        plan: StopPlan,
        environment: Mapping[str, str],
        log: Path,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts it beside `log`, into which it prints. What keeps it from starting is its answer."""
        self._plan = plan
        self._environment = dict(environment)
        self._log = log
        self._log.unlink(missing_ok=True)
        self._ticks = ticks
        self._begun = ticks()
        self._process: subprocess.Popen[bytes] | None = None
        self._failure = ""
        try:
            command = filled_in(plan.command, environment)
            self._process = platform.spawn_detached(command, self._environment, log.parent, log)
        except KeyError as error:
            self._failure = f"${error.args[0]} is not set on this machine"
        except OSError as error:
            self._failure = str(error)

    def answer(self) -> tuple[StopWord, str] | None:
        """How it went, and what it printed; None while it runs."""
        if self._process is None:
            return "refused", self._failure[-MAX_OUTPUT:]
        code = self._process.poll()
        if code is None:
            if self._ticks() - self._begun > TIMEOUT:
                platform.kill(self._process.pid)
            return None
        output = shown(self._log.read_bytes() if self._log.exists() else b"", self._environment)
        return judge(self._plan, code, output), output
