"""Which caption file is whose, where pictures differ only in ending or case: `a.png` and `a.jpg` have one `a.txt`.

Trainers (kohya's, OneTrainer, ai-toolkit) look for the picture's name with `.txt` in place of its suffix, so such
pictures share their caption there. That is what happens here, too, until a person wants each to have its own: then it
is written to `a.png.txt`, as gallery-dl and Hydrus name such files, and the shared one stays as it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from loraferry.library.fields import Sharing
from loraferry_core.problems import Problem, problem

MAX_SHOWN = 3
"""Names that the problem gives as an example."""


@dataclass(frozen=True)
class CaptionFiles:
    """Where captions are read and written. Paths are relative to the folder."""

    files: Mapping[str, str]
    """`Listing.captions`; asked anew each time, because files come while the folder is open."""
    sharing: Sharing = ""
    folds_case: bool = False
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Stem (see `_key`) → pictures that would have one caption file; only where these are several."""

    def sharers(self, name: str) -> tuple[str, ...]:
        """The pictures whose caption is in the same file as that of `name`, which is among them."""
        group = self.groups.get(self._key(name))
        if group is None or self.is_own(name):
            return (name,)
        return tuple(other for other in group if not self.is_own(other))

    def is_own(self, name: str) -> bool:
        """Whether a picture of a group has a caption file of its own: by choice, or because there is one."""
        return self._key(name) in self.groups and (self.sharing == "own" or name in self.files)

    def found(self, name: str) -> str | None:
        """The caption file to read, if there is any.

        In a group the picture's own file counts before the shared one, which is where a new own one begins. Elsewhere
        the file that trainers read counts.
        """
        shared, own = self.files.get(_stem(name)), self.files.get(name)
        return (own or shared) if self._key(name) in self.groups else (shared or own)

    def target(self, name: str, path: str = "") -> str:
        """The `.txt` file to write. `path` is the picture's, where its name is no Unicode."""
        path = path or name
        if self.is_own(name):
            return f"{path}.txt"
        found = self.found(name)
        if found is not None and found.lower().endswith(".txt") and found != self.files.get(name):
            return found
        return f"{_stem(path)}.txt"

    def _key(self, name: str) -> str:
        stem = _stem(name)
        return stem.casefold() if self.folds_case else stem


def caption_files(
    names: Iterable[str], files: Mapping[str, str], sharing: Sharing = "", *, folds_case: bool = False
) -> CaptionFiles:
    """For the pictures `names` and the caption files `files` of a listing. On a disk that `folds_case` stems that
    differ only in case are the same."""
    key: Callable[[str], str] = (lambda name: _stem(name).casefold()) if folds_case else _stem
    first: dict[str, str] = {}
    groups: dict[str, tuple[str, ...]] = {}
    for name in names:
        stem = key(name)
        other = first.setdefault(stem, name)
        if other is not name:
            groups[stem] = (*groups.get(stem, (other,)), name)
    return CaptionFiles(_Folding(files) if folds_case else files, sharing, folds_case, groups)


class _Folding(Mapping[str, str]):
    """Caption files found by the case they have, and else by any."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._folded: dict[str, str] = {}
        self._seen = 0

    def __getitem__(self, key: str) -> str:
        found = self._files.get(key)
        if found is not None:
            return found
        if self._seen != len(self._files):
            self._folded = {stem.casefold(): stem for stem in self._files}
            self._seen = len(self._files)
        return self._files[self._folded[key.casefold()]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def to_ask(files: CaptionFiles) -> Problem | None:
    """What to ask a person once for the whole folder: whether such pictures share a caption. None where there are
    none, or it is decided. The answer is the project's `sharing`: "together" or "own"."""
    undecided = [group for group in files.groups.values() if sum(not files.is_own(name) for name in group) > 1]
    if files.sharing or not undecided:
        return None
    shown = [name[name.rfind("/") + 1 :] for name in undecided[0][:MAX_SHOWN]]
    more = ["…"] if len(undecided[0]) > MAX_SHOWN else []
    target = files.target(undecided[0][0])
    return problem(
        "captions_shared", count=len(undecided), names=", ".join(shown + more), file=target[target.rfind("/") + 1 :]
    )


def _stem(name: str) -> str:
    dot = name.rfind(".")
    return name[:dot] if dot > name.rfind("/") + 1 else name
