"""What is ferried for a run: pictures and, where it comes from this computer, the base model. And how it is sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from loraferry.cancellation import CancelToken
from loraferry.ferry.catalogue import entry_of
from loraferry.ferry.own_base import ODD_NAME, look_at, path_of
from loraferry.remote.client import AgentClient
from loraferry.remote.hashes import hash_file
from loraferry.remote.pace import Pace
from loraferry.remote.sync import SyncProgress, upload
from loraferry_core.config import TrainConfig
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_hash, manifest_of
from loraferry_core.lora_file.parent import check_parent
from loraferry_core.lora_file.strengths import SETTINGS_FILE
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import ProblemError, fail
from loraferry_resources import resource_path

Part = Literal["base", "pictures", "checkpoint", "submit", "done"]
"""`base`: the base model, and the LoRA that the run begins with. `done`: everything is on the machine, this computer may sleep."""


@dataclass(frozen=True)
class Cargo:
    """A manifest, and for each of its names the file on this computer."""

    manifest: Manifest
    sources: dict[str, Path]
    folder: str = ""
    """Where the pictures came from, for people."""
    concepts: tuple[ConceptShare, ...] = ()
    """How much the pictures of concepts count."""


@dataclass(frozen=True)
class LaunchProgress:
    """How far a launch is: which part is sent, and how much of it."""

    part: Part
    sync: SyncProgress | None = None


@dataclass(frozen=True)
class Way:
    """How to send to a machine: the conversation, and how fast it may be."""

    client: AgentClient
    pace: Pace | None = None


@contextmanager
def own_lane(way: Way) -> Iterator[Way]:
    """A conversation for the sending alone, where the machine takes a further one: what else is said does not queue up
    behind the data, and breaking off, which may leave a file half sent, breaks nothing else. Raises ProblemError."""
    client = way.client
    try:
        own = client.more() if client.more is not None else None
    except ProblemError:
        if client.ended is not None:
            raise
        own = None  # it takes no more of them; the one there is does it too
    try:
        yield Way(own or client, way.pace)
    finally:
        if own is not None:
            own.close()


def base_cargo(source: str, hash_of: Callable[[Path], str] = hash_file) -> Cargo | None:
    """The files of a base model that ships with this program or is the user's own, each read once for its hash; None
    for a model that the training machine has or fetches.

    Raises ProblemError: those of `own_base.look_at`, base_not_found, file_unreadable; and what `hash_of` raises.
    """
    entry, own = entry_of(source), path_of(source)
    if own is not None:
        files = dict(look_at(own).files)
    elif entry is not None and entry.tree:
        files = _shipped(entry.tree)
    else:
        return None
    if not files:
        raise fail("base_not_found", source=source)
    return _cargo_of(files, hash_of)


def parent_cargo(config: TrainConfig, hash_of: Callable[[Path], str] = hash_file) -> Cargo | None:
    """The file of the LoRA that a run begins with where it lies on this computer, and peft's settings beside it; None
    where the plan names none here.

    Raises ProblemError: those of `check_parent`, file_unreadable; and what `hash_of` raises.
    """
    path = path_of(config.network.parent)
    if path is None:
        return None
    check_parent(path, config)
    files = {path.name if is_safe_relative(path.name) else ODD_NAME: path}
    settings = path.with_name(SETTINGS_FILE)
    if settings.is_file():
        files[SETTINGS_FILE] = settings
    return _cargo_of(files, hash_of)


def _cargo_of(files: dict[str, Path], hash_of: Callable[[Path], str]) -> Cargo:
    entries = []
    for name, path in files.items():
        try:
            entries.append(ManifestEntry(name=name, size=path.stat().st_size, sha256=hash_of(path)))
        except OSError as error:
            raise fail("file_unreadable", path=path, detail=error.strerror or error) from error
    return Cargo(manifest_of(entries), files)


def _shipped(tree: str) -> dict[str, Path]:
    folder = resource_path(tree)
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def absent(client: AgentClient, manifest: Manifest) -> list[ManifestEntry]:
    """Entries whose content may be missing on the machine. Raises ProblemError."""
    missing = client.have(manifest_hash(manifest)).indexes
    if missing == (-1,):
        return list(manifest.entries)
    return [manifest.entries[index] for index in missing if 0 <= index < len(manifest.entries)]


def send(way: Way, cargo: Cargo, part: Part, token: CancelToken) -> None:
    """Have the machine hold a cargo. Reports `LaunchProgress`; raises ProblemError, Cancelled."""

    def report(progress: SyncProgress) -> None:
        token.report(LaunchProgress(part, progress))

    upload(
        [way.client],
        cargo.manifest,
        cargo.sources,
        report,
        token,
        kind="dataset" if part == "pictures" else "tree",
        pace=way.pace,
        more=way.client.more,
    )
