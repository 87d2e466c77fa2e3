"""The content store and what comes into it."""

import errno
import hashlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry_agent import platform
from loraferry_agent.blobs import incoming, store
from loraferry_agent.blobs.incoming import Receiver
from loraferry_agent.blobs.store import BlobStore, refuse_unsafe_names
from loraferry_agent.layout import Layout
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_hash, manifest_of
from loraferry_core.problems import ProblemError

DATA = bytes(range(256)) * 40


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(Layout(tmp_path, tmp_path))


@pytest.fixture
def receiver(blobs: BlobStore) -> Iterator[Receiver]:
    receiver = Receiver(blobs)
    yield receiver
    receiver.close()


def put(receiver: Receiver, data: bytes, stream: int = 1) -> None:
    if not receiver.announce(stream, sha(data), len(data), 0):
        receiver.take(stream, 0, data)


def files(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]


def test_a_blob_comes_in_pieces_and_is_read_by_its_hash(blobs: BlobStore, receiver: Receiver, tmp_path: Path) -> None:
    assert not receiver.announce(1, sha(DATA), len(DATA), 0)
    assert receiver.take(1, 0, DATA[:5000]) is None
    assert blobs.partial(sha(DATA)) == 5000
    assert not blobs.has(sha(DATA), len(DATA))
    assert receiver.take(1, 5000, DATA[5000:]) == sha(DATA)
    assert blobs.path(sha(DATA)).read_bytes() == DATA
    assert blobs.path(sha(DATA)) == tmp_path / "blobs" / sha(DATA)[:2] / sha(DATA)[2:]
    assert receiver.received == len(DATA)
    assert files(tmp_path) == [blobs.path(sha(DATA))]


def test_an_empty_blob_needs_no_bytes(blobs: BlobStore, receiver: Receiver) -> None:
    assert receiver.announce(1, sha(b""), 0, 0)
    assert blobs.path(sha(b"")).read_bytes() == b""


def test_what_is_there_already_is_dropped_as_it_comes(receiver: Receiver) -> None:
    put(receiver, DATA)
    assert receiver.announce(2, sha(DATA), len(DATA), 0)
    assert receiver.take(2, 0, DATA) is None


def test_a_wrong_hash_leaves_nothing_and_the_next_try_is_free(receiver: Receiver, tmp_path: Path) -> None:
    receiver.announce(1, sha(DATA), 4, 0)
    with pytest.raises(ProblemError, match="blob_corrupt"):
        receiver.take(1, 0, b"evil")
    assert files(tmp_path) == []
    put(receiver, DATA)


def test_going_on_hashes_again_what_came_before(blobs: BlobStore, receiver: Receiver, tmp_path: Path) -> None:
    receiver.announce(1, sha(DATA), len(DATA), 0)
    receiver.take(1, 0, DATA[:6000])
    receiver.close()
    (part,) = files(tmp_path)
    part.write_bytes(b"?" + part.read_bytes()[1:])
    later = Receiver(blobs)
    later.announce(1, sha(DATA), len(DATA), 6000)
    with pytest.raises(ProblemError, match="blob_corrupt"):
        later.take(1, 6000, DATA[6000:])


def test_a_second_try_on_the_same_connection_goes_on_with_the_first(
    blobs: BlobStore, receiver: Receiver, tmp_path: Path
) -> None:
    receiver.announce(1, sha(DATA), len(DATA), 0)
    receiver.take(1, 0, DATA[:6000])
    receiver.announce(2, sha(DATA), len(DATA), 4000)
    assert receiver.take(1, 6000, DATA[6000:]) is None
    assert receiver.take(2, 4000, DATA[4000:]) == sha(DATA)
    assert files(tmp_path) == [blobs.path(sha(DATA))]


