"""Which pictures a run was launched with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.runs.store import RunStore
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_hash, manifest_of
from loraferry_core.jobs import JobState
from tests.fakes.stories import spec_of, status_of

NAMES = ["猫 1.png", "b.png"]
FOLDER = Path("/pictures/no\udcfftext")
"""Cannot be written as UTF-8, as paths on Linux may be."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    store = RunStore(tmp_path / "runs.sqlite")
    yield store
    store.close()


def manifest(mark: str = "a") -> Manifest:
    return manifest_of([ManifestEntry(name=name, size=1, sha256=mark * 64, caption="一只猫") for name in NAMES])


def add_run(store: RunStore, name: str) -> str:
    spec = spec_of(config=replace_at(TrainConfig(), "dataset.manifest", name))
    store.add(spec, status_of(spec, JobState.RUNNING), host="h", folder="f", images=2)
    return spec.job


def test_a_set_comes_back_as_it_was(store: RunStore) -> None:
    sources = {name: FOLDER / name for name in NAMES}
    store.cargoes.keep(manifest(), sources)
    assert store.cargoes.get(manifest_hash(manifest())) == (manifest(), sources)
    assert store.cargoes.get("0" * 64) is None


def test_the_same_set_again_takes_over_the_newer_places(store: RunStore) -> None:
    for folder in ("old", "new"):
        store.cargoes.keep(manifest(), {name: Path(folder) / name for name in NAMES})
    found = store.cargoes.get(manifest_hash(manifest()))
    assert found is not None
    assert found[1][NAMES[0]] == Path("new") / NAMES[0]


def test_a_set_is_forgotten_with_the_last_run_that_names_it(store: RunStore) -> None:
    name = manifest_hash(manifest())
    store.cargoes.keep(manifest(), {})
    first, second = add_run(store, name), add_run(store, name)
    store.remove(first)
    assert store.cargoes.get(name) is not None
    store.remove(second)
    assert store.cargoes.get(name) is None
