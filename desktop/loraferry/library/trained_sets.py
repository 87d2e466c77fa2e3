"""Compares a set of pictures with the set as it was trained: what came, what went, what was edited since."""

from collections.abc import Iterable
from dataclasses import dataclass

from loraferry_core.dataset.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Member:
    """One picture of a set. `sha256` is of the rendered picture; empty: not known, and not compared."""

    name: str
    caption: str
    sha256: str = ""


@dataclass(frozen=True)
class SetDifference:
    """Names, each list in the order of its set; a picture that was moved is in none but `moved`."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    recaptioned: tuple[str, ...] = ()
    """The same picture with another caption."""
    redrawn: tuple[str, ...] = ()
    """The same name with other content: cropped, turned, masked or replaced, its caption perhaps changed, too."""
    moved: tuple[tuple[str, str], ...] = ()
    """(name before, name now) of the same content under another name."""
    kept: int = 0
    """How many are as they were, moved ones included."""

    @property
    def edited(self) -> tuple[str, ...]:
        """The pictures that are there in both, and not as they were."""
        return (*self.redrawn, *self.recaptioned)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.edited)


def members_of(manifest: Manifest, *, pixels: bool = True) -> list[Member]:
    """The pictures of a manifest. Without `pixels` only names and captions are compared: needed where the two sets
    were rendered for different resolutions, so that no picture has the bytes it had."""
    return [Member(entry.name, entry.caption, entry.sha256 if pixels else "") for entry in manifest.entries]


def difference(before: Iterable[Member], after: Iterable[Member]) -> SetDifference:
    """What was done to the set `before` to make it `after`."""
    old = {member.name: member for member in before}
    new = {member.name: member for member in after}
    gone = {name: member for name, member in old.items() if name not in new}
    by_content: dict[str, list[Member]] = {}
    for member in gone.values():
        if member.sha256:
            by_content.setdefault(member.sha256, []).append(member)
    recaptioned, redrawn, moved, added = [], [], [], []
    kept = 0
    for name, member in new.items():
        was = old.get(name)
        if was is None:
            same = by_content.get(member.sha256)
            if not same:
                added.append(name)
                continue
            was = same.pop(0)
            del gone[was.name]
            moved.append((was.name, name))
        if was.sha256 and member.sha256 and was.sha256 != member.sha256:
            redrawn.append(name)
        elif was.caption != member.caption:
            recaptioned.append(name)
        else:
            kept += 1
    return SetDifference(tuple(added), tuple(gone), tuple(recaptioned), tuple(redrawn), tuple(moved), kept)
