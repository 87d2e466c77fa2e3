import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote import sync as syncing
from loraferry.remote.client import AgentClient
from loraferry.remote.pace import Pace
from loraferry.remote.sync import PIECE, Source, SyncProgress, plan_shipments, upload
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, encode, manifest_hash, manifest_of
from loraferry_core.problems import ProblemError, fail
from loraferry_core.protocol import messages as m
from tests.fakes.clock import Ticking
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


def test_a_pause_holds_what_is_left_and_says_so(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    files = {f"{i:03d}": RANDOM.randbytes(PIECE) for i in range(20)}
    pace, paused = Pace(), threading.Event()
    told: list[SyncProgress] = []
    pace.pause()

    def note(progress: SyncProgress) -> None:
        told.append(progress)
        if progress.paused:
            paused.set()

    client = connect()
    manifest = manifest_for(files)
    thread = threading.Thread(
        target=upload, args=([client], manifest, files, note, CancelToken()), kwargs={"pace": pace}
    )
    thread.start()
    assert paused.wait(30)
    assert not agent.puts
    held = next(progress for progress in told if progress.paused)
    assert (held.bytes_done, held.bytes_total, held.rate, held.slow) == (0, manifest.total_bytes, 0.0, "")
    pace.resume()
    thread.join(60)
    assert holds(agent, files)
    assert not told[-1].paused


def test_a_pause_can_be_called_off(agent: LoopbackAgent, connect: Callable[[], AgentClient]) -> None:
    pace, cancel = Pace(), CancelToken()
    pace.pause()
    with pytest.raises(Cancelled):
        upload([connect()], manifest_for(FILES), FILES, lambda _: cancel.cancel(), cancel, pace=pace)
    assert not agent.committed


def test_a_cap_is_kept(
    agent: LoopbackAgent, connect: Callable[[], AgentClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "PIECE", 30_000)
    data = RANDOM.randbytes(300_000)
    clock = Ticking(0.05)
    upload([connect()], manifest_for({"a": data}), {"a": data}, ignore, CancelToken(), pace=Pace(300_000, clock))
    # The last piece goes when those before it have had their time.
    assert clock.now >= (len(data) - 30_000) / 300_000


def test_further_channels_are_opened_used_and_closed(
    agent: LoopbackAgent, connect: Callable[[], AgentClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{i:03d}": RANDOM.randbytes(2 * PIECE) for i in range(40)}
    monkeypatch.setattr(syncing, "channels_needed", lambda rate, round_trip, open_now, left: min(3, open_now + 1))
    opened: list[AgentClient] = []
    pace = Pace()
    pace.pause()  # until the channels are there

    def more() -> AgentClient:
        opened.append(connect())
        if len(opened) == 2:
            pace.resume()
        return opened[-1]

    manifest = manifest_for(files)
    agent.blobs[manifest_hash(manifest)] = encode(manifest)
    upload([connect()], manifest, files, ignore, CancelToken(), pace=pace, more=more)
    assert holds(agent, files)
    assert len(opened) == 2
    assert all(client.ended is not None for client in opened)


def test_where_there_can_be_no_further_channel_one_does(
    agent: LoopbackAgent, connect: Callable[[], AgentClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(syncing, "channels_needed", lambda rate, round_trip, open_now, left: open_now + 1)
    asked: list[None] = []
    pace = Pace()
    pace.pause()

    def more() -> AgentClient:
        asked.append(None)
        pace.resume()
        raise fail("link_lost", host="box")

    files = {f"{i:03d}": RANDOM.randbytes(PIECE) for i in range(8)}
    manifest = manifest_for(files)
    agent.blobs[manifest_hash(manifest)] = encode(manifest)
    upload([connect()], manifest, files, ignore, CancelToken(), pace=pace, more=more)
    assert holds(agent, files)
    assert len(asked) == 1


def test_nothing_to_send_takes_one_round_trip(
    agent: LoopbackAgent, connect: Callable[[], AgentClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, manifest = connect(), manifest_for(FILES)
    upload([client], manifest, FILES, ignore, CancelToken())
    agent.committed.clear()
    monkeypatch.setattr(client, "have", None)
    monkeypatch.setattr(client, "commit", None)
    assert upload([client], manifest, {}, ignore, CancelToken()).files == len(FILES)
    assert manifest_hash(manifest) in agent.committed


def test_what_went_missing_meanwhile_is_sent_again(
    agent: LoopbackAgent, connect: Callable[[], AgentClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, manifest = connect(), manifest_for(FILES)
    commit = client.commit
    lost: list[bytes] = []

    def commit_late(name: str, kind: str = "dataset") -> m.Committed:
        if not lost:
            lost.append(agent.blobs.pop(manifest.entries[2].sha256))
        return commit(name, kind)

    monkeypatch.setattr(client, "commit", commit_late)
    upload([client], manifest, FILES, ignore, CancelToken())
    assert lost
    assert holds(agent, FILES)


def test_an_agent_that_loses_everything_again_and_again_is_given_up(
    agent: LoopbackAgent, connect: Callable[[], AgentClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client, manifest = connect(), manifest_for({"a": b"x"})
    commit = client.commit

    def commit_late(name: str, kind: str = "dataset") -> m.Committed:
        del agent.blobs[manifest.entries[0].sha256]
        return commit(name, kind)

    monkeypatch.setattr(client, "commit", commit_late)
    with pytest.raises(ProblemError) as caught:
        upload([client], manifest, {"a": b"x"}, ignore, CancelToken())
    assert caught.value.problem.code == "blobs_missing"
