"""Writes pictures, captions and masks into a folder, by the renderer that also makes what is ferried."""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.library.approved import Blob, mask_content
from loraferry.library.export_journal import Journal, stat_of
from loraferry.library.items import Item
from loraferry.library.pieces import MARK, Piece, mask_name
from loraferry.library.renderer import RENDERER_VERSION, Recipe, Rendered, render, render_mask
from loraferry_core.dataset.roles import stem_of
from loraferry_core.problems import Problem, ProblemError, fail, problem

CAPTION = ".txt"
SUFFIXES = (".png", ".jpg")

Words = Callable[[Item], str]
"""The caption of a picture as it is written."""


def own_caption(item: Item) -> str:
    """The caption as it is."""
    return item.caption or ""


@dataclass(frozen=True)
class ExportPlan:
    """What is written, and how."""

    folder: Path
    recipe: Recipe
    captions: bool = True
    masks: bool = True
    numbered: bool = False
    """Whether pictures are called `0001` and so on, and not as they are."""
    replace: bool = False
    """Whether files that are there already are replaced. Those of an export that was cut off always are."""


@dataclass(frozen=True)
class Exporting:
    """How far it is: `done` of `total` pictures."""

    done: int
    total: int


@dataclass(frozen=True)
class Exported:
    """What came of an export."""

    written: int
    kept: int
    """Pictures that an export which was cut off had written before."""
    problems: tuple[Problem, ...]
    """What was left out, and why."""


def stems_of(pieces: Sequence[Piece], *, numbered: bool) -> list[str]:
    """What the files of each piece are called, without suffix: no two alike on any disk, masks and captions included."""
    if numbered:
        width = max(4, len(str(len(pieces))))
        return [f"{number:0{width}}" for number in range(1, len(pieces) + 1)]
    taken: set[str] = set()
    return [_free(piece.name, taken) for piece in pieces]


def _free(name: str, taken: set[str]) -> str:
    stem = stem_of(name)
    if stem.casefold() in taken:
        stem = name
    # A mask's name is a stem, too.
    while stem.casefold() in taken or stem_of(mask_name(stem + CAPTION)).casefold() in taken:
        stem += MARK
    taken.add(stem.casefold())
    taken.add(stem_of(mask_name(stem + CAPTION)).casefold())
    return stem


def in_the_way(pieces: Sequence[Piece], plan: ExportPlan, check: Callable[[], None] = lambda: None) -> list[str]:
    """The files that are there already and were not written by an export that was cut off, by their names in the folder.

    `check` is called now and then and may raise to cancel. Raises ProblemError `file_unreadable`.
    """
    try:
        journal = Journal(plan.folder)
    except OSError as error:
        raise fail("file_unreadable", path=plan.folder, detail=error.strerror or str(error)) from error
    found = []
    for stem in stems_of(pieces, numbered=plan.numbered):
        check()
        there = [name for name in _possible(stem, plan) if stat_of(plan.folder / name) is not None]
        found += [name for name in there if not journal.is_ours(name)]
    return found


def _possible(stem: str, plan: ExportPlan) -> list[str]:
    names = [stem + suffix for suffix in SUFFIXES]
    names += [stem + CAPTION] if plan.captions else []
    return [*names, mask_name(stem + CAPTION)] if plan.masks else names


