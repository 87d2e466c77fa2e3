import json
import time
from collections.abc import Sequence
from typing import Any

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote import uv
from loraferry.remote.agent_code import INSTALLER, AgentCode
from loraferry.remote.bootstrap import Deployment, deploy, probe, serve_command, uninstall
from loraferry.remote.transport import Completed
from loraferry_core.host import HostSetup
from loraferry_core.problems import ProblemError
from tests.fakes.fake_transport import FakeTransport, ScriptedStream

CODE = AgentCode({
    "loraferry_agent/probe.py": b"probe source",
    **{f"{name}.py": b"source" for name in INSTALLER},
    "loraferry_agent/requirements.lock": b"torch==2.13.0\n",
    "loraferry_agent/tagger.lock": b"numpy==2.4.6\n",
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
    modules = CODE.modules()
    assert stream.written.startswith(modules)
    order: dict[str, Any] = json.loads(stream.written[len(modules) :].splitlines()[0])
    return order


def setup_done() -> ScriptedStream:
    return ScriptedStream(done("/root/.loraferry"))


def ignore(*_: object) -> None:
    pass


def test_a_fresh_machine_step_by_step() -> None:
    streams = [
        ScriptedStream(done("/data/work")),
        ScriptedStream(done("/root/.loraferry/code/x")),
        ScriptedStream(b"Collec", b'ting\n\x05loraferry-install {"progress": [1, 2]}\n' + done("/opt/python")),
    ]
    told: list[tuple[str, int, int, str]] = []
    transport = machine(streams, noise=b"Welcome!\n\x05loraferry-probe?\n")
    setup = HostSetup(vendor="v", environment_files=("/etc/x",))
    deployment = deploy(
        transport, lambda *step: told.append(step), CancelToken(), code=CODE, setup=setup, work="/data/work"
    )
    assert (deployment.python, deployment.work) == ("/opt/python", "/data/work")
    assert deployment.code == f"/root/.loraferry/code/{CODE.version}"
    first, second, third = map(order_of, streams)
    assert (first["action"], first["work"], first["setup"]) == ("setup", "/data/work", setup.model_dump(mode="json"))
    assert first["keep"][0] == CODE.version
    assert "@" in first["owner"]
    assert (second["action"], second["size"]) == ("code", len(CODE.archive()))
    assert streams[1].written.endswith(CODE.archive())
    assert third["action"] == "adopt"
    assert all(stream.closed for stream in streams)
    assert ("code", len(CODE.archive()), len(CODE.archive()), "") in told
    assert [step[0] for step in told if step[1:3] == (1, 1)] == ["probe", "code", "environment"]
    assert ("environment", 0, 0, "Collecting") in told
    assert ("environment", 1, 2, "") in told


def test_a_known_machine_is_only_told_what_was_decided() -> None:
    python = {**FACTS["interpreters"][1]}
    found = {**FACTS, "codes": [CODE.version], "interpreters": [python]}
    first = [setup_done(), ScriptedStream(done("c"))]
    deploy(machine(first, found), ignore, CancelToken(), code=CODE)
    name = order_of(first[1])["name"]
    again = [setup_done()]
    deployment = deploy(machine(again, {**found, "pythons": {name: "/opt/python"}}), ignore, CancelToken(), code=CODE)
    assert deployment.python == "/opt/python"
    assert order_of(again[0])["setup"] is None


def test_a_tagger_is_tried_as_one() -> None:
    found = {**FACTS, "codes": [CODE.version]}
    ways = []
    for tagger in (True, False):
        streams = [setup_done(), ScriptedStream(done("c"))]
        deploy(machine(streams, found), ignore, CancelToken(), code=CODE, tagger=tagger)
        ways.append(order_of(streams[1]))
    assert [way["tagger"] for way in ways] == [True, False]
    assert ways[0]["name"] != ways[1]["name"]


def test_the_next_way_is_tried_when_the_first_fails() -> None:
    streams = [
        setup_done(),
        ScriptedStream(done("c")),
        ScriptedStream(refused("deploy_failed", phase="selftest", output="no CUDA")),
        ScriptedStream(done("/root/.loraferry/venvs/e/python")),
    ]
    deployment = deploy(machine(streams), ignore, CancelToken(), code=CODE, work="")
    assert deployment.python == "/root/.loraferry/venvs/e/python"
    assert order_of(streams[3])["action"] == "build"


def test_the_last_failure_is_told_with_its_output() -> None:
    bad = [ScriptedStream(refused("deploy_failed", phase="selftest", output="no \x1b[31mCUDA")) for _ in range(3)]
    with pytest.raises(ProblemError) as caught:
        deploy(machine([setup_done(), ScriptedStream(done("c")), *bad]), ignore, CancelToken(), code=CODE)
    assert caught.value.problem.params == {"phase": "selftest", "output": "no CUDA"}


def test_what_is_wrong_with_the_card_is_told_when_the_images_torch_fails_too() -> None:
    card = {"name": "G", "memory_mb": 1, "free_mb": 1, "compute_capability": "12.0", "driver": "570.0"}
    image = {"path": "/opt/python", "version": "3.12.0", "torch": "2.8.0", "has_venv": True}
    bad = ScriptedStream(refused("deploy_failed", phase="selftest", output="no kernel image"))
    found = {**FACTS, "gpus": [card], "interpreters": [image]}
    with pytest.raises(ProblemError) as caught:
        deploy(machine([setup_done(), ScriptedStream(done("c")), bad], found), ignore, CancelToken(), code=CODE)
    assert caught.value.problem.code == "driver_too_old"
    assert caught.value.notes[0].params["output"] == "no kernel image"


def test_only_the_cards_that_can_be_used_are_seen() -> None:
    cards = [
        {"name": "G", "memory_mb": memory, "free_mb": 1, "compute_capability": capability, "driver": "580.65.06"}
        for capability, memory in (("7.0", 16), ("12.0", 32))
    ]
    streams = [setup_done(), ScriptedStream(done("c")), ScriptedStream(done("p"))]
    deploy(machine(streams, {**FACTS, "gpus": cards}), ignore, CancelToken(), code=CODE)
    assert order_of(streams[0])["setup"]["environment"] == {"CUDA_VISIBLE_DEVICES": "1"}
    assert order_of(streams[2])["cards"] == [1]


BARE = {**FACTS, "interpreters": [{"path": "/usr/bin/python3", "version": "3.8.10"}]}


def test_uv_is_sent_where_there_is_no_pip() -> None:
    streams = [setup_done(), *map(ScriptedStream, (done("c"), done(""), done("/h/uv"), done("/h/python")))]
    told: list[tuple[str, int, int, str]] = []
    deploy(
        machine(streams, BARE), lambda *step: told.append(step), CancelToken(), code=CODE,
        get_uv=lambda machine, cancel: b"wheel of " + machine.encode(),
    )  # fmt: skip
    asked, sent, built = map(order_of, streams[2:])
    assert (asked["size"], sent["size"]) == (0, 15)
    assert streams[3].written.endswith(b"wheel of x86_64")
    assert sent["sha256"] == uv.WHEELS["x86_64"].sha256
    assert (built["tool"], built["python"]) == ("/h/uv", "3.12")
    assert ("uv", 15, 15, "") in told


def test_uv_is_sent_once() -> None:
    streams = [setup_done(), *map(ScriptedStream, (done("c"), done("/h/uv"), done("/h/python")))]
    deploy(machine(streams, BARE), ignore, CancelToken(), code=CODE, get_uv=lambda *_: pytest.fail("not needed"))


def test_whom_it_waits_for_is_told() -> None:
    waiting = b'\n\x05loraferry-install {"waiting": "she@\\u001b[31mlaptop"}\n'
    streams = [ScriptedStream(waiting, waiting + done("/w")), *map(ScriptedStream, (done("c"), done("p")))]
    told: list[tuple[str, int, int, str]] = []
    deploy(machine(streams), lambda *step: told.append(step), CancelToken(), code=CODE)
    assert told.count(("wait", 0, 0, "she@laptop")) == 2


def test_a_lost_line_is_no_failed_deployment() -> None:
    class Lost(ScriptedStream):
        def returncode(self, timeout: float) -> int | None:
            return None

    with pytest.raises(ProblemError) as caught:
        deploy(machine([Lost(b"Collecting torch\n")]), ignore, CancelToken(), code=CODE)
    assert caught.value.problem.code == "link_lost"


def test_calling_off_is_told_to_the_machine() -> None:
    cancel = CancelToken()

    class Busy(ScriptedStream):
        def read(self, size: int) -> bytes:
            cancel.cancel()
            give_up_at = time.monotonic() + 30
            while not self.written.endswith(b"\ncancel\n"):
                assert time.monotonic() < give_up_at
                time.sleep(0.01)
            return b'\x05loraferry-install {"cancelled": true}\n'

    stream = Busy()
    with pytest.raises(Cancelled):
        deploy(machine([stream]), ignore, cancel, code=CODE)
    assert stream.closed


def test_uninstalling() -> None:
    answer = b'\x05loraferry-install {"done": {"removed": ["/h/a", "/h/\\u001b[31mb"], "left": []}}\n'
    stream = ScriptedStream(answer)
    result = uninstall(machine([stream]), CancelToken(), code=CODE, force=True)
    assert (result.removed, result.left) == (("/h/a", "/h/b"), ())
    assert (order_of(stream)["action"], order_of(stream)["force"]) == ("uninstall", True)


def test_uninstalling_is_refused_while_a_run_goes_on() -> None:
    answer = refused("job_state", job="j", state="running", action="uninstall")
    with pytest.raises(ProblemError) as caught:
        uninstall(machine([ScriptedStream(answer)]), CancelToken(), code=CODE)
    assert caught.value.problem.code == "job_state"


@pytest.mark.parametrize(
    "said",
    [
        b"Segmentation fault\n",
        b"Segmentation fault\n\x05loraferry-install {broken\n",
        b"Segmentation fault\n" + refused("no_such_problem"),
        b"Segmentation fault\n" + refused("disk_full", path="/"),
        b"Segmentation fault\n\x05loraferry-install 5\n",
        b'Segmentation fault\n\x05loraferry-install {"progress": ["x"]}\n',
    ],
)
def test_whatever_else_it_says_is_quoted(said: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        deploy(machine([ScriptedStream(said, stderr=b"core dumped")]), ignore, CancelToken(), code=CODE)
    assert caught.value.problem.code == "deploy_failed"
    assert caught.value.problem.params["phase"] == "setup"
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
