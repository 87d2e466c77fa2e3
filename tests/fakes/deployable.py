"""Agent code for tests of deployments: the real packages with a trivial self-test, and packages small enough to fetch."""

import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from loraferry.remote.agent_code import AgentCode, read_agent_code
from loraferry.remote.local import LocalTransport
from loraferry.remote.transport import Completed, Stream

FAKES = Path(__file__).parent
MARK = b"\x05loraferry-probe "


def quick_code(lock: str = "", selftest: str = "print('fine')\n", **more: bytes) -> AgentCode:
    """The real agent that says of every interpreter that it can train. `more` are further modules, as sources."""
    files = dict(read_agent_code().files)
    files["loraferry_agent/selftest.py"] = selftest.encode()
    files["fake_trainer.py"] = (FAKES / "fake_trainer.py").read_bytes()
    if lock:
        files["loraferry_agent/requirements.lock"] = lock.encode()
    return AgentCode({**files, **{f"loraferry_agent/{name}.py": source for name, source in more.items()}})


def make_wheel(folder: Path, name: str, version: str = "1.0", requires: Sequence[str] = ()) -> None:
    """A pure wheel with one module that holds its version."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    needed = "".join(f"Requires-Dist: {other}\n" for other in requires)
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(path, text)


class BareHost:
    """This computer seen as a rented one that has only the interpreters in `pythons`. See `Transport`."""

    label = "bare"

    def __init__(self, *pythons: str, **facts: object) -> None:
        self._local = LocalTransport()
        self._pythons, self._facts = pythons, facts
        self.ran: list[Sequence[str]] = []

    def run(self, command: Sequence[str], stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        done = self._local.run(command, stdin, timeout)
        if MARK not in done.stdout:
            return done
        found = json.loads(done.stdout.partition(MARK)[2])
        own = [python for python in found["interpreters"] if python["path"] in self._pythons]
        found.update(self._facts, interpreters=own)
        return replace(done, stdout=MARK + json.dumps(found).encode() + b"\n")

    def open(self, command: Sequence[str]) -> Stream:
        self.ran.append(command)
        return self._local.open(command)

    def close(self) -> None:
        self._local.close()
