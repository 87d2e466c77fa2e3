"""Everything kept is told, each byte once, with whom it is kept for and whether it is needed."""

import time

import pytest

from loraferry_agent.blobs.incoming import Receiver
from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.jobs.process import identify_self
from loraferry_agent.storage.count import count
from loraferry_agent.storage.secrets import set_secret
from loraferry_core.jobs import ENDED, JobState
from tests.unit.agent.storage.conftest import ORDER, UsedMachine, by_key, sha

A, B, C, D = b"a" * 100, b"b" * 200, b"c" * 400, b"d" * 800


def test_an_unused_machine_keeps_nothing(machine: UsedMachine) -> None:
    assert count(machine.layout) == ()


def test_checkpoints_are_told_apart_from_the_rest_of_a_job(machine: UsedMachine) -> None:
    folder = machine.job(machine.manifest(A), project="zorblax")
    items = by_key(count(machine.layout))
    checkpoints, rest = items["checkpoints", folder.path.name], items["job", folder.path.name]
    assert (checkpoints.bytes, checkpoints.files) == (1000, 1)
    assert (checkpoints.label, checkpoints.project, checkpoints.in_use) == ("job 1", "zorblax", False)
    assert rest.files == 3
    assert rest.bytes == 300 + folder.spec.stat().st_size + folder.state.stat().st_size


def test_a_shared_picture_counts_once(machine: UsedMachine) -> None:
    first, second = machine.manifest(A, B), machine.manifest(B, C)
    machine.job(first, project="one")
    machine.job(second, project="one")
    machine.job(second, project="two")
    items = by_key(count(machine.layout))
    store = BlobStore(machine.layout)
    sizes = [store.place(manifest).stat().st_size for manifest in (first, second)]
    assert items["pictures", first].bytes == 100 + 200 + sizes[0]
    assert items["pictures", second].bytes == 400 + sizes[1]
    assert items["pictures", first].files == 3
    assert (items["pictures", first].project, items["pictures", second].project) == ("one", "")
    assert items["pictures", second].label == "job 2, job 3"


def test_a_ferried_model_is_no_set_of_pictures(machine: UsedMachine) -> None:
    tree = machine.manifest(A, D, tree=True)
    machine.job(machine.manifest(B), tree=tree)
    item = by_key(count(machine.layout))["tree", tree]
    # Second names of blobs take no room.
    assert item.bytes == 900 + BlobStore(machine.layout).place(tree).stat().st_size
    assert item.label == "toy"
    assert ("pictures", tree) not in by_key(count(machine.layout))


def test_a_tree_of_copies_takes_room(machine: UsedMachine) -> None:
    tree = machine.manifest(A, tree=True)
    copy = machine.layout.trees / tree / "0.png"
    before = by_key(count(machine.layout))["tree", tree].bytes
    copy.unlink()
    copy.write_bytes(A)
    assert by_key(count(machine.layout))["tree", tree].bytes == before + 100


@pytest.mark.parametrize("state", JobState)
def test_what_a_job_needs_is_in_use_until_it_ends(machine: UsedMachine, state: JobState) -> None:
    machine.model()
    tree = machine.manifest(D, tree=True)
    pictures = machine.manifest(A)
    folder = machine.job(pictures, state, tree=tree, fetch=ORDER)
    other = machine.manifest(B)
    items = by_key(count(machine.layout))
    for key in (("job", folder.path.name), ("checkpoints", folder.path.name), ("pictures", pictures), ("tree", tree)):
        assert items[key].in_use == (state not in ENDED)
    assert items["model", ORDER.id].in_use == (state not in ENDED)
    assert not items["pictures", other].in_use


def test_caches_are_in_use_while_something_trains(machine: UsedMachine) -> None:
    machine.cache("latents", 70)
    folder = machine.job(machine.manifest(A), JobState.QUEUED)
    assert not by_key(count(machine.layout))["cache", "latents"].in_use
    folder.state.write_text(folder.state.read_text().replace("queued", "running"))
    item = by_key(count(machine.layout))["cache", "latents"]
    assert (item.in_use, item.bytes, item.files) == (True, 70, 1)


def test_a_damaged_job_is_kept(machine: UsedMachine) -> None:
    folder = machine.job(machine.manifest(A))
    folder.state.write_text("{")
    item = by_key(count(machine.layout))["job", folder.path.name]
    assert (item.in_use, item.label) == (True, folder.path.name)


def test_models_and_tokens(machine: UsedMachine) -> None:
    machine.model()
    set_secret(machine.layout, "huggingface", "hf_very_long_token")
    items = by_key(count(machine.layout))
    assert items["model", ORDER.id].label == "A fetched model"
    assert items["model", ORDER.id].bytes > 5000
    token = items["token", "huggingface"]
    # Its length would tell something of it.
    assert (token.bytes, token.files, token.label) == (0, 1, "huggingface")


def test_leftovers(machine: UsedMachine) -> None:
    machine.manifest(A)
    machine.put(B, C)
    receiver = Receiver(BlobStore(machine.layout))
    receiver.announce(1, sha(D), len(D), 0)
    receiver.take(1, 0, D[:50])
    (machine.layout.jobs / ".new-1" / "control").mkdir(parents=True)
    (machine.layout.trees / ".gone-1").mkdir(parents=True)
    (machine.layout.trees / ".gone-1" / "x").write_bytes(b"123")
    items = by_key(count(machine.layout))
    assert (items["leftovers", "parts"].bytes, items["leftovers", "parts"].in_use) == (50, True)
    assert (items["leftovers", "blobs"].bytes, items["leftovers", "blobs"].in_use) == (600, True)
    assert (items["leftovers", "folders"].bytes, items["leftovers", "folders"].files) == (3, 1)
    receiver.close()
    token = identify_self().token()
    (part,) = BlobStore(machine.layout).parts(sha(D))
    part.rename(part.with_name(part.name.replace(token, "999999-000000000000")))
    items = by_key(count(machine.layout))
    assert not items["leftovers", "parts"].in_use
    assert not items["leftovers", "blobs"].in_use


def test_a_damaged_manifest_is_told_so_that_it_can_go(machine: UsedMachine) -> None:
    manifest = machine.manifest(A)
    BlobStore(machine.layout).place(manifest).unlink()
    items = by_key(count(machine.layout))
    assert items["pictures", manifest].bytes == 0
    assert items["leftovers", "blobs"].bytes == 100


@pytest.mark.slow
def test_a_much_used_machine_is_counted_in_seconds(machine: UsedMachine) -> None:
    """100 jobs and 5,000 blobs; printed, not judged: machines differ."""
    manifest = machine.manifest(A, B)
    for number in range(5_000):
        path = machine.layout.blobs / f"{number % 256:02x}" / f"{number:062x}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    for _ in range(100):
        machine.job(manifest)
    before = time.monotonic()
    items = by_key(count(machine.layout))
    print(f"counted in {time.monotonic() - before:.2f} s")
    assert items["leftovers", "blobs"].files == 5_000
    assert len(items) == 202
