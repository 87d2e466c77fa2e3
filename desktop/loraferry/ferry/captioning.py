"""Have pictures described: by an agent, here or on a rented machine, or by a server with OpenAI's interface.

What comes is put into a `Harvest` as it comes, so that whoever calls it off keeps what has arrived.
"""

import io
import logging
import re
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

from PIL import Image

from loraferry.cancellation import CancelToken
from loraferry.ferry.captioners import Captioner
from loraferry.ferry.cargo import Way, own_lane
from loraferry.library.items import Item
from loraferry.library.model_views import ModelViews
from loraferry.remote.client import AgentClient
from loraferry.remote.openai_captions import Endpoint, describe
from loraferry.remote.pace import Pace
from loraferry.remote.sync import SyncProgress, upload
from loraferry_core.captioning import CaptioningState, CaptionOrder, Described
from loraferry_core.dataset.caption import normalised
from loraferry_core.dataset.manifest import manifest_hash
from loraferry_core.problems import Problem, ProblemError, fail
from loraferry_core.storage import StorageKey

WAIT_S = 1.0
"""How long the machine waits for the next picture before it says that there is none yet."""
RETRY_S = 1.0
"""Between two looks whether a lost line is back."""
AT_ONCE = 4
"""Pictures under way at a server elsewhere; one that runs on this computer gets one after the other."""
MOST_REFUSED = 3
"""Pictures in a row that a server refuses; then all others would be refused too."""
JPEG_QUALITY = 90
NOWHERE = "0" * 64
"""In the place of a content's hash where there is only a problem to tell."""

Stage = Literal["render", "setup", "send", "fetch", "load", "describe", "lost"]
Clients = Callable[[], AgentClient]
"""Gives the conversation of now. May block while it is begun; raises ProblemError `link_lost` between two of them."""

_MARKS = re.compile(r"\{(caption|trigger|class|folder|name)\}")

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CaptioningProgress:
    """How far it is: `done` of `total` bytes where something is sent or fetched, else pictures; 0 of 0 where it cannot
    be counted. `lost`: the line is, and the machine goes on alone."""

    stage: Stage
    done: int = 0
    total: int = 0


class Harvest:
    """What has been found, by the picture's name, in the order in which it came. Filled in one thread, read in others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, Described] = {}
        self._new: list[str] = []

    def add(self, names: Iterable[str], found: Described) -> None:
        """One content was described, which these pictures have. What was there of them already stays."""
        with self._lock:
            for name in names:
                if name not in self._found:
                    self._found[name] = found
                    self._new.append(name)

    def take_new(self) -> list[tuple[str, Described]]:
        """What came since the last call."""
        with self._lock:
            new, self._new = self._new, []
            return [(name, self._found[name]) for name in new]

    def add_problems(self, problems: Iterable[tuple[str, Problem]]) -> None:
        """Pictures that could not be rendered."""
        for name, found in problems:
            self.add([name], Described(picture=NOWHERE, problem=found))


# ---- by an agent ----------------------------------------------------------------------------------------------------


def describe_there(
    clients: Clients,
    captioner: Captioner,
    prompt: str,
    views: ModelViews,
    harvest: Harvest,
    token: CancelToken,
    *,
    beside_training: bool = False,
    pace: Pace | None = None,
) -> None:
    """Have an agent describe these pictures, across lost lines, until all are described.

    Reports `CaptioningProgress`. Asking the same again goes on where it stopped. Raises Cancelled, after the machine was
    told so, and ProblemError: captioner_busy while a training runs there unless `beside_training`; those of the model
    and its fetching; those of the transfer but `link_lost`, at which it waits.
    """
    order = captioner.order(manifest_hash(views.manifest), prompt)
    journey = _Journey(clients, order, views, harvest, token, beside_training, pace)
    try:
        journey.run()
    finally:
        if token.cancelled:
            journey.call_off()


class _Journey:
    """One order, over as many conversations as it takes."""

    def __init__(
        self,
        clients: Clients,
        order: CaptionOrder,
        views: ModelViews,
        harvest: Harvest,
        token: CancelToken,
        beside_training: bool,
        pace: Pace | None,
    ) -> None:
        self._clients, self._order, self._views = clients, order, views
        self._harvest, self._token, self._pace = harvest, token, pace
        self._beside_training = beside_training
        self._begun = False
        self._place = 0

    def run(self) -> None:
        while not self._is_over():
            self._token.check()

    def _is_over(self) -> bool:
        """Go on as far as one answer, or one lost line, leads; whether that was the end."""
        try:
            client = self._clients()
            if not self._begun:
                self._begin(client)
            return self._read(client)
        except ProblemError as error:
            if error.problem.code != "link_lost":
                raise
            self._token.report(CaptioningProgress("lost"))
            self._token.wait(RETRY_S)
            return False

    def _begin(self, client: AgentClient) -> None:
        """Send the pictures, and give the order. Both again do nothing."""
        with own_lane(Way(client, self._pace)) as way:
            upload(
                [way.client],
                self._views.manifest,
                self._views.sources,
                self._sent,
                self._token,
                pace=way.pace,
                more=way.client.more,
            )
        self._token.check()
        client.caption(self._order, self._beside_training)
        self._begun = True

    def _sent(self, progress: SyncProgress) -> None:
        self._token.report(CaptioningProgress("send", progress.bytes_done, progress.bytes_total))

    def _read(self, client: AgentClient) -> bool:
        answer = client.captions(self._order.id, self._place, WAIT_S)
        self._place = answer.place
        for found in answer.captions:
            self._keep(found)
        state = answer.state
        self._token.report(CaptioningProgress(state.stage, state.done, state.total))
        if answer.captions or state.state == "running":
            return False
        if state.state == "failed":
            raise _failure(state, self._order)
        self._free(client)
        return True

    def _keep(self, found: Described) -> None:
        """A machine may tell of what nobody sent: that is passed over."""
        names = self._views.names.get(found.picture, ())
        if found.problem is None:
            self._harvest.add(names, found)
            return
        for name in names:  # there it has another name
            self._harvest.add([name], found.replace(problem=_renamed(found.problem, name)))

    def _free(self, client: AgentClient) -> None:
        """The pictures were sent for this alone."""
        try:
            client.free([StorageKey(kind="pictures", id=self._order.manifest)])
        except ProblemError as error:
            log.info("the pictures stay on the machine: %s", error)

    def call_off(self) -> None:
        """Tell the machine, where it can be told: it ends, and keeps what it has found."""
        if not self._begun:
            return
        try:
            self._clients().cancel_captioning(self._order.id)
        except ProblemError as error:
            log.info("the machine could not be told to end: %s", error)


def _failure(state: CaptioningState, order: CaptionOrder) -> ProblemError:
    if state.problem is not None:
        return ProblemError(state.problem)
    return fail("captioner_failed", name=order.model.name, detail="")


def _renamed(found: Problem, name: str) -> Problem:
    return found.replace(params={**found.params, "name": name}) if "name" in found.params else found


# ---- by a server with OpenAI's interface ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What a prompt may tell of a picture: `{caption}`, `{trigger}`, `{class}`, `{folder}` and `{name}` stand for it."""

    caption: str = ""
    trigger: str = ""
    class_word: str = ""
    folder: str = ""
    name: str = ""