def export(
    pieces: Sequence[Piece],
    plan: ExportPlan,
    project: Path,
    *,
    blob: Blob = lambda sha256: None,
    words: Words = own_caption,
    token: CancelToken | None = None,
) -> Exported:
    """Write all pieces. Each file is whole or not there; the originals, in `project`, are only read.

    Where files are in the way that must not be replaced, their picture is left out and told. An export that was cancelled
    or cut off goes on where it stopped when it is asked for again; what was edited meanwhile is written anew. `token` is
    told `Exporting`s. Raises ProblemError `export_inside` where the folder is the project's, `file_unwritable`; Cancelled.
    """
    token = token or CancelToken()
    stems = stems_of(pieces, numbered=plan.numbered)
    try:
        _check_outside(plan.folder, stems, project)
        plan.folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(plan.folder)
        for folder in {(plan.folder / stem).parent for stem in stems}:
            folder.mkdir(parents=True, exist_ok=True)
        results = _write_all(_Writer(plan, journal, blob, words), pieces, stems, token)
        journal.close()
    except OSError as error:
        raise fail("file_unwritable", path=plan.folder, detail=error.strerror or str(error)) from error
    found = [result for result in results if isinstance(result, Problem)]
    blocked = [each for each in found if each.code == "export_in_the_way"]
    others = {str(each): each for each in found if each.code != "export_in_the_way"}
    told = [problem("export_in_the_way", count=len(blocked), path=plan.folder)] if blocked else []
    return Exported(results.count("written"), results.count("kept"), (*told, *others.values()))


def _check_outside(folder: Path, stems: Sequence[str], project: Path) -> None:
    """No file may come to lie where the originals are, however the folder is reached."""
    own = project.resolve()
    for parent in {folder, *((folder / stem).parent for stem in stems)}:
        if parent.resolve().is_relative_to(own):
            raise fail("export_inside", path=folder)


Result = str | Problem
"""`written`, `kept`, or why not."""


def _write_all(writer: "_Writer", pieces: Sequence[Piece], stems: Sequence[str], token: CancelToken) -> list[Result]:
    """The results in the order of `pieces`; one core is left to the window."""

    def one(piece: Piece, stem: str) -> Result:
        token.check()
        try:
            return writer.write(piece, stem)
        except ProblemError as error:
            if not error.problem.code.startswith(("image_", "mask_", "export_in_the_way")):
                raise
            return error.problem

    results: list[Result] = []
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="export") as pool:
        try:
            for result in pool.map(one, pieces, stems):
                results.append(result)
                token.report(Exporting(len(results), len(pieces)))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return results


@dataclass(frozen=True)
class _Writer:
    plan: ExportPlan
    journal: Journal
    blob: Blob
    words: Words

    def write(self, piece: Piece, stem: str) -> Result:
        """Write the files of one piece. Raises ProblemError, OSError."""
        plan = self.plan
        caption = self.words(piece.item) if plan.captions else ""
        key = self._key(piece, stem, caption)
        if self.journal.finished(key, plan.folder):
            return "kept"
        if not plan.replace and any(self._blocked(name) for name in _possible(stem, plan)):
            raise fail("export_in_the_way", count=1, path=plan.folder)
        rendered = render(piece.item.file, piece.item.name, plan.recipe, piece.cut)
        files = {stem + rendered.suffix: rendered.data}
        if caption:
            files[stem + CAPTION] = caption.encode()
        mask = self._mask(piece, rendered) if plan.masks else None
        if mask is not None:
            files[mask_name(stem + CAPTION)] = mask.data
        self.journal.begin(list(files))
        for name, data in files.items():
            _write(plan.folder / name, data)
        self.journal.end(key, list(files), plan.folder)
        return "written"

    def _blocked(self, name: str) -> bool:
        return not self.journal.is_ours(name) and stat_of(self.plan.folder / name) is not None

    def _mask(self, piece: Piece, rendered: Rendered) -> Rendered | None:
        if piece.mask is None:
            return None
        content = mask_content(piece, self.blob)
        return render_mask(content, piece.item.name, rendered.source_size, self.plan.recipe, piece.cut)

    def _key(self, piece: Piece, stem: str, caption: str) -> str:
        """What decides on the files of a piece: once it changes, they are written anew."""
        mask = piece.mask.file if piece.mask is not None else None
        parts = (
            stem, piece.item.path, stat_of(piece.item.file), piece.cut, piece.mask, None if mask is None else stat_of(mask),
            caption, self.plan.recipe, self.plan.masks, RENDERER_VERSION,
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Put a file there in one move."""
    part = path.with_name(f".{hashlib.sha256(path.name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
