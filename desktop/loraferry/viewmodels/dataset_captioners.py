"""Captions by machine for the open folder: what is asked of whom, what has come, and what would become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.ferry.captioners import Captioner, captioners
from loraferry.ferry.captioning import (
    CaptioningProgress,
    Harvest,
    Stage,
    describe_by_server,
    describe_there,
    told_of,
)
from loraferry.ferry.tagger import LocalTagger
from loraferry.library.approved import Rendering
from loraferry.library.captioned import Rules, captions_of, merged, text_of
from loraferry.library.edits import Edit
from loraferry.library.items import Item
from loraferry.library.model_views import ModelViews, render_views
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import LOCAL
from loraferry.remote.openai_captions import Endpoint, checked_address
from loraferry.remote.secrets import Secrets, token_name
from loraferry.viewmodels.captioning_choices import SERVER, CaptioningChoices, Scope
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.host_rows import HostState
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.captioning import Described
from loraferry_core.problems import Problem, ProblemError, fail

SERVER_RESOLUTION = 768
"""What pictures for a server are rendered for: models that see take about so many pixels a side."""
_LINE = "captioning"

SAVING_PAUSE_MS = 500

Describe = Callable[[list[Item], ModelViews, Harvest, CancelToken], None]


@dataclass(frozen=True)
class Proposal:
    """One picture's caption of now, and the one it would get. `problem` where it could not be described."""

    name: str
    before: str
    after: str
    problem: Problem | None = None


