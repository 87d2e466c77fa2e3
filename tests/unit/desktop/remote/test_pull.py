import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote import pull as pulling
from loraferry.remote.client import AgentClient
from loraferry.remote.pace import Pace
from loraferry.remote.pull import pull
from loraferry.remote.sync import SyncProgress
from loraferry_core.events import Artifact
from loraferry_core.problems import ProblemError
from tests.fakes.clock import Ticking
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


def test_a_note_that_was_cut_short_by_a_kill_is_removed(
    agent: LoopbackAgent, client: AgentClient, tmp_path: Path
) -> None:
    agent.files[JOB, "x"] = DATA
    for name in (".x.part.json.4711.part", ".y.part.json.4711.part"):
        (tmp_path / name).write_bytes(b"{")
    pull(client, JOB, artifact(DATA, "x"), tmp_path, ignore, CancelToken())
    assert sorted(path.name for path in tmp_path.iterdir()) == [".y.part.json.4711.part", "x"]


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


def test_several_pulls_share_one_connection(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    names = [f"output/{number}.bin" for number in range(3)]
    for name in names:
        agent.files[JOB, name] = Random(name).randbytes(50_000)
    failures: list[BaseException] = []

    def fetch(name: str) -> None:
        try:
            pull(client, JOB, artifact(agent.files[JOB, name], name), tmp_path, ignore, CancelToken())
        except (ProblemError, OSError) as error:
            failures.append(error)

    threads = [threading.Thread(target=fetch, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert all((tmp_path / name).read_bytes() == agent.files[JOB, name] for name in names)


def test_a_pause_holds_it_and_is_told(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    agent.files[JOB, "output/猫.bin"] = DATA
    pace = Pace()
    pace.pause()
    told: list[SyncProgress] = []

    def note(progress: SyncProgress) -> None:
        told.append(progress)
        if len(told) == 3:
            assert progress.bytes_done == 0
            pace.resume()

    pull(client, JOB, artifact(DATA), tmp_path, ignore, CancelToken(), pace=pace, watch=note)
    assert [progress.paused for progress in told[:3]] == [True, True, True]
    assert not told[-1].paused
    assert told[-1].bytes_total == len(DATA)


def test_a_paused_one_can_be_called_off(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    agent.files[JOB, "output/猫.bin"] = DATA
    pace, cancel = Pace(), CancelToken()
    pace.pause()
    with pytest.raises(Cancelled):
        pull(client, JOB, artifact(DATA), tmp_path, ignore, cancel, pace=pace, watch=lambda _: cancel.cancel())


def test_a_cap_is_kept(agent: LoopbackAgent, client: AgentClient, tmp_path: Path) -> None:
    data = Random(6).randbytes(60_000)
    agent.files[JOB, "x"] = data
    clock = Ticking(0.02)
    pace = Pace(100_000, clock)
    pull(client, JOB, artifact(data, "x"), tmp_path, ignore, CancelToken(), pace=pace)
    # The last block goes when those before it have had their time.
    assert clock.now >= (len(data) - pulling.BLOCK) / 100_000


def test_says_how_long_it_takes(
    agent: LoopbackAgent, client: AgentClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.files[JOB, "x"] = DATA
    monkeypatch.setattr(pulling.Rate, "value", lambda rate: 1000.0)
    told: list[SyncProgress] = []
    pull(client, JOB, artifact(DATA, "x"), tmp_path, ignore, CancelToken(), watch=told.append)
    assert all(progress.rate == 1000.0 for progress in told)
    assert [progress.eta_s for progress in told] == [(len(DATA) - progress.bytes_done) / 1000 for progress in told]


def test_what_was_verified_when_the_link_broke_is_used_next_time(
    agent: LoopbackAgent, client: AgentClient, tmp_path: Path
) -> None:
    agent.files[JOB, "x"] = DATA

    def cut(here: int, size: int) -> None:
        if here == 5000:
            client.close()

    with pytest.raises(ProblemError) as caught:
        pull(client, JOB, artifact(DATA, "x"), tmp_path, cut, CancelToken(), pace=Pace(20_000))
    assert caught.value.problem.code == "link_lost"
    assert json.loads((tmp_path / "x.part.json").read_text(encoding="utf-8"))["verified"] >= 5000
    again = AgentClient(agent.connect(), "box")
    again.hello()
    told: list[int] = []
    try:
        path = pull(again, JOB, artifact(DATA, "x"), tmp_path, lambda here, _: told.append(here), CancelToken())
    finally:
        again.close()
    assert path.read_bytes() == DATA
    assert told[0] > 5000


def test_a_disk_that_refuses_is_named(
    agent: LoopbackAgent, client: AgentClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent.files[JOB, "x"] = DATA

    def refuse(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pulling.os, "fsync", refuse)
    with pytest.raises(ProblemError) as caught:
        pull(client, JOB, artifact(DATA, "x"), tmp_path, ignore, CancelToken())
    assert caught.value.problem.code == "file_unwritable"
    assert not (tmp_path / "x").exists()
