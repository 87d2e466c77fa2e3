"""Freeing: exactly what was asked for, never what is needed, and after a crash at any moment everything still fits."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry_agent import platform
from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import Layout
from loraferry_agent.models.folder import model_folder
from loraferry_agent.storage import free as free_module
from loraferry_agent.storage.count import count
from loraferry_agent.storage.free import free
from loraferry_agent.storage.secrets import set_secret
from loraferry_core.jobs import JobState
from loraferry_core.storage import StorageItem, StorageKey
from tests.unit.agent.storage.conftest import ORDER, UsedMachine, by_key, sha, whole_files

A, B, C, D = b"a" * 100, b"b" * 200, b"c" * 400, b"d" * 800


def key(kind: str, id: str) -> StorageKey:
    return StorageKey.model_validate({"kind": kind, "id": id})


def everything(layout: Layout) -> list[StorageKey]:
    return [item.key for item in count(layout)]


def fill(machine: UsedMachine) -> tuple[str, str]:
    """Two sets that share a picture, a ferried and a fetched model, caches, tokens, leftovers."""
    first, second = machine.manifest(A, B), machine.manifest(B, C)
    tree = machine.manifest(D, b"model", tree=True)
    machine.job(first, tree=tree, project="one")
    machine.job(second, project="two", fetch=ORDER)
    machine.model()
    machine.cache("latents", 70)
    machine.cache("captions", 20)
    set_secret(machine.layout, "huggingface", "hf_canary")
    set_secret(machine.layout, "civitai", "civitai_canary")
    machine.put(b"an orphan")
    part = BlobStore(machine.layout).part(sha(b"unfinished"), "999999-000000000000", 1)
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(b"unf")
    (machine.layout.trees / ".gone-x").mkdir()
    (machine.layout.trees / ".gone-x" / "y").write_bytes(b"y")
    return first, second


def test_a_wipe_leaves_no_picture_no_model_no_token(machine: UsedMachine) -> None:
    fill(machine)
    free(machine.layout, everything(machine.layout))
    assert count(machine.layout) == ()
    root = machine.layout.home.parent
    left = [name for name in whole_files(root) if not name.startswith("home/locks/")]
    assert left in ([], ["work/blobs/.boot"], [n for n in left if "boot" in n])
    assert all(b"canary" not in (root / name).read_bytes() for name in whole_files(root))


def test_only_what_was_asked_for(machine: UsedMachine) -> None:
    first, second = fill(machine)
    before = by_key(count(machine.layout))
    free(machine.layout, [key("pictures", first), key("token", "civitai"), key("cache", "latents")])
    after = by_key(count(machine.layout))
    assert before.keys() - after.keys() == {("pictures", first), ("token", "civitai"), ("cache", "latents")}
    store = BlobStore(machine.layout)
    # The shared picture stays, and is now counted with the set that has it.
    assert store.missing(store.manifest(second)) == {}
    assert not store.has(sha(A), len(A))
    assert after["pictures", second].bytes == before["pictures", second].bytes + len(B)


def test_what_is_not_there_or_unsafe_is_left_alone(machine: UsedMachine) -> None:
    fill(machine)
    before = whole_files(machine.layout.home.parent)
    odd = [key("job", ".."), key("cache", ".."), key("model", "."), key("pictures", "."), key("tree", ".."),
           key("token", "x"), key("leftovers", "x"), key("checkpoints", "..")]  # fmt: skip
    free(machine.layout, odd)
    assert whole_files(machine.layout.home.parent) == before


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.HELD, JobState.RUNNING, JobState.PAUSED])
def test_nothing_of_a_job_that_has_not_ended(machine: UsedMachine, state: JobState) -> None:
    tree, pictures = machine.manifest(D, tree=True), machine.manifest(A, B)
    parent = machine.manifest(A, D, tree=True)
    folder = machine.job(pictures, state, tree=tree, parent=parent, fetch=ORDER)
    machine.model()
    machine.manifest(B, C)
    free(machine.layout, everything(machine.layout))
    store = BlobStore(machine.layout)
    assert store.missing(store.manifest(pictures)) == {}
    assert store.is_committed(pictures)
    assert (store.tree(tree) / "0.png").read_bytes() == D
    assert (store.tree(parent) / "1.png").read_bytes() == D
    assert JobStore(machine.layout).status(folder.path.name).state is state
    assert (folder.checkpoints / "000010" / "adapter.safetensors").exists()
    assert model_folder(machine.layout, ORDER.id).whole() is not None
    assert not store.has(sha(C), len(C))


def test_a_job_that_was_queued_again_meanwhile(machine: UsedMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = machine.job(machine.manifest(A), JobState.STOPPED)
    counted: Callable[[Layout], tuple[StorageItem, ...]] = count

    def count_then_resume(layout: Layout) -> tuple[StorageItem, ...]:
        items = counted(layout)
        store = JobStore(layout)
        store.write(store.status(folder.path.name).replace(state=JobState.QUEUED))
        return items

    monkeypatch.setattr(free_module, "count", count_then_resume)
    free(machine.layout, [key("job", folder.path.name), key("checkpoints", folder.path.name)])
    assert (folder.checkpoints / "000010").exists()
    assert folder.spec.exists()


def test_checkpoints_without_the_rest(machine: UsedMachine) -> None:
    folder = machine.job(machine.manifest(A))
    free(machine.layout, [key("checkpoints", folder.path.name)])
    assert not folder.checkpoints.exists()
    assert (folder.samples / "000010-0.png").exists()
    assert ("checkpoints", folder.path.name) not in by_key(count(machine.layout))


def test_a_model_that_is_being_fetched_stays(machine: UsedMachine) -> None:
    machine.model()
    lock = platform.FileLock(model_folder(machine.layout, ORDER.id).lock)
    assert lock.acquire()
    free(machine.layout, [key("model", ORDER.id)])
    lock.release()
    assert model_folder(machine.layout, ORDER.id).whole() is not None
    free(machine.layout, [key("model", ORDER.id)])
    assert not model_folder(machine.layout, ORDER.id).path.exists()


def test_a_folder_in_the_making_is_no_leftover_yet(machine: UsedMachine, monkeypatch: pytest.MonkeyPatch) -> None:
    new = machine.layout.jobs / ".new-1"
    new.mkdir()
    free(machine.layout, [key("leftovers", "folders")])
    assert new.exists()
    later = time.time() + 120
    monkeypatch.setattr(time, "time", lambda: later)
    free(machine.layout, [key("leftovers", "folders")])
    assert not new.exists()


class Crash(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("moment", range(12))
def test_a_crash_in_between_leaves_a_store_that_fits(
    machine: UsedMachine, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """The process ends before its nth removal; what is still there is whole, and the next wipe removes the rest."""
    first, second = fill(machine)
    removals = 0

    def counting(do: Callable[..., None]) -> Callable[..., None]:
        def work(*args: object, **kwargs: object) -> None:
            nonlocal removals
            if removals == moment:
                raise Crash
            removals += 1
            do(*args, **kwargs)

        return work

    with monkeypatch.context() as patched:
        patched.setattr(free_module, "_remove_blob", counting(free_module._remove_blob))
        patched.setattr(free_module, "_remove_folder", counting(free_module._remove_folder))
        patched.setattr(shutil, "rmtree", counting(shutil.rmtree))
        with pytest.raises(Crash):
            free(machine.layout, everything(machine.layout))
    store = BlobStore(machine.layout)
    for manifest in (first, second):
        if store.is_committed(manifest):
            assert store.missing(store.manifest(manifest)) == {}
    for job in JobStore(machine.layout).list():
        assert JobStore(machine.layout).spec(job.job).name == job.name
    free(machine.layout, everything(machine.layout))
    free(machine.layout, everything(machine.layout))
    assert count(machine.layout) == ()


def test_committing_waits_while_something_is_freed(machine: UsedMachine, tmp_path: Path) -> None:
    """A commit looks at the blobs and sets its mark under the lock that freeing holds."""
    manifest = machine.manifest(A)
    lock = platform.FileLock(machine.layout.locks / "store")
    assert lock.acquire()
    waited: list[float] = []

    def let_go(seconds: float) -> None:
        waited.append(seconds)
        lock.release()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(time, "sleep", let_go)
        BlobStore(machine.layout).commit(manifest, False)
    assert waited
