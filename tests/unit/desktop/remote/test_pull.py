import hashlib
import json
import struct
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote import pull as pulling
from loraferry.remote.client import AgentClient
from loraferry.remote.pull import pull
from loraferry_core.events import Artifact
from loraferry_core.problems import ProblemError
from tests.fakes.loopback_agent import LoopbackAgent

JOB = "j"
DATA = Random(5).randbytes(10_000)


def ignore(here: int, size: int) -> None:
    pass


def artifact(data: bytes, name: str = "output/猫.bin") -> Artifact:
    return Artifact(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "BLOCK", 1000)
    monkeypatch.setattr(pulling, "SYNC_BYTES", 3000)


@pytest.fixture
def agent() -> LoopbackAgent:
    return LoopbackAgent()


@pytest.fixture
def client(agent: LoopbackAgent) -> Iterator[AgentClient]:
    client = AgentClient(agent.connect(), "box")
    client.hello()
    yield client
    client.close()


def test_brings_a_file_home(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    agent.files[JOB, "output/猫.bin"] = DATA
    told: list[tuple[int, int]] = []
    path = pull(client, JOB, artifact(DATA), tmp_path, lambda *done: told.append(done), CancelToken())
    assert path == tmp_path / "output" / "猫.bin"
    assert path.read_bytes() == DATA
    assert [file.name for file in path.parent.iterdir()] == ["猫.bin"]
    assert told[-1] == (len(DATA), len(DATA))


def test_a_complete_file_is_left_alone(client: AgentClient, tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "猫.bin").write_bytes(DATA)
    pull(client, JOB, artifact(DATA), tmp_path, ignore, CancelToken())  # the agent does not have it


def test_an_empty_file(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    agent.files[JOB, "e"] = b""
    assert pull(client, JOB, artifact(b"", "e"), tmp_path, ignore, CancelToken()).read_bytes() == b""


def test_goes_on_after_it_was_called_off(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    agent.files[JOB, "output/猫.bin"] = DATA
    cancel = CancelToken()

    def stop_halfway(here: int, size: int) -> None:
        if here >= 5000:
            cancel.cancel()

    with pytest.raises(Cancelled):
        pull(client, JOB, artifact(DATA), tmp_path, stop_halfway, cancel)
    assert not (tmp_path / "output" / "猫.bin").exists()
    # Only what was not verified may be asked for again.
    agent.files[JOB, "output/猫.bin"] = b"\0" * 3000 + DATA[3000:]
    assert pull(client, JOB, artifact(DATA), tmp_path, ignore, CancelToken()).read_bytes() == DATA


def test_a_part_of_another_file_is_not_used(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    agent.files[JOB, "x"] = DATA
    (tmp_path / "x.part").write_bytes(b"\0" * 3000)
    (tmp_path / "x.part.json").write_text(
        json.dumps({"sha256": "0" * 64, "size": len(DATA), "verified": 3000}), encoding="utf-8"
    )
    assert pull(client, JOB, artifact(DATA, "x"), tmp_path, ignore, CancelToken()).read_bytes() == DATA


@pytest.mark.parametrize("journal", ["", "[]", "{}", '{"sha256": 1, "size": 2, "verified": "x"}'])
def test_a_broken_journal_means_from_the_start(
    agent: LoopbackAgent, client: AgentClient, tmp_path: Path, journal: str
) -> None:
    agent.files[JOB, "x"] = DATA
    (tmp_path / "x.part").write_bytes(b"\0" * 3000)
    (tmp_path / "x.part.json").write_text(journal, encoding="utf-8")
    assert pull(client, JOB, artifact(DATA, "x"), tmp_path, ignore, CancelToken()).read_bytes() == DATA


@pytest.mark.parametrize("sent", [DATA[:-1], DATA + b"x", b"\0" + DATA[1:], b""])
def test_what_was_not_promised_is_not_kept(
    agent: LoopbackAgent, client: AgentClient, tmp_path: Path, sent: bytes
) -> None:
    agent.files[JOB, "x"] = sent
    with pytest.raises(ProblemError) as caught:
        pull(client, JOB, artifact(DATA, "x"), tmp_path, ignore, CancelToken())
    assert caught.value.problem.code == "artifact_corrupt"
    assert not list(tmp_path.iterdir())


def test_a_lora_must_be_safetensors(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    agent.files[JOB, "a.safetensors"] = DATA
    with pytest.raises(ProblemError) as caught:
        pull(client, JOB, artifact(DATA, "a.safetensors"), tmp_path, ignore, CancelToken())
    assert caught.value.problem.code == "lora_not_safetensors"
    assert not list(tmp_path.iterdir())
    header = b'{"t":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}'
    good = struct.pack("<Q", len(header)) + header + b"\1"
    agent.files[JOB, "a.safetensors"] = good
    assert pull(client, JOB, artifact(good, "a.safetensors"), tmp_path, ignore, CancelToken()).exists()


def test_a_hostile_name_builds_no_path(client: AgentClient, tmp_path: Path) -> None:
    hostile = Artifact.model_construct(name="../x", size=1, sha256="0" * 64)
    with pytest.raises(ProblemError) as caught:
        pull(client, JOB, hostile, tmp_path, ignore, CancelToken())
    assert caught.value.problem.code == "name_unsafe"


def test_an_unknown_file(client: AgentClient, tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        pull(client, JOB, artifact(DATA, "gone"), tmp_path, ignore, CancelToken())
    assert caught.value.problem.code == "artifact_unknown"


def test_a_folder_that_cannot_be_made_is_named(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    (tmp_path / "output").write_bytes(b"in the way")
    with pytest.raises(ProblemError) as caught:
        pull(client, JOB, artifact(DATA), tmp_path, ignore, CancelToken())
    assert caught.value.problem.code == "file_unwritable"
    assert "output" in str(caught.value.problem.params["path"])
