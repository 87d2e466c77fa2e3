"""Files by their hash: what is there, what is half there, manifests over them, base models laid out as folders.

A blob is sealed (read-only) once it is known to be on the disk itself. One that is not may have been damaged by a power
cut, so after a restart of the machine those are read again, before anything is said about what is there.
"""

import errno
import hashlib
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.blobs.exclusive import exclusive
from loraferry_agent.jobs.atomic import write_atomically
from loraferry_agent.jobs.process import token_is_alive
from loraferry_agent.layout import Layout
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, decode
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import ProblemError, fail

PART_SUFFIX = ".part"
PART_SECONDS = 14 * 86_400.0
"""How long what came of a blob is kept for somebody to go on with."""
HASH_BYTES = 2**20


class BlobStore:
    """The content store of one agent."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._root = str(layout.blobs)
        self._last_manifest: tuple[str, Manifest] | None = None
        """What was asked for is often committed next, and large ones take long to read."""
        self._settled = False
        self._settling = threading.Lock()

    # ---- single blobs ----

    def place(self, sha256: str) -> Path:
        """Where a blob lies, or would lie."""
        return Path(self._place(sha256))

    def _place(self, sha256: str) -> str:
        return f"{self._root}{os.sep}{sha256[:2]}{os.sep}{sha256[2:]}"

    def path(self, sha256: str) -> Path:
        """The file of a blob, to be opened read-only. Raises ProblemError: blobs_missing."""
        path = self.place(sha256)
        if not path.is_file():
            raise fail("blobs_missing", count=1)
        return path

    def has(self, sha256: str, size: int) -> bool:
        """Whether a blob is there with the right size; its hash was checked when it came in."""
        status = self._status(sha256)
        return status is not None and status.st_size == size

    def _status(self, sha256: str) -> os.stat_result | None:
        try:
            return os.stat(self._place(sha256))  # noqa: PTH116 - asked for each of very many
        except FileNotFoundError:
            return None

    # ---- what the disk holds ----

    def seal(self, hashes: Iterable[str]) -> None:
        """Force blobs onto the disk and remember that. Raises OSError."""
        places = [self._place(sha256) for sha256 in hashes]
        if places:
            platform.sync_files(self._layout.blobs, places)
            for place in places:
                platform.make_read_only(Path(place))

    def settle(self) -> None:
        """After a restart of the machine, drop blobs that were not safe on its disk and have come to harm.

        Once a process, before the first answer that relies on the blobs. Raises OSError.
        """
        with self._settling:
            if self._settled:
                return
            boot = platform.boot_id().encode()
            marker = self._layout.blobs_boot
            if not marker.is_file() or marker.read_bytes() != boot:
                for sha256, path in self._all_files():
                    with suppress(FileNotFoundError):  # another process has freed it meanwhile
                        if not platform.is_read_only(path.stat()):
                            self._drop_if_damaged(sha256)
                write_atomically(marker, boot)
            self._settled = True

    def verify(self, hash: str) -> int:
        """Read all blobs of a manifest again, the manifest among them, and drop what was damaged; how many were.

        A manifest that lost something is not committed any more, and its tree goes. Raises OSError, ProblemError as
        `manifest` does.
        """
        if self._drop_if_damaged(hash):
            self._withdraw(hash)
            return 1
        wanted = {entry.sha256 for entry in self.manifest(hash).entries}
        dropped = sum(self._drop_if_damaged(sha256) for sha256 in sorted(wanted))
        if dropped:
            self._withdraw(hash)
        return dropped

    def _drop_if_damaged(self, sha256: str) -> bool:
        place = self.place(sha256)
        try:
            if _is_intact(place, sha256):
                return False
        except FileNotFoundError:
            return False
        place.unlink(missing_ok=True)
        return True

    def _withdraw(self, hash: str) -> None:
        (self._layout.committed / hash).unlink(missing_ok=True)
        shutil.rmtree(self._layout.trees / hash, ignore_errors=True)

    # ---- parts ----

    def part(self, sha256: str, token: str, number: int) -> Path:
        """The unfinished file of one writer. Its name tells the process, so that nobody writes into another's."""
        return Path(f"{self._place(sha256)}.{token}.{number}{PART_SUFFIX}")

    def parts(self, sha256: str) -> list[Path]:
        """What has come of a blob so far, by whomever, longest first."""
        place = self.place(sha256)
        return sorted(place.parent.glob(f"{place.name}.*{PART_SUFFIX}"), key=_size, reverse=True)

    def partial(self, sha256: str) -> int:
        """How many bytes of a missing blob are there."""
        return max(map(_size, self.parts(sha256)), default=0)

    def remove_parts(self, sha256: str, in_use: Callable[[Path], bool]) -> None:
        """Once a blob is complete, its parts serve nobody but those who are still writing them."""
        for part in self.parts(sha256):
            if not in_use(part):
                part.unlink(missing_ok=True)

    def _all_parts(self) -> Iterator[tuple[str, Path]]:
        return self._all_files(PART_SUFFIX)

    def _all_files(self, suffix: str = "") -> Iterator[tuple[str, Path]]:
        """Files whose name ends so, each with the hash it is, or is to be."""
        try:
            folders = [entry for entry in os.scandir(self._root) if entry.is_dir()]
        except FileNotFoundError:
            return
        for folder in folders:
            with os.scandir(folder.path) as entries:
                for entry in entries:
                    sha256 = folder.name + entry.name.partition(".")[0]
                    if len(sha256) == 64 and entry.name.endswith(suffix) and (suffix or "." not in entry.name):
                        yield sha256, Path(entry.path)

    def _prune(self, wanted: set[str], now: float) -> None:
        """Remove what came of blobs that nobody has gone on with for long, but nothing of `wanted`."""
        for sha256, part in list(self._all_parts()):
            if sha256 in wanted or is_being_written(part):
                continue
            try:
                if now - part.stat().st_mtime > PART_SECONDS:
                    part.unlink(missing_ok=True)
            except FileNotFoundError:
                continue

    # ---- manifests ----

    def manifest(self, hash: str) -> Manifest:
        """A manifest by its hash. Raises ProblemError: manifest_unknown, protocol_violation where it is not canonical."""
        place = self.place(hash)
        if not place.is_file():
            raise fail("manifest_unknown", manifest=hash)
        last = self._last_manifest
        if last is not None and last[0] == hash:
            return last[1]
        try:
            manifest = decode(place.read_bytes())
        except ValueError as error:
            raise fail("protocol_violation", detail=f"manifest {hash}: {error}") from error
        self._last_manifest = (hash, manifest)
        return manifest

    def missing(self, manifest: Manifest) -> dict[int, int]:
        """Positions of entries whose blob is not there, with how many bytes of each already are. Raises OSError."""
        self.settle()
        missing = [i for i, entry in enumerate(manifest.entries) if not self.has(entry.sha256, entry.size)]
        if not missing:
            return {}
        wanted = {manifest.entries[i].sha256 for i in missing}
        self._prune(wanted, time.time())
        sizes: dict[str, int] = {}
        for sha256, part in self._all_parts():
            sizes[sha256] = max(_size(part), sizes.get(sha256, 0))
        return {i: sizes.get(manifest.entries[i].sha256, 0) for i in missing}

    def is_committed(self, hash: str) -> bool:
        """Whether a manifest was found complete once."""
        return (self._layout.committed / hash).is_file()

    def commit(self, hash: str, as_tree: bool) -> Manifest:
        """Make a manifest usable, laid out as a folder too if `as_tree`.

        Raises ProblemError: manifest_unknown, blobs_missing, name_unsafe, disk_full; OSError.
        """
        self.settle()
        # Nothing is freed between the look at the blobs and the mark.
        with exclusive(self._layout, "store"):
            return self._commit(hash, as_tree)

    def _commit(self, hash: str, as_tree: bool) -> Manifest:
        manifest = self.manifest(hash)
        unsealed = self._unsealed(hash, manifest)
        with full_disk_named(self._layout.work, manifest.total_bytes):
            self.seal(unsealed)
            if as_tree:
                self._lay_out(hash, manifest)
            if unsealed or not self.is_committed(hash):
                self._layout.committed.mkdir(parents=True, exist_ok=True)
                (self._layout.committed / hash).touch()
                platform.sync_folder(self._layout.committed)
        if unsealed:
            for sha256, _ in list(self._all_parts()):
                if self.place(sha256).exists():
                    self.remove_parts(sha256, is_being_written)
        return manifest

    def _unsealed(self, hash: str, manifest: Manifest) -> list[str]:
        """The blobs, with the manifest itself, that may not be on the disk yet. Raises ProblemError blobs_missing."""
        unsealed: list[str] = []
        count = 0
        for sha256, size in [(hash, None), *((entry.sha256, entry.size) for entry in manifest.entries)]:
            status = self._status(sha256)
            if status is None or (size is not None and status.st_size != size):
                count += 1
            elif not platform.is_read_only(status):
                unsealed.append(sha256)
        if count:
            raise fail("blobs_missing", count=count)
        return unsealed

    def tree(self, hash: str) -> Path:
        """The folder of a committed tree. Raises ProblemError: manifest_unknown."""
        path = self._layout.trees / hash
        if not path.is_dir():
            raise fail("manifest_unknown", manifest=hash)
        return path

    def _lay_out(self, hash: str, manifest: Manifest) -> None:
        refuse_unsafe_names(manifest.entries)
        target = self._layout.trees / hash
        if target.is_dir():
            return
        new = self._layout.trees / f".new-{uuid.uuid4().hex}"
        new.mkdir(parents=True)
        try:
            for entry in manifest.entries:
                file = new / entry.name
                file.parent.mkdir(parents=True, exist_ok=True)
                platform.link_or_copy(self.place(entry.sha256), file)
            platform.sync_files(new, [str(new / entry.name) for entry in manifest.entries])
            new.replace(target)
            platform.sync_folder(target.parent)
        except OSError:
            # Another connection may have laid out the same files first.
            if not target.is_dir():
                raise
        finally:
            shutil.rmtree(new, ignore_errors=True)


