"""Pictures as a captioner is shown them: rendered as for the training, cut where there is one crop, told by content."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from loraferry.cancellation import CancelToken
from loraferry.library.approved import Rendering
from loraferry.library.geometry import Cut
from loraferry.library.items import Item
from loraferry.library.places import Places, usual_places
from loraferry.library.rendered_cache import RenderedCache, RenderedFile
from loraferry_core.dataset.manifest import Manifest, ManifestEntry, manifest_of
from loraferry_core.problems import Problem, ProblemError


@dataclass(frozen=True)
class ModelViews:
    """Rendered pictures, each content once. Names in the manifest follow from the contents, so that no name of a file
    leaves this computer, and the same pictures are the same list."""

    manifest: Manifest
    sources: dict[str, Path]
    """Name in the manifest → rendered file."""
    names: dict[str, tuple[str, ...]]
    """SHA-256 of a content → the pictures that have it."""
    problems: dict[str, Problem]
    """Picture → why it could not be rendered."""


def render_views(
    items: Iterable[Item], resolution: int, token: CancelToken | None = None, places: Places | None = None
) -> ModelViews:
    """Render `items`, as a caller on the main thread took them from a library, for a model that looks at `resolution`.

    `token` is told `Rendering`s and may cancel. Raises Cancelled, and ProblemError where the cache's disk refuses.
    """
    token = token or CancelToken()
    wanted = list(items)
    names: dict[str, list[str]] = {}
    files: dict[str, RenderedFile] = {}
    problems: dict[str, Problem] = {}
    cache = RenderedCache((places or usual_places()).cache)
    try:
        for done, (item, result) in enumerate(_rendered(wanted, resolution, cache, token), 1):
            if isinstance(result, Problem):
                problems[item.name] = result
            else:
                files[result.sha256] = result
                names.setdefault(result.sha256, []).append(item.name)
            token.report(Rendering(done, len(wanted)))
    finally:
        cache.close()
    entries, sources = [], {}
    for sha256, file in sorted(files.items()):
        name = f"{sha256}{file.path.suffix}"
        sources[name] = file.path
        entries.append(ManifestEntry(name=name, size=file.bytes, sha256=sha256, caption=""))
    return ModelViews(manifest_of(entries), sources, {sha: tuple(same) for sha, same in names.items()}, problems)


def _rendered(
    items: list[Item], resolution: int, cache: RenderedCache, token: CancelToken
) -> Iterator[tuple[Item, RenderedFile | Problem]]:
    """Each item with its result, in their order; one core is left to the window."""

    def one(item: Item) -> RenderedFile | Problem:
        token.check()
        try:
            return cache.rendered(item.file, item.name, resolution, cut_of(item))
        except ProblemError as error:
            if not error.problem.code.startswith("image_"):
                raise
            return error.problem

    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), thread_name_prefix="render") as pool:
        try:
            yield from zip(items, pool.map(one, items), strict=True)
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def cut_of(item: Item) -> Cut:
    """What of a picture is described: its crop, where there is one; of several, which share the caption, all of it."""
    return Cut(item.turn, item.crops[0] if len(item.crops) == 1 else None)
