import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote.client import AgentClient
from loraferry.remote.sync import PIECE, Source, SyncProgress, plan_shipments, upload
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, encode, manifest_hash, manifest_of
from loraferry_core.problems import ProblemError
from loraferry_core.protocol import messages as m
from tests.fakes.loopback_agent import LoopbackAgent

RANDOM = Random(3)
FILES = {
    f"猫 {i}.png": RANDOM.randbytes(size)
    for i, size in enumerate([0, 1, 1000, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7])
}


def ignore(_: SyncProgress) -> None:
    pass


def manifest_for(files: dict[str, bytes]) -> Manifest:
    return manifest_of(
        [ManifestEntry(name=n, size=len(d), sha256=hashlib.sha256(d).hexdigest()) for n, d in files.items()]
    )


@pytest.fixture
def agent() -> LoopbackAgent:
    return LoopbackAgent()


@pytest.fixture
def connect(agent: LoopbackAgent) -> Iterator[Callable[[], AgentClient]]:
    clients = []

    def make() -> AgentClient:
        clients.append(AgentClient(agent.connect(), "box"))
        clients[-1].hello()
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def holds(agent: LoopbackAgent, files: dict[str, bytes]) -> bool:
    return all(agent.blobs.get(hashlib.sha256(data).hexdigest()) == data for data in files.values())


def test_sends_all_from_memory_and_from_disk(
    agent: LoopbackAgent, connect: Callable[[], AgentClient], tmp_path: Path
) -> None:
    sources: dict[str, Source] = dict(FILES)
    for name, data in list(FILES.items())[::2]:
        path = tmp_path / name
        path.write_bytes(data)
        sources[name] = path
    told: list[SyncProgress] = []
    manifest = manifest_for(FILES)
    committed = upload([connect()], manifest, sources, told.append, CancelToken())
    assert (committed.files, committed.bytes) == (len(FILES), manifest.total_bytes)
    assert holds(agent, FILES)
    assert agent.committed == {manifest_hash(manifest): "dataset"}
    assert (told[0].files_done, told[-1].files_done) == (0, len(FILES))
    assert told[-1].bytes_done == told[-1].bytes_total == manifest.total_bytes


def test_a_second_time_sends_nothing(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    client, manifest = connect(), manifest_for(FILES)
    upload([client], manifest, FILES, ignore, CancelToken())
    sent = len(agent.puts)
    upload([client], manifest, {}, ignore, CancelToken(), "tree")
    assert len(agent.puts) == sent
    assert agent.committed[manifest_hash(manifest)] == "tree"


def test_the_same_content_under_two_names_goes_once(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    files = {"a": b"same", "b": b"same"}
    upload([connect()], manifest_for(files), files, ignore, CancelToken())
    assert len(agent.puts) == 2  # the manifest and the one content


def test_several_lanes_share_the_work(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    files = {f"{i:03d}": RANDOM.randbytes(PIECE // 2) for i in range(60)}
    upload([connect(), connect(), connect()], manifest_for(files), files, ignore, CancelToken())
    assert holds(agent, files)
    assert len(agent.puts) == 61


def test_a_cut_link_is_resumed_where_it_broke(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    data = RANDOM.randbytes(20 * PIECE)
    manifest = manifest_for({"big": data})
    agent.blobs[manifest_hash(manifest)] = encode(manifest)
    client = connect()
    agent.cut_after = 10 * PIECE
    with pytest.raises(ProblemError) as caught:
        upload([client], manifest, {"big": data}, ignore, CancelToken())
    assert caught.value.problem.code == "link_lost"
    told: list[SyncProgress] = []
    upload([connect()], manifest, {"big": data}, told.append, CancelToken())
    assert agent.puts[-1].offset > 0
    assert holds(agent, {"big": data})


@pytest.mark.parametrize("now", [b"", b"short", b"the promised bytes and more"])
def test_a_file_of_another_size_is_named(connect: Callable[[], AgentClient], tmp_path: Path, now: bytes) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(now)
    with pytest.raises(ProblemError) as caught:
        upload([connect()], manifest_for({"p": b"the promised bytes"}), {"p": path}, ignore, CancelToken())
    assert caught.value.problem.code == "file_changed"
    assert caught.value.problem.params["path"] == str(path)


def test_a_file_with_other_bytes_is_named(connect: Callable[[], AgentClient], tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"THE PROMISED BYTES")
    with pytest.raises(ProblemError) as caught:
        upload([connect()], manifest_for({"p": b"the promised bytes"}), {"p": path}, ignore, CancelToken())
    assert caught.value.problem.code == "file_changed"


def test_a_vanished_file_is_named(connect: Callable[[], AgentClient], tmp_path: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        upload([connect()], manifest_for({"p": b"x"}), {"p": tmp_path / "gone.png"}, ignore, CancelToken())
    assert caught.value.problem.code == "file_unreadable"
    assert "gone.png" in str(caught.value.problem.params["path"])


def test_damage_on_the_way_is_not_blamed_on_the_file(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    manifest = manifest_for({"p": b"x"})
    agent.blobs[manifest_hash(manifest)] = encode(manifest)
    agent.refuse_put = lambda put: True
    with pytest.raises(ProblemError) as caught:
        upload([connect()], manifest, {"p": b"x"}, ignore, CancelToken())
    assert caught.value.problem.code == "blob_corrupt"


def test_can_be_called_off(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    files = {f"{i:03d}": RANDOM.randbytes(PIECE) for i in range(100)}
    cancel = CancelToken()

    def call_off(progress: SyncProgress) -> None:
        cancel.cancel()

    with pytest.raises(Cancelled):
        upload([connect()], manifest_for(files), files, call_off, cancel)
    assert not agent.committed


@pytest.mark.parametrize("index", [-1, 1, 99])
def test_an_answer_that_does_not_fit_is_a_violation(index: int) -> None:
    with pytest.raises(ProblemError) as caught:
        plan_shipments(manifest_for({"a": b"x"}), m.Missing(indexes=(index, 0)), {"a": b"x"})
    assert caught.value.problem.code == "protocol_violation"


@pytest.mark.parametrize(("partial", "offset"), [(0, 0), (3, 3), (5, 0), (99, 0)])
def test_only_a_real_part_is_gone_on_with(partial: int, offset: int) -> None:
    missing: Any = m.Missing(indexes=(0,), partial={0: partial})
    assert plan_shipments(manifest_for({"a": b"12345"}), missing, {"a": b"12345"})[0].offset == offset
