"""Makes exactly the approved pictures ready to be ferried: rendered, hashed, with their captions and masks."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.library import Library
from loraferry.library.pieces import Piece, mask_name, pieces_of, shares_of
from loraferry.library.places import Places, usual_places
from loraferry.library.rendered_cache import RenderedCache, RenderedFile
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.dataset.buckets import Size
from loraferry_core.dataset.caption import is_too_long
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_of
from loraferry_core.problems import Problem, ProblemError, fail, problem

MAX_NAME = 1000
"""Characters of a name in a manifest (`ManifestEntry.name`)."""
_OF_ONE_PICTURE = ("image_", "mask_")

Blob = Callable[[str], bytes | None]
"""The bytes of a SHA-256 among the library's, such as a mask's; None where they are lost. Called in other threads."""


@dataclass(frozen=True)
class Rendering:
    """How far it is: `done` of `total` pictures."""

    done: int
    total: int


@dataclass(frozen=True)
class ApprovedSet:
    """The pictures that will be trained, and what kept others out."""

    manifest: Manifest
    sources: dict[str, Path]
    """Name in the manifest → rendered file on this computer."""
    problems: tuple[Problem, ...]
    concepts: tuple[ConceptShare, ...] = ()
    """How much the pictures of concepts count, for the plan (`dataset.concepts`)."""


@dataclass(frozen=True)
class _Ready:
    """A piece as it is ferried."""

    picture: RenderedFile
    mask: RenderedFile | None


def approved(
    library: Library, resolution: int, token: CancelToken | None = None, places: Places | None = None
) -> ApprovedSet:
    """All pictures of `library` that are not rejected, rendered for `resolution`, with the captions they have now.

    See `render_approved`.
    """
    items = list(library.items)
    return render_approved(items, resolution, token, places, project=library.project, blob=library.blob)


def render_approved(
    items: Sequence[Item],
    resolution: int,
    token: CancelToken | None = None,
    places: Places | None = None,
    *,
    project: Project = Project(),  # noqa: B008 - frozen
    blob: Blob = lambda sha256: None,
) -> ApprovedSet:
    """The approved of `items`, which a caller on the main thread took from a library that has been read: all but those
    that were rejected, each crop a picture of its own with the caption and the mask of the whole.

    A picture that cannot be rendered, or whose mask cannot, becomes a problem and the rest goes on. `token` is told
    `Rendering`s and may cancel. Raises ProblemError `no_images_approved` when nothing is left, `regularisation_alone`
    when nothing of it is to be learned, `Cancelled`, and what the cache raises.
    """
    token = token or CancelToken()
    pieces = pieces_of(items)
    shares = shares_of(items, project)
    cache = RenderedCache((places or usual_places()).cache)
    try:
        results = _rendered_all(pieces, resolution, cache, blob, token)
    finally:
        cache.close()
    # A damaged picture is named once, however many crops it has.
    problems = list({str(result): result for result in results if isinstance(result, Problem)}.values())
    ready = [(piece, result) for piece, result in zip(pieces, results, strict=True) if isinstance(result, _Ready)]
    if not ready:
        raise ProblemError(problem("no_images_approved"), notes=tuple(problems))
    _check_learned(ready, shares, project)
    entries: list[ManifestEntry] = []
    sources: dict[str, Path] = {}
    for piece, result in ready:
        share = shares.get(piece.item.concept)
        name = manifest_name(piece.name, share.folder if share else "")
        for label, file, caption in _files(name, piece, result):
            sources[label] = file.path
            entries.append(ManifestEntry(name=label, size=file.bytes, sha256=file.sha256, caption=caption))
    return ApprovedSet(
        manifest_of(entries), sources, (*problems, *_findings(ready, resolution)), tuple(shares.values())
    )


def _check_learned(ready: Sequence[tuple[Piece, _Ready]], shares: dict[str, ConceptShare], project: Project) -> None:
    known = {concept for concept, share in shares.items() if share.regularisation}
    if all(piece.item.concept in known for piece, _ in ready):
        raise fail("regularisation_alone", folder=", ".join(c.title for c in project.concepts if c.id in known))


def _files(name: str, piece: Piece, ready: _Ready) -> Iterator[tuple[str, RenderedFile, str]]:
    """(name in the manifest, file, caption) of a piece and of its mask."""
    yield name, ready.picture, piece.item.caption or ""
    if ready.mask is not None:
        yield mask_name(name), ready.mask, ""


def _findings(ready: Sequence[tuple[Piece, _Ready]], resolution: int) -> Iterator[Problem]:
    """What is worth a thought of pictures that are trained all the same; each is named once for all its crops."""
    small: dict[str, Size] = {}
    for piece, result in ready:
        if result.picture.upscaled:
            crop = piece.cut.within(result.picture.source_size)
            small.setdefault(piece.item.name, (crop.width, crop.height))
    for name, (width, height) in small.items():
        yield problem("image_small", name=name, width=width, height=height, resolution=resolution)
    items = {piece.item.name: piece.item for piece, _ in ready}
    bare = sum(not item.caption for item in items.values())
    if bare:
        yield problem("captions_missing", count=bare)
    for item in items.values():
        if is_too_long(item.caption or ""):
            yield problem("caption_long", name=item.name)


def _rendered_all(
    pieces: Sequence[Piece], resolution: int, cache: RenderedCache, blob: Blob, token: CancelToken
) -> list[_Ready | Problem]:
    """The results in the order of `pieces`. What has not changed is found at once; one core is left to the window."""
    known: dict[int, _Ready] = {}
    for index, piece in enumerate(pieces):
        file = cache.known(piece.item.path, resolution, piece.cut) if piece.mask is None else None
        if file is not None:
            known[index] = _Ready(file, None)
        if not index % 100:
            token.check()

    def one(piece: Piece) -> _Ready | Problem:
        token.check()
        try:
            picture = cache.rendered(piece.item.file, piece.item.name, resolution, piece.cut)
            return _Ready(picture, _mask(piece, picture, resolution, cache, blob))
        except ProblemError as error:
            if not error.problem.code.startswith(_OF_ONE_PICTURE):
                raise
            return error.problem

    if known:
        token.report(Rendering(len(known), len(pieces)))
    if len(known) == len(pieces):
        return list(known.values())
    others = [index for index in range(len(pieces)) if index not in known]
    results: dict[int, _Ready | Problem] = dict(known)
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="render") as pool:
        try:
            for index, result in zip(others, pool.map(one, [pieces[index] for index in others]), strict=True):
                results[index] = result
                token.report(Rendering(len(results), len(pieces)))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [results[index] for index in range(len(pieces))]


def _mask(
    piece: Piece, picture: RenderedFile, resolution: int, cache: RenderedCache, blob: Blob
) -> RenderedFile | None:
    """The mask of a piece, cut as its picture was. Raises ProblemError `mask_unreadable`, and those of a file's hash."""
    mask = piece.mask
    if mask is None:
        return None
    sha256 = mask.sha256 if mask.file is None else cache.source_hash(mask.file, mask.file.name)
    return cache.mask(
        sha256, lambda: mask_content(piece, blob), piece.item.name, picture.source_size, resolution, piece.cut
    )


def mask_content(piece: Piece, blob: Blob) -> Path | bytes:
    """Where a piece's mask is, or its bytes. Raises ProblemError `mask_unreadable` where the library has lost it."""
    assert piece.mask is not None
    if piece.mask.file is not None:
        return piece.mask.file
    content = blob(piece.mask.sha256)
    if content is None:
        raise fail("mask_unreadable", name=piece.item.name, detail="lost")
    return content


def manifest_name(name: str, folder: str = "") -> str:
    """The name of a picture in a manifest: its own below `folder`, or, where that is too long for it and its mask's, its
    end behind a hash of all of it."""
    room = MAX_NAME - len(mask_name("")) - (len(folder) + 1 if folder else 0)
    if len(name) > room:
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        name = f"{digest}…{name[-(room - 17) :]}"
    return f"{folder}/{name}" if folder else name