def refuse_unsafe_names(entries: tuple[ManifestEntry, ...]) -> None:
    """Raise ProblemError name_unsafe for a name that cannot become a path beside the others on every system."""
    folders: set[str] = set()
    files: set[str] = set()
    for entry in entries:
        folded = entry.name.casefold()
        parents = {folded[:end] for end, character in enumerate(folded) if character == "/"}
        if not is_safe_relative(entry.name) or folded in files or folded in folders or parents & files:
            raise fail("name_unsafe", name=entry.name)
        files.add(folded)
        folders |= parents


def is_being_written(part: Path) -> bool:
    """Whether the process that began this part still lives."""
    return token_is_alive(part.name.split(".")[1])


@contextmanager
def full_disk_named(path: Path, needed: int) -> Iterator[None]:
    """Turn "no space left" into the problem disk_full, which names the place. `needed` are bytes."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise
        raise disk_full(path, needed) from error


def disk_full(path: Path, needed: int) -> ProblemError:
    """The exception for a disk without room for `needed` bytes."""
    return fail("disk_full", path=path, needed_mb=-(-needed // 2**20), free_mb=free_bytes(path) // 2**20)


def free_bytes(path: Path) -> int:
    """Room on the disk of `path`, which may not exist yet."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return shutil.disk_usage(path).free


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _is_intact(path: Path, sha256: str) -> bool:
    """Whether a blob is what its name says. Raises OSError; damage that the disk itself reports is damage."""
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while data := file.read(HASH_BYTES):
                digest.update(data)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return False
    return digest.hexdigest() == sha256
