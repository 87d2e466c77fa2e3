"""Makes exactly the approved pictures ready to be ferried: rendered, hashed, with their captions."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.library.items import Item
from loraferry.library.library import Library
from loraferry.library.places import Places, usual_places
from loraferry.library.rendered_cache import RenderedCache, RenderedFile
from loraferry_core.dataset.caption import is_too_long
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_of
from loraferry_core.dataset.roles import masks_of
from loraferry_core.problems import Problem, ProblemError, problem

MAX_NAME = 1000
"""Characters of a name in a manifest (`ManifestEntry.name`)."""


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


def approved(
    library: Library, resolution: int, token: CancelToken | None = None, places: Places | None = None
) -> ApprovedSet:
    """All pictures of `library` that are not rejected, rendered for `resolution`, with the captions they have now.

    See `render_approved`.
    """
    return render_approved(list(library.items), resolution, token, places)


def render_approved(
    items: list[Item], resolution: int, token: CancelToken | None = None, places: Places | None = None
) -> ApprovedSet:
    """The approved of `items`, which a caller on the main thread took from a library that has been read.

    A picture that cannot be rendered becomes a problem and the rest goes on. `token` is told `Rendering`s and may
    cancel. Raises ProblemError `no_images_approved` when nothing is left, `Cancelled`, and what the cache raises.
    """
    token = token or CancelToken()
    kept = [item for item in items if not item.rejected]
    cache = RenderedCache((places or usual_places()).cache)
    entries: list[ManifestEntry] = []
    sources: dict[str, Path] = {}
    problems: list[Problem] = []
    try:
        for item, result in zip(kept, _rendered_all(kept, resolution, cache, token), strict=True):
            if isinstance(result, Problem):
                problems.append(result)
                continue
            name = manifest_name(item.name)
            sources[name] = result.path
            entries.append(
                ManifestEntry(name=name, size=result.bytes, sha256=result.sha256, caption=item.caption or "")
            )
            if result.upscaled:
                width, height = result.source_size
                problems.append(
                    problem("image_small", name=item.name, width=width, height=height, resolution=resolution)
                )
    finally:
        cache.close()
    if not entries:
        raise ProblemError(problem("no_images_approved"), notes=tuple(problems))
    masks = set(masks_of([entry.name for entry in entries]).values())
    bare = sum(not entry.caption and index not in masks for index, entry in enumerate(entries))
    if bare:
        problems.append(problem("captions_missing", count=bare))
    problems += [problem("caption_long", name=entry.name) for entry in entries if is_too_long(entry.caption)]
    return ApprovedSet(manifest_of(entries), sources, tuple(problems))


def _rendered_all(
    items: list[Item], resolution: int, cache: RenderedCache, token: CancelToken
) -> list[RenderedFile | Problem]:
    """The results in the order of `items`. What has not changed is found at once; one core is left to the window."""
    known: dict[int, RenderedFile] = {}
    for index, item in enumerate(items):
        file = cache.known(item.path, resolution)
        if file is not None:
            known[index] = file
        if not index % 100:
            token.check()

    def one(item: Item) -> RenderedFile | Problem:
        token.check()
        try:
            return cache.rendered(item.file, item.name, resolution)
        except ProblemError as error:
            if not error.problem.code.startswith("image_"):
                raise
            return error.problem

    if known:
        token.report(Rendering(len(known), len(items)))
    if len(known) == len(items):
        return list(known.values())
    others = (index for index in range(len(items)) if index not in known)
    results: dict[int, RenderedFile | Problem] = dict(known)
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="render") as pool:
        try:
            made = pool.map(one, [item for index, item in enumerate(items) if index not in known])
            for index, result in zip(others, made, strict=True):
                results[index] = result
                token.report(Rendering(len(results), len(items)))
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return [results[index] for index in range(len(items))]


def manifest_name(name: str) -> str:
    """The name of a picture in a manifest: its own, or, where that is too long, its end behind a hash of all of it."""
    if len(name) <= MAX_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{digest}…{name[-(MAX_NAME - 17) :]}"