def test_nobody_writes_into_the_part_of_a_living_process(
    blobs: BlobStore, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = blobs.place(sha(DATA))
    place.parent.mkdir(parents=True)
    other = blobs.part(sha(DATA), "1-other", 1)
    other.write_bytes(DATA[:6000])
    monkeypatch.setattr(incoming, "is_being_written", lambda part: part == other)
    receiver.announce(1, sha(DATA), len(DATA), 5000)
    assert receiver.take(1, 5000, DATA[5000:]) == sha(DATA)
    assert other.read_bytes() == DATA[:6000]
    assert place.read_bytes() == DATA


def test_bytes_out_of_order_or_out_of_nowhere_are_refused(receiver: Receiver) -> None:
    with pytest.raises(ProblemError, match="protocol_violation"):
        receiver.take(9, 0, b"x")
    with pytest.raises(ProblemError, match="protocol_violation"):
        receiver.announce(1, sha(DATA), len(DATA), 77)
    with pytest.raises(ProblemError, match="protocol_violation"):
        receiver.announce(1, sha(DATA), 5, 6)
    receiver.announce(2, sha(DATA), len(DATA), 0)
    with pytest.raises(ProblemError, match="protocol_violation"):
        receiver.take(2, 5, DATA[5:])
    assert receiver.take(2, 0, DATA[:5]) is None
    with pytest.raises(ProblemError, match="protocol_violation"):
        receiver.take(2, 5, DATA)


def test_a_full_disk_is_named_before_the_first_byte(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "free_bytes", lambda path: 2**20)
    monkeypatch.setattr(store, "free_bytes", lambda path: 2**20)
    with pytest.raises(ProblemError, match="disk_full") as caught:
        receiver.announce(1, "a" * 64, 5 * 2**20, 0)
    assert caught.value.problem.params["needed_mb"] == 5
    assert caught.value.problem.params["free_mb"] == 1
    assert receiver.take(1, 0, b"x" * 1000) is None


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_on_the_way_is_named(receiver: Receiver, blobs: BlobStore) -> None:
    receiver.announce(1, sha(DATA), len(DATA), 0)
    state = receiver._streams[1]
    assert state.blob is not None
    assert state.blob._file is not None
    state.blob._file.close()
    state.blob._file = Path("/dev/full").open("wb", buffering=0)  # noqa: SIM115 - the receiver closes it
    with pytest.raises(ProblemError, match="disk_full"):
        receiver.take(1, 0, DATA[:100])
    assert receiver.take(1, 100, DATA[100:]) is None


def test_other_trouble_of_the_disk_is_not_called_full(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="I/O"), store.full_disk_named(tmp_path, 1):
        raise OSError(errno.EIO, "I/O error")


def commit(blobs: BlobStore, receiver: Receiver, contents: dict[str, bytes], as_tree: bool) -> str:
    entries = [ManifestEntry(name=name, size=len(data), sha256=sha(data)) for name, data in contents.items()]
    manifest = manifest_of(entries)
    put(receiver, encode(manifest))
    for data in contents.values():
        put(receiver, data)
    assert blobs.commit(manifest_hash(manifest), as_tree) == manifest
    return manifest_hash(manifest)


def test_a_committed_manifest_is_known_and_lists_its_files(blobs: BlobStore, receiver: Receiver) -> None:
    made = commit(blobs, receiver, {"a.png": b"1", "b.png": b"22"}, as_tree=False)
    assert blobs.is_committed(made)
    assert not blobs.is_committed("0" * 64)
    assert [entry.name for entry in blobs.manifest(made).entries] == ["a.png", "b.png"]
    with pytest.raises(ProblemError, match="manifest_unknown"):
        blobs.tree(made)


def test_a_tree_shares_its_bytes_with_the_blobs(blobs: BlobStore, receiver: Receiver, tmp_path: Path) -> None:
    contents = {"unet/a.bin": b"12345", "x.json": b"{}"}
    made = commit(blobs, receiver, contents, as_tree=True)
    assert commit(blobs, receiver, contents, as_tree=True) == made
    for name, data in contents.items():
        assert (blobs.tree(made) / name).read_bytes() == data
        assert (blobs.tree(made) / name).samefile(blobs.path(sha(data)))
    assert [path.name for path in (tmp_path / "trees").iterdir()] == [made]


def test_a_disk_without_links_gets_copies(
    blobs: BlobStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    made = commit(blobs, receiver, {"x.json": b"{}"}, as_tree=True)
    assert (blobs.tree(made) / "x.json").read_bytes() == b"{}"


@pytest.mark.parametrize(
    "names",
    [["../x"], ["/x"], ["a\\b"], ["con"], ["a", "a/b"], ["a/b", "A/B"], ["a/b", "A"], ["C:x"], ["a/../b"]],
)
def test_names_that_cannot_lie_beside_each_other_are_unsafe(names: list[str]) -> None:
    with pytest.raises(ProblemError, match="name_unsafe"):
        refuse_unsafe_names(tuple(ManifestEntry(name=name, size=0, sha256="0" * 64) for name in names))


def test_missing_blobs_are_listed_with_what_came_of_them(blobs: BlobStore, receiver: Receiver) -> None:
    manifest = manifest_of(
        [ManifestEntry(name=name, size=len(data), sha256=sha(data)) for name, data in (("a", b"1"), ("b", DATA))]
    )
    assert blobs.missing(manifest) == {0: 0, 1: 0}
    put(receiver, b"1")
    receiver.announce(1, sha(DATA), len(DATA), 0)
    receiver.take(1, 0, DATA[:77])
    assert blobs.missing(manifest) == {1: 77}


def test_a_manifest_that_is_not_canonical_is_refused(blobs: BlobStore, receiver: Receiver) -> None:
    for data in (b"[1,2]\n", b'["a", 1, "' + b"0" * 64 + b'", ""]\n', b"\xff\n"):
        put(receiver, data)
        with pytest.raises(ProblemError, match="protocol_violation"):
            blobs.manifest(sha(data))


def test_parts_of_the_dead_are_swept_once_their_blob_is_there(
    blobs: BlobStore, receiver: Receiver, tmp_path: Path
) -> None:
    place = blobs.place(sha(b"1"))
    place.parent.mkdir(parents=True)
    blobs.part(sha(b"1"), "99999999-dead", 1).write_bytes(b"")
    commit(blobs, receiver, {"a": b"1"}, as_tree=False)
    assert list((tmp_path / "blobs").rglob("*.part")) == []


# ---- what the disk holds ----


def is_sealed(blobs: BlobStore, sha256: str) -> bool:
    return platform.is_read_only(blobs.place(sha256).stat())


def test_a_commit_has_everything_on_the_disk_before_it_says_so(
    blobs: BlobStore, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[str]] = []

    def sync(folder: Path, files: list[str]) -> None:
        assert not (tmp_path / "committed").exists()
        synced.append(sorted(files))

    monkeypatch.setattr(platform, "sync_files", sync)
    put(receiver, b"1")
    assert not is_sealed(blobs, sha(b"1"))
    made = commit(blobs, receiver, {"a": b"1"}, as_tree=False)
    assert synced == [sorted(str(blobs.place(name)) for name in (made, sha(b"1")))]
    assert is_sealed(blobs, made)
    assert is_sealed(blobs, sha(b"1"))
    blobs.commit(made, as_tree=False)
    assert len(synced) == 1


def test_a_disk_that_refuses_to_sync_commits_nothing(
    blobs: BlobStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path, files: list[str]) -> None:
        raise OSError(errno.EIO, "I/O error")

    monkeypatch.setattr(platform, "sync_files", refuse)
    with pytest.raises(OSError, match="I/O"):
        commit(blobs, receiver, {"a": b"1"}, as_tree=False)
    assert not blobs.is_committed(manifest_hash(manifest_of([ManifestEntry(name="a", size=1, sha256=sha(b"1"))])))


def test_blobs_are_sealed_in_batches_as_they_come(blobs: BlobStore, receiver: Receiver) -> None:
    put(receiver, b"1")
    assert receiver.take_unsealed(2) == []
    put(receiver, b"2")
    batch = receiver.take_unsealed(2)
    assert batch == [sha(b"1"), sha(b"2")]
    assert receiver.take_unsealed(1) == []
    blobs.seal(batch)
    assert is_sealed(blobs, sha(b"2"))


def harm(path: Path) -> None:
    """What a power cut can leave: the right size and other bytes. The mode stays."""
    mode = path.stat().st_mode
    path.chmod(0o644)
    path.write_bytes(b"\0" * path.stat().st_size)
    path.chmod(mode)


def test_after_a_restart_what_was_not_safe_on_the_disk_is_read_again(
    blobs: BlobStore, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {"harmed": b"harmed", "whole": b"whole", "sealed": b"sealed"}
    for data in contents.values():
        put(receiver, data)
    blobs.seal([sha(b"sealed")])
    harm(blobs.place(sha(b"harmed")))
    harm(blobs.place(sha(b"sealed")))  # cannot happen to it, so nobody looks
    manifest = manifest_of([ManifestEntry(name=n, size=len(d), sha256=sha(d)) for n, d in contents.items()])
    layout = Layout(tmp_path, tmp_path)
    layout.blobs_boot.write_bytes(platform.boot_id().encode())
    assert BlobStore(layout).missing(manifest) == {}
    monkeypatch.setattr(platform, "boot_id", lambda: "another start")
    assert BlobStore(layout).missing(manifest) == {0: 0}
    assert not blobs.place(sha(b"harmed")).exists()
    assert blobs.place(sha(b"whole")).exists()


def test_a_commit_looks_after_a_restart_too(
    blobs: BlobStore, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = manifest_of([ManifestEntry(name="a", size=1, sha256=sha(b"1"))])
    put(receiver, encode(manifest))
    put(receiver, b"1")
    harm(blobs.place(sha(b"1")))
    monkeypatch.setattr(platform, "boot_id", lambda: "another start")
    with pytest.raises(ProblemError, match="blobs_missing"):
        BlobStore(Layout(tmp_path, tmp_path)).commit(manifest_hash(manifest), as_tree=False)


def test_to_verify_drops_what_is_damaged_and_takes_the_commit_back(
    blobs: BlobStore, receiver: Receiver, tmp_path: Path
) -> None:
    contents = {"a.bin": b"12345", "b.bin": b"678"}
    made = commit(blobs, receiver, contents, as_tree=True)
    assert blobs.verify(made) == 0
    assert blobs.is_committed(made)
    harm(blobs.place(sha(b"678")))
    assert blobs.missing(blobs.manifest(made)) == {}
    assert blobs.verify(made) == 1
    assert blobs.missing(blobs.manifest(made)) == {1: 0}
    assert not blobs.is_committed(made)
    assert not (tmp_path / "trees" / made).exists()
    assert commit(blobs, receiver, contents, as_tree=True) == made
    assert (blobs.tree(made) / "b.bin").read_bytes() == b"678"


def test_a_damaged_manifest_is_dropped_too(blobs: BlobStore, receiver: Receiver) -> None:
    made = commit(blobs, receiver, {"a": b"1"}, as_tree=False)
    harm(blobs.place(made))
    assert blobs.verify(made) == 1
    assert not blobs.place(made).exists()
    assert not blobs.is_committed(made)
    with pytest.raises(ProblemError, match="manifest_unknown"):
        blobs.verify(made)


def test_old_parts_go_unless_they_are_wanted_or_written(
    blobs: BlobStore, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, wanted, written, new = (blobs.part(sha(name), f"{name.decode()}-dead", 1) for name in (b"1", b"2", b"3", b"4"))
    for part in (old, wanted, written, new):
        part.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(b"..")
    for part in (old, wanted, written):
        os.utime(part, (0, 0))
    monkeypatch.setattr(store, "is_being_written", lambda part: part == written)
    assert blobs.missing(manifest_of([ManifestEntry(name="a", size=9, sha256=sha(b"2"))])) == {0: 2}
    assert [part.exists() for part in (old, wanted, written, new)] == [False, True, True, True]


def test_several_threads_may_bring_blobs_at_once(blobs: BlobStore, receiver: Receiver) -> None:
    contents = {number: bytes([number]) * 5000 for number in range(1, 41)}
    failures: list[BaseException] = []

    def bring(numbers: list[int]) -> None:
        try:
            for number in numbers:
                receiver.announce(number, sha(contents[number]), 5000, 0)
                assert receiver.take(number, 0, contents[number][:100]) is None
                assert receiver.take(number, 100, contents[number][100:]) == sha(contents[number])
        except (ProblemError, OSError, AssertionError) as error:
            failures.append(error)

    threads = [threading.Thread(target=bring, args=(list(range(first, 41, 4)),)) for first in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert receiver.received == 40 * 5000
    assert all(blobs.path(sha(data)).read_bytes() == data for data in contents.values())
    assert len(receiver.take_unsealed(1)) == 40