class DatasetCaptioners(QObject):
    """Lives in the main thread. What has come stays until it is applied or dropped, whatever ends the work."""

    changed = Signal()
    """Choices, state or problem."""
    arrived = Signal(int)
    """So many pictures more were described; they come behind the others."""
    reset = Signal()
    """What had come is gone."""
    rules_changed = Signal()
    """The same findings make other captions now."""

    def __init__(
        self,
        hub: DatasetViewModel,
        hosts: HostsViewModel,
        tasks: Runner,
        settings: SettingsViewModel,
        open_secrets: Callable[[], Secrets],
        tagger: LocalTagger | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._hub, self._hosts, self._tasks, self._settings = hub, hosts, tasks, settings
        self._open_secrets = open_secrets
        self._tagger = tagger or LocalTagger()
        self._choices = settings.value.captioning
        self._rules = self._choices.rules
        self._found: dict[str, Described] = {}
        self._names: list[str] = []
        self._tagged = False
        self._asked: tuple[str, ...] = ()
        self._harvest = Harvest()
        self._task: Task[None] | None = None
        self._waiting = False
        self.progress: CaptioningProgress | None = None
        """How far it is; None while nothing goes on."""
        self.problem: Problem | None = None
        """Why it ended, where it was not done."""
        self.applied = 0
        """How many captions the last edit has changed; 0 once something else was done."""
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SAVING_PAUSE_MS)
        self._pause.timeout.connect(self.save)
        hosts.changed.connect(self.changed)
        hosts.host_changed.connect(self._follow_host)
        hub.opened.connect(self._leave_folder)

    # ---- choices ----------------------------------------------------------------------------------------------------

    @property
    def choices(self) -> CaptioningChoices:
        """What is chosen now."""
        return self._choices

    def choose(self, **changes: Any) -> None:
        """Choose otherwise; remembered soon. Raises pydantic's ValidationError for values out of bounds."""
        before, self._choices = self._choices, self._choices.replace(**changes)
        if self._choices == before:
            return
        self._pause.start()
        self._rules = self._choices.rules
        if self._rules != before.rules or self._choices.how != before.how:
            self.rules_changed.emit()
        self.changed.emit()

    def save(self) -> None:
        """Remember the choices now."""
        self._pause.stop()
        self._settings.update(captioning=self._choices)

    @property
    def rules(self) -> Rules:
        """How tags become captions."""
        return self._rules

    @property
    def place(self) -> str:
        """Where pictures are described: `LOCAL`, a host's id, or `SERVER`. A host that is gone counts for this
        computer."""
        place = self.choices.place
        return place if place == SERVER or any(place == known for known, _ in self.places) else LOCAL

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Id and name of this computer and of the hosts, in the language of now."""
        return tuple((choice.id, choice.label) for choice in self._hosts.choices)

    @property
    def offered(self) -> tuple[Captioner, ...]:
        """The captioners that the place can run; none for a server, which has its own."""
        if self.place == SERVER:
            return ()
        return tuple(entry for entry in captioners() if self.place != LOCAL or entry.is_light)

    @property
    def captioner(self) -> Captioner | None:
        """The chosen one; None for a server."""
        offered = self.offered
        return next((entry for entry in offered if entry.id == self.choices.captioner), offered[0] if offered else None)

    @property
    def tags(self) -> bool:
        """Whether what has come are tags, or, while nothing has, whether what is asked answers with tags."""
        if self._found:
            return self._tagged
        return self.captioner is not None and self.captioner.tags

    def put_key(self, key: str) -> None:
        """Keep the key for the server that is chosen, in the keyring where there is one; empty: forget it."""
        name = self._key_name()

        def keep(_: CancelToken) -> None:
            if key:
                self._open_secrets().put(name, key)
            else:
                self._open_secrets().forget(name)

        self._tasks.run(keep, executor="tokens")

    def _key_name(self) -> str:
        """By the server, so that no other one is ever shown the key."""
        return token_name(f"captions {urlsplit(self.choices.address.strip()).netloc.lower()}")

    # ---- which pictures ---------------------------------------------------------------------------------------------

    def count(self, scope: Scope) -> int:
        """How many pictures a scope has now."""
        return len(self._items(scope))

    def _items(self, scope: Scope) -> list[Item]:
        library = self._hub.library
        if library is None:
            return []
        names = self._hub.selected if scope == "selected" else self._hub.visible
        items = [item for name in names if (item := library.item(name)) is not None]
        if scope == "selected":
            return items
        return [item for item in items if not item.rejected and (scope == "shown" or not (item.caption or "").strip())]

    # ---- doing it ---------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether pictures are being described."""
        return self._task is not None or self._waiting

    def start(self, *, beside_training: bool = False) -> None:
        """Describe the chosen pictures. Those that were described in the same way and are not applied yet are not done
        again."""
        if self.running:
            return
        self.problem, self.applied = None, 0
        self.save()
        self._hub.save_caption()
        try:
            asked, describe, resolution = self._plan(beside_training)
        except ProblemError as error:
            self._end(error.problem)
            return
        if asked != self._asked:
            self.drop()
            self._asked = asked
        self._waiting = True
        self.progress = CaptioningProgress("render")
        self.changed.emit()
        go = partial(self._hub.when_read, partial(self._begin, describe, resolution))
        if self.place in (LOCAL, SERVER):
            go()
        else:
            self._hosts.ensure_connected(self.place, lambda _: go())
            if self._waiting and self._hosts.client(self.place) is None:
                self.progress = CaptioningProgress("setup")
                self.changed.emit()

    def _plan(self, beside_training: bool) -> tuple[tuple[str, ...], Describe, int]:
        """What is asked, how it is done, and the resolution of the pictures. Raises ProblemError."""
        choices, captioner = self.choices, self.captioner
        if captioner is None:
            address = checked_address(choices.address)
            if not choices.model.strip():
                raise fail("endpoint_unknown", host=urlsplit(address).netloc, detail="—")
            asked = (SERVER, address, choices.model, choices.prompt)
            return asked, self._by_server(address), SERVER_RESOLUTION
        prompt = choices.task if captioner.prompts else choices.begin
        place = self.place

        def describe(items: list[Item], views: ModelViews, harvest: Harvest, token: CancelToken) -> None:
            now = partial(self._local_client, token) if place == LOCAL else partial(self._client_of, place)
            try:
                describe_there(now, captioner, prompt, views, harvest, token, beside_training=beside_training)
            finally:
                self._tagger.close()

        return (captioner.id, "" if captioner.tags else prompt), describe, captioner.resolution

    def _by_server(self, address: str) -> Describe:
        choices, name = self.choices, self._key_name()
        project = self._hub.project

        def describe(items: list[Item], views: ModelViews, harvest: Harvest, token: CancelToken) -> None:
            told = {item.name: told_of(item, project.trigger, project.class_word) for item in items}
            endpoint = Endpoint(address, choices.model.strip(), self._open_secrets().get(name) or "")
            describe_by_server(endpoint, choices.prompt, told, views, harvest, token)

        return describe

    def _local_client(self, token: CancelToken) -> AgentClient:
        """Called in the thread of the work."""

        def tell(phase: str, done: int, total: int, line: str) -> None:
            token.report(CaptioningProgress("setup", done if total > 1 else 0, total if total > 1 else 0))

        return self._tagger.client(tell, token)

    def _client_of(self, host: str) -> AgentClient:
        """Called in the thread of the work; only looks up who is there."""
        client = self._hosts.client(host)
        if client is None:
            raise fail("link_lost", host=host)
        return client

    def _follow_host(self, host: str) -> None:
        """A host that could not be reached ends the waiting for it."""
        if self._waiting and host == self.place and self._hosts.host(host).state is HostState.OFFLINE:
            self._end(self._hosts.host(host).problem)
        else:
            self.changed.emit()

    def _begin(self, describe: Describe, resolution: int) -> None:
        if not self._waiting:
            return
        self._waiting = False
        self._take()
        items = [item for item in self._items(self.choices.scope) if not self._is_done(item.name)]
        harvest = self._harvest = Harvest()
        places = self._hub.places

        def work(token: CancelToken) -> None:
            views = render_views(items, resolution, token, places)
            harvest.add_problems(views.problems.items())
            if views.names:
                describe(items, views, harvest, token)

        task = self._tasks.run(
            work,
            success=lambda _: self._end(None),
            failure=self._end,
            progress=partial(self._advance, harvest),
            executor=_LINE,
        )
        if not task.done:
            self._task = task

    def _is_done(self, name: str) -> bool:
        found = self._found.get(name)
        return found is not None and found.problem is None

    def stop(self) -> None:
        """End it; what has arrived is kept."""
        if not self.running:
            return
        self._waiting = False
        if self._task is not None:
            self._task.cancel()
        self._end(None)

    def _advance(self, harvest: Harvest, progress: CaptioningProgress | Rendering) -> None:
        if isinstance(progress, Rendering):
            progress = CaptioningProgress("render", progress.done, progress.total)
        self.progress = progress
        if harvest is self._harvest:
            self._take()
        self.changed.emit()

    def _end(self, why: Problem | None) -> None:
        self._task, self._waiting, self.progress = None, False, None
        self.problem = why
        self._take()
        self.changed.emit()

    @property
    def stage(self) -> Stage | None:
        """What goes on now; None where nothing does."""
        return None if self.progress is None else self.progress.stage

    # ---- what has come ----------------------------------------------------------------------------------------------

    def _take(self) -> None:
        new = 0
        for name, found in self._harvest.take_new():
            if name not in self._found:
                self._names.append(name)
                new += 1
            self._found[name] = found
            self._tagged = self._tagged or bool(found.tags)
        if new:
            self.arrived.emit(new)

    @property
    def names(self) -> list[str]:
        """The pictures that were described, in the order in which that came; not to be changed."""
        return self._names

    def proposal(self, name: str) -> Proposal:
        """What would become of a picture's caption by the choices of now. Raises KeyError."""
        found = self._found[name]
        item = None if self._hub.library is None else self._hub.library.item(name)
        before = (item.caption or "") if item is not None else ""
        return Proposal(name, before, merged(before, text_of(found, self._rules), self.choices.how), found.problem)

    def apply(self) -> None:
        """Give the pictures their captions, in one step that can be undone; then nothing is left of what had come."""
        library = self._hub.library
        self._take()
        if library is None or not self._found:
            return
        self._hub.save_caption()
        found, rules, how = dict(self._found), self._rules, self.choices.how
        old = {name: item.caption or "" for name in found if (item := library.item(name)) is not None}
        self._tasks.run(
            lambda token: captions_of(found, old, rules, how, token.check),
            success=partial(self._applied, self._hub.folder),
        )

    def _applied(self, folder: object, captions: dict[str, str]) -> None:
        if self._hub.folder != folder:
            return
        if captions:
            self._hub.apply(Edit("machine", {"caption": captions}))
        self.drop()
        self.applied = len(captions)
        self.changed.emit()

    def drop(self) -> None:
        """Forget what has come."""
        had = bool(self._found)
        self._found, self._names, self._asked, self._tagged = {}, [], (), False
        if had:
            self.reset.emit()
            self.changed.emit()

    def _leave_folder(self) -> None:
        self.stop()
        self.problem, self.applied = None, 0
        self.drop()
        self.changed.emit()
