"""Files by their hash: what is there, what is half there, manifests over them, base models laid out as folders."""

import errno
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loraferry_agent import platform
from loraferry_agent.jobs.process import token_is_alive
from loraferry_agent.layout import Layout
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, decode
from loraferry_core.names import is_safe_relative
from loraferry_core.problems import ProblemError, fail

PART_SUFFIX = ".part"


class BlobStore:
    """The content store of one agent."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    # ---- single blobs ----

    def place(self, sha256: str) -> Path:
        """Where a blob lies, or would lie."""
        return self._layout.blobs / sha256[:2] / sha256[2:]

    def path(self, sha256: str) -> Path:
        """The file of a blob, to be opened read-only. Raises ProblemError: blobs_missing."""
        path = self.place(sha256)
        if not path.is_file():
            raise fail("blobs_missing", count=1)
        return path

    def has(self, sha256: str, size: int) -> bool:
        """Whether a blob is there with the right size; its hash was checked when it came in."""
        try:
            return self.place(sha256).stat().st_size == size
        except FileNotFoundError:
            return False

    # ---- parts ----

    def part(self, sha256: str, token: str, number: int) -> Path:
        """The unfinished file of one writer. Its name tells the process, so that nobody writes into another's."""
        place = self.place(sha256)
        return place.with_name(f"{place.name}.{token}.{number}{PART_SUFFIX}")

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
        if not self._layout.blobs.is_dir():
            return
        for folder in self._layout.blobs.iterdir():
            for path in folder.iterdir():
                if path.suffix == PART_SUFFIX:
                    yield folder.name + path.name.partition(".")[0], path

    # ---- manifests ----

    def manifest(self, hash: str) -> Manifest:
        """A manifest by its hash. Raises ProblemError: manifest_unknown, protocol_violation where it is not canonical."""
        place = self.place(hash)
        if not place.is_file():
            raise fail("manifest_unknown", manifest=hash)
        try:
            return decode(place.read_bytes())
        except ValueError as error:
            raise fail("protocol_violation", detail=f"manifest {hash}: {error}") from error

    def missing(self, manifest: Manifest) -> dict[int, int]:
        """Positions of entries whose blob is not there, with how many bytes of each already are."""
        sizes: dict[str, int] = {}
        for sha256, part in self._all_parts():
            sizes[sha256] = max(_size(part), sizes.get(sha256, 0))
        entries = enumerate(manifest.entries)
        return {i: sizes.get(entry.sha256, 0) for i, entry in entries if not self.has(entry.sha256, entry.size)}

    def is_committed(self, hash: str) -> bool:
        """Whether a manifest was found complete once."""
        return (self._layout.committed / hash).is_file()

    def commit(self, hash: str, as_tree: bool) -> Manifest:
        """Make a manifest usable, laid out as a folder too if `as_tree`.

        Raises ProblemError: manifest_unknown, blobs_missing, name_unsafe, disk_full; OSError.
        """
        manifest = self.manifest(hash)
        count = sum(not self.has(entry.sha256, entry.size) for entry in manifest.entries)
        if count:
            raise fail("blobs_missing", count=count)
        with full_disk_named(self._layout.work, manifest.total_bytes):
            if as_tree:
                self._lay_out(hash, manifest)
            self._layout.committed.mkdir(parents=True, exist_ok=True)
            (self._layout.committed / hash).touch()
            platform.sync_folder(self._layout.committed)
        for sha256, _ in list(self._all_parts()):
            if self.place(sha256).exists():
                self.remove_parts(sha256, is_being_written)
        return manifest

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
            new.replace(target)
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
