"""F11: the machine lies. Nothing is written outside, nothing is run, and memory stays bounded.

Most trials are in memory; some come over ssh, from a server that says what it is told to.
"""

import json
import shlex
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.pull import pull
from loraferry.remote.sync import upload
from loraferry_core.events import Artifact
from loraferry_core.problems import ProblemError
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import Bulk, encode
from loraferry_core.protocol.version import sentinel_line
from tests.fakes.loopback_agent import LoopbackAgent, Pipe, PipeStream
from tests.faults.box import PATIENCE, Box, await_that, ignore, make_files, manifest_of_files
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import naive

JOB = "00000000-0000-4000-8000-000000000001"
MEMORY = 64 * 2**20
"""Bytes that no lie may make this end hold: a few frames and what a text may cost."""
UNSAFE = (
    "../evil", "/etc/evil", "a/../../evil", "..\\evil", "C:evil", "C:/evil", "con", "nul.txt", "a\0b", "a\nb", "a\x1b[31m",
    "‮gpj.exe", "", ".", "..", "x/", "x//y", "x.", "x ", "~/evil" + "\x7f", "a" * 1001, "/".join(["d"] * 600),
)  # fmt: skip
WELCOME = m.Welcome(agent_id="liar", protocol=1, product="0", schema_number=1, time=1.0)


def welcome() -> bytes:
    return sentinel_line() + encode(m.Reply(re=1, answer=WELCOME))


def reply(number: int, **answer: object) -> bytes:
    return json.dumps({"type": "reply", "re": number, "answer": answer}).encode() + b"\n"


def lies() -> Iterator[bytes]:
    """What comes in place of the answer to the first question after the greeting, request number 2."""
    status = {"job": JOB, "name": "n", "state": "running", "spec_hash": "0" * 64}
    yield b'{"type": "reply", "re": 2, "answer": ' + b"[" * 500_000
    yield b"x" * 100_000
    yield b"{" + b" " * (9 * 2**20)
    yield b'{"type": "' + b"a" * (5 * 2**20) + b'"}\n'
    yield Bulk(9, 0, b"unasked").data
    yield encode(Bulk(9, 0, b"unasked"))
    yield b"\0" + b"\xff" * 16
    yield reply(2, type="pong", time=1e308)
    yield reply(2, type="pong", time=float("nan"))
    yield reply(2, type="jobs", jobs=[status] * 3, extra=1)
    yield reply(2, type="jobs", jobs=[{**status, "job": "../../x"}])
    yield reply(2, type="jobs", jobs=[{**status, "state": "exploded"}])
    yield reply(2, type="jobs", jobs=[{**status, "attempt": 10**40}])
    yield reply(2, type="jobs", jobs=[{}] * 100_000)
    yield reply(2, type="missing", indexes=list(range(300_000)))
    yield reply(2, type="stored", sha256="zz", received=-1)
    yield reply(99, type="done")
    yield reply(2, type="refused", problem={"code": "no_such_code", "params": {}})
    yield b'{"type":"events","job":"x","events":[{"type":"step"}],"last_seq":1}\n'
    yield b"\xff\xfe{}\n"
    yield b"\n\n\n"
    yield b""


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder to work in; nothing may appear beside it."""
    folder = tmp_path / "home" / "models"
    folder.mkdir(parents=True)
    yield folder
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["models"]


def told(script: bytes) -> "tuple[AgentClient, Pipe]":
    incoming, outgoing = Pipe(), Pipe()
    incoming.write(script)
    incoming.close()
    return AgentClient(PipeStream(incoming, outgoing), "liar", patience=PATIENCE), incoming


def peak(work) -> int:  # type: ignore[no-untyped-def]
    """The most memory held meanwhile, in bytes, over what was held before."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_lies_in_place_of_an_answer() -> None:
    random = Random(11)
    for lie in lies():
        # Whole, and torn at some places.
        for end in [len(lie), *(random.randrange(len(lie) + 1) for _ in range(count(10, 1)))]:
            with LEDGER.trial("F11", ssh=False):

                def ask(script: bytes = welcome() + lie[:end]) -> None:
                    client, _ = told(script)
                    try:
                        client.hello()
                        client.list_jobs()
                    except ProblemError as error:
                        assert error.problem.code in ("link_lost", "protocol_violation", "agent_silent"), error
                        assert "\x1b" not in str(error.problem.params)
                    finally:
                        client.close()

                assert peak(ask) < MEMORY


