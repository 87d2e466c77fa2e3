"""A machine that has been used: jobs, blobs, manifests, a ferried and a fetched model, caches, tokens."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent.blobs.incoming import Receiver
from loraferry_agent.blobs.store import BlobStore
from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import JobFolder, Layout
from loraferry_agent.models.folder import model_folder
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_of
from loraferry_core.jobs import JobSpec, JobState
from loraferry_core.model_links import order
from loraferry_core.models import FetchOrder, FetchSource
from loraferry_core.storage import StorageItem

ORDER = order([FetchSource(kind="hub", place="org/repo")], name="A fetched model")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class UsedMachine:
    """Fills a machine as the agent would."""

    layout: Layout
    jobs: int = 0

    def put(self, *blobs: bytes) -> None:
        receiver = Receiver(BlobStore(self.layout))
        for stream, data in enumerate(blobs, 1):
            if not receiver.announce(stream, sha(data), len(data), 0):
                receiver.take(stream, 0, data)
        receiver.close()

    def manifest(self, *blobs: bytes, tree: bool = False) -> str:
        entries = [ManifestEntry(name=f"{i}.png", size=len(d), sha256=sha(d), caption="") for i, d in enumerate(blobs)]
        listed = encode(manifest_of(entries))
        self.put(*blobs, listed)
        BlobStore(self.layout).commit(sha(listed), tree)
        return sha(listed)

    def job(
        self,
        manifest: str,
        state: JobState = JobState.FINISHED,
        *,
        project: str = "",
        tree: str = "",
        parent: str = "",
        **more: Any,
    ) -> JobFolder:
        self.jobs += 1
        config = TrainConfig()
        for path, named in (("dataset.manifest", manifest), ("base.tree", tree), ("network.parent_tree", parent)):
            config = replace_at(config, path, named)
        job = f"00000000-0000-0000-0000-{self.jobs:012}"
        store = JobStore(self.layout)
        status = store.submit(JobSpec(job=job, name=f"job {self.jobs}", config=config, project=project, **more), 1.0)
        store.write(status.replace(state=state))
        folder = self.layout.job(job)
        for name, size in (("checkpoints/000010/adapter.safetensors", 1000), ("samples/000010-0.png", 300)):
            (folder.path / name).parent.mkdir(parents=True)
            (folder.path / name).write_bytes(b"x" * size)
        return folder

    def model(self, wanted: FetchOrder = ORDER) -> Path:
        folder = model_folder(self.layout, wanted.id)
        folder.write_order(wanted)
        folder.files.mkdir()
        (folder.files / "model.safetensors").write_bytes(b"m" * 5000)
        folder.record("done", 5000, 5000)
        return folder.path

    def cache(self, name: str, size: int) -> None:
        path = self.layout.caches / name / "ab" / "x.safetensors"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"c" * size)


@pytest.fixture
def machine(tmp_path: Path) -> UsedMachine:
    layout = Layout(tmp_path / "home", tmp_path / "work")
    for folder in (layout.home, layout.jobs, layout.locks):
        folder.mkdir(parents=True)
    return UsedMachine(layout)


def by_key(items: tuple[StorageItem, ...]) -> dict[tuple[str, str], StorageItem]:
    assert len({item.key for item in items}) == len(items)
    return {(item.key.kind, item.key.id): item for item in items}


def whole_files(root: Path) -> list[str]:
    """Every file below, by its path."""
    return sorted(str(Path(folder, name).relative_to(root)) for folder, _, names in os.walk(root) for name in names)