def told_of(item: Item, trigger: str = "", class_word: str = "") -> Told:
    """What is told of a picture of the library."""
    folder, _, file = item.name.rpartition("/")
    caption = normalised(item.caption or "")
    return Told(caption, trigger, class_word, folder.rpartition("/")[2], file.rpartition(".")[0] or file)


def prompt_for(template: str, told: Told) -> str:
    """The prompt for one picture. Braces around anything else stay as they are."""
    words = {
        "{caption}": told.caption,
        "{trigger}": told.trigger,
        "{class}": told.class_word,
        "{folder}": told.folder,
        "{name}": told.name,
    }
    return _MARKS.sub(lambda mark: words[mark[0]], template)


def describe_by_server(
    endpoint: Endpoint,
    template: str,
    told: dict[str, Told],
    views: ModelViews,
    harvest: Harvest,
    token: CancelToken,
) -> None:
    """Have a server describe these pictures; `told` is by picture's name, and of several with the same content the first
    one's counts.

    Reports `CaptioningProgress`. A picture that the server refuses is passed over, with its problem. Raises Cancelled,
    and ProblemError where the server cannot be reached, wants another key or model, or refuses several in a row.
    """
    tasks = iter(views.names.items())
    paths = {entry.sha256: views.sources[entry.name] for entry in views.manifest.entries}
    total, done, refused = len(views.names), 0, 0
    at_once = 1 if endpoint.is_near else AT_ONCE

    def one(sha256: str, names: tuple[str, ...]) -> Described:
        token.check()
        prompt = prompt_for(template, told.get(names[0], Told()))
        return Described(picture=sha256, words=describe(endpoint, prompt, jpeg_of(paths[sha256]), token))

    with ThreadPoolExecutor(at_once, thread_name_prefix="captions") as pool:
        under_way: dict[Future[Described], tuple[str, ...]] = {}
        try:
            while True:
                for sha256, names in islice(tasks, at_once - len(under_way)):
                    under_way[pool.submit(one, sha256, names)] = names
                token.report(CaptioningProgress("describe", done, total))
                if not under_way:
                    return
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    names = under_way.pop(future)
                    found, refused = _result(future, refused)
                    harvest.add(names, found)
                    done += 1
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            for future, names in under_way.items():  # what came all the same may have been paid for
                if not future.cancelled() and future.exception() is None:
                    harvest.add(names, future.result())
            raise


def _result(future: "Future[Described]", refused: int) -> tuple[Described, int]:
    """What came of one picture, and how many in a row were refused. Raises what ends all of them."""
    try:
        return future.result(), 0
    except ProblemError as error:
        if error.problem.code not in ("endpoint_failed", "endpoint_wordless") or refused + 1 == MOST_REFUSED:
            raise
        return Described(picture=NOWHERE, problem=error.problem), refused + 1


def jpeg_of(path: Path) -> bytes:
    """A rendered picture as every server takes it, transparent parts on white."""
    if path.suffix == ".jpg":
        return path.read_bytes()
    with Image.open(path) as image:
        image.load()
        picture = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    if picture.mode == "RGBA":
        ground = Image.new("RGBA", picture.size, "white")
        ground.alpha_composite(picture)
        picture = ground.convert("RGB")
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