def test_noise_without_end() -> None:
    for piece in (b"welcome to this machine\n", b"\x1b[2J", b"\0", b"x"):
        with LEDGER.trial("F11", ssh=False):

            def greet(piece: bytes = piece) -> None:
                client, _ = told(piece * (8 * 2**20 // len(piece)))
                with pytest.raises(ProblemError) as caught:
                    client.hello(5)
                client.close()
                assert caught.value.problem.code in ("agent_silent", "protocol_violation")
                assert "\x1b" not in str(caught.value.problem.params)

            assert peak(greet) < MEMORY


@pytest.mark.parametrize("name", UNSAFE)
def test_unsafe_names_become_no_path(outside: Path, name: str) -> None:
    agent = LoopbackAgent()
    agent.files[JOB, name] = b"x"
    client = AgentClient(agent.connect(), "liar", patience=PATIENCE)
    client.hello()
    with LEDGER.trial("F11", ssh=False):
        with pytest.raises(ValueError, match="name"):
            Artifact(name=name, size=1, sha256=sha256(b"x").hexdigest())
        forged = Artifact.model_construct(name=name, size=1, sha256=sha256(b"x").hexdigest())
        with pytest.raises(ProblemError) as caught:
            pull(client, JOB, forged, outside, ignore, CancelToken())
        assert caught.value.problem.code == "name_unsafe"
    client.close()


def test_files_that_are_not_what_was_promised(outside: Path) -> None:
    agent, random = LoopbackAgent(), Random(12)
    client = AgentClient(agent.connect(), "liar", patience=PATIENCE)
    client.hello()
    for number in range(count(120, 10)):
        with LEDGER.trial("F11", ssh=False):
            honest = random.randbytes(random.randrange(1, 100_000))
            name = f"samples/{number}.png"
            at = random.randrange(len(honest))
            lie = (
                honest[:at] + bytes([honest[at] ^ 1]) + honest[at + 1 :],
                honest[:at],
                honest + b"more",
                b"",
            )[number % 4]
            agent.files[JOB, name] = lie
            file = Artifact(name=name, size=len(honest), sha256=sha256(honest).hexdigest())
            with pytest.raises(ProblemError) as caught:
                pull(client, JOB, file, outside, ignore, CancelToken())
            assert caught.value.problem.code == "artifact_corrupt"
            kept = [path for path in outside.rglob("*") if path.is_file()]
            LEDGER.files_wrong += len(kept)
            assert not kept
    client.close()


def test_a_lora_that_is_a_program(outside: Path) -> None:
    agent = LoopbackAgent()
    client = AgentClient(agent.connect(), "liar", patience=PATIENCE)
    client.hello()
    mark = outside / "it ran"
    for data in (b"cos\nsystem\n(S'touch x'\ntR.", b"\x80\x04", b"\xff" * 100, (2**60).to_bytes(8, "little") + b"{}"):
        with LEDGER.trial("F11", ssh=False):
            file = Artifact(name="output/x.safetensors", size=len(data), sha256=sha256(data).hexdigest())
            agent.files[JOB, file.name] = data
            with pytest.raises(ProblemError) as caught:
                pull(client, JOB, file, outside, ignore, CancelToken())
            assert caught.value.problem.code == "lora_not_safetensors"
            assert not [path for path in outside.rglob("*") if path.is_file()]
            assert not mark.exists()
    client.close()


def test_any_byte_of_an_upload_cut_in_memory() -> None:
    files = make_files(13, (0, 10, 3000, 9000))
    manifest = manifest_of_files(files)
    for after in range(0, 12_000, count(25, 2000)):
        with LEDGER.trial("F1", ssh=False):
            agent = LoopbackAgent()
            agent.cut_after = after
            for _ in range(2):
                client = AgentClient(agent.connect(), "memory", patience=PATIENCE)
                try:
                    client.hello()
                    upload([client], manifest, files, ignore, CancelToken())
                except ProblemError as error:
                    assert error.problem.code in ("link_lost", "agent_silent"), error
                finally:
                    client.close()
            wrong = sum(agent.blobs.get(sha256(data).hexdigest()) != data for data in files.values())
            LEDGER.files_wrong += wrong
            assert not wrong


@pytest.mark.ssh
def test_lies_over_ssh(calm: Box, tmp_path: Path) -> None:
    for number, lie in enumerate(lies()):
        if number >= count(100, 3):
            break
        script = tmp_path / f"lie{number}"
        script.write_bytes(welcome() + lie)
        with LEDGER.trial("F11"):
            transport = calm.dial()
            stream = transport.open(["sh", "-c", f"cat {shlex.quote(str(script))}; cat > /dev/null"])
            client = AgentClient(stream, "liar", patience=PATIENCE, answer_timeout=2)
            try:
                client.hello(5)
                client.list_jobs()
            except ProblemError as error:
                assert error.problem.code in ("link_lost", "protocol_violation", "agent_silent"), error
            finally:
                client.close()
                transport.close()


@pytest.mark.ssh
def test_a_naive_client_holds_a_line_without_end(calm: Box) -> None:
    with naive(calm) as client:
        _, stdout, _ = client.client.exec_command(
            f"{sys.executable} -c \"import sys; [sys.stdout.write('x' * 65536) for _ in range(1100)]\""
        )
        done = threading.Event()
        held = peak(lambda: (stdout.read(), done.set()))
        await_that(done.is_set)
    LEDGER.naive_fails("F11", held > MEMORY)
