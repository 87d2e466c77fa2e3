import json
from collections.abc import Sequence
from typing import Any

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.agent_code import AgentCode
from loraferry.remote.bootstrap import Deployment, deploy, probe, serve_command
from loraferry.remote.transport import Completed
from loraferry_core.problems import ProblemError
from tests.fakes.fake_transport import FakeTransport, ScriptedStream

CODE = AgentCode({
    "loraferry_agent/probe.py": b"probe source",
    "loraferry_agent/install.py": b"install source",
    "loraferry_agent/requirements.lock": b"torch==2.13.0\n",
})  # fmt: skip
FACTS: dict[str, Any] = {
    "hostname": "h", "system": "Linux", "machine": "x86_64", "user": "u", "home": "/root/.loraferry", "boot_id": "b",
    "cpus": 2, "memory_mb": 1000,
    "interpreters": [
        {"path": "/usr/bin/python3", "version": "3.8.10"},
        {"path": "/opt/python", "version": "3.12.0", "torch": "2.13.0", "packages": {"torch": "2.13.0"}, "has_venv": True},
    ],
}  # fmt: skip


def seen(facts: dict[str, Any], noise: bytes = b"") -> Completed:
    return Completed(0, noise + b"\n\x05loraferry-probe " + json.dumps(facts).encode() + b"\n", b"")


def done(result: str) -> bytes:
    return b"\n\x05loraferry-install " + json.dumps({"done": result}).encode() + b"\n"


def refused(code: str, **params: Any) -> bytes:
    return b"\x05loraferry-install " + json.dumps({"problem": code, "params": params}).encode() + b"\n"


def machine(streams: Sequence[ScriptedStream], facts: dict[str, Any] = FACTS, noise: bytes = b"") -> FakeTransport:
    left = list(streams)
    return FakeTransport(lambda command, stdin: seen(facts, noise), lambda command: left.pop(0))


def order_of(stream: ScriptedStream) -> dict[str, Any]:
    script, _, rest = stream.written.partition(b"install source")
    assert script == b""
    order: dict[str, Any] = json.loads(rest.splitlines()[0])
    return order


def ignore(*_: object) -> None:
    pass


def test_a_fresh_machine_step_by_step() -> None:
    streams = [
        ScriptedStream(done("/root/.loraferry/code/x")),
        ScriptedStream(b"Collec", b"ting\n" + done("/opt/python")),
    ]
    told: list[tuple[str, int, int, str]] = []
    transport = machine(streams, noise=b"Welcome!\n\x05loraferry-probe?\n")
    deployment = deploy(transport, lambda *step: told.append(step), CancelToken(), code=CODE)
    assert deployment.python == "/opt/python"
    assert deployment.code == f"/root/.loraferry/code/{CODE.version}"
    assert order_of(streams[0])["action"] == "code"
    assert streams[0].written.endswith(CODE.archive())
    assert order_of(streams[1])["action"] == "adopt"
    assert all(stream.closed for stream in streams)
    assert [step[0] for step in told if step[1] == 1] == ["probe", "code", "environment"]
    assert ("environment", 0, 0, "Collecting") in told


def test_the_next_way_is_tried_when_the_first_fails() -> None:
    streams = [
        ScriptedStream(done("c")),
        ScriptedStream(refused("deploy_failed", phase="selftest", output="no CUDA")),
        ScriptedStream(done("/root/.loraferry/venvs/e/python")),
    ]
    deployment = deploy(machine(streams), ignore, CancelToken(), code=CODE, work="")
    assert deployment.python == "/root/.loraferry/venvs/e/python"
    assert order_of(streams[2])["action"] == "build"


def test_the_last_failure_is_told_with_its_output() -> None:
    bad = [ScriptedStream(refused("deploy_failed", phase="selftest", output="no \x1b[31mCUDA")) for _ in range(2)]
    with pytest.raises(ProblemError) as caught:
        deploy(machine([ScriptedStream(done("c")), *bad]), ignore, CancelToken(), code=CODE)
    assert caught.value.problem.params == {"phase": "selftest", "output": "no CUDA"}


@pytest.mark.parametrize(
    "said",
    [
        b"Segmentation fault\n",
        b"Segmentation fault\n\x05loraferry-install {broken\n",
        b"Segmentation fault\n" + refused("no_such_problem"),
        b"Segmentation fault\n" + refused("disk_full", path="/"),
        b"Segmentation fault\n\x05loraferry-install 5\n",
    ],
)
def test_whatever_else_it_says_is_quoted(said: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        deploy(machine([ScriptedStream(said, stderr=b"core dumped")]), ignore, CancelToken(), code=CODE)
    assert caught.value.problem.code == "deploy_failed"
    assert caught.value.problem.params["phase"] == "code"
    assert caught.value.problem.params["output"] == "Segmentation fault\ncore dumped"


def test_a_full_disk_ends_it_at_once() -> None:
    streams = [ScriptedStream(refused("disk_full", path="/", needed_mb=1, free_mb=0))]
    with pytest.raises(ProblemError) as caught:
        deploy(machine(streams), ignore, CancelToken(), code=CODE)
    assert caught.value.problem.code == "disk_full"


def test_it_can_be_called_off() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        deploy(machine([]), ignore, cancel, code=CODE)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Completed(127, b"", b"sh: no python"), "python_missing"),
        (Completed(0, b"Welcome!", b""), "probe_failed"),
        (Completed(0, b"\x05loraferry-probe {}\n", b""), "probe_failed"),
        (seen({**FACTS, "cpus": -1}), "probe_failed"),
    ],
)
def test_a_probe_that_finds_nothing(answer: Completed, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        probe(FakeTransport(lambda command, stdin: answer), CODE)
    assert caught.value.problem.code == code


def test_the_probe_looks_in_many_places() -> None:
    transport = machine([])
    probe(transport, CODE, "/h", ("/it's/python",))
    command, stdin = transport.ran[0]
    assert stdin == b"probe source"
    assert "'/it'\\''s/python' 'python3'" in command[2]
    assert command[-3:] == ("-", "/h", "/it's/python")


def test_the_agent_is_started_from_the_deployed_code() -> None:
    facts: Any = None
    command = serve_command(Deployment("/p", "/h/code/x", "/h", facts), "--trainer", "t")
    assert command[0] == "/p"
    assert command[3:] == ["/h/code/x", "--home", "/h", "--trainer", "t"]
