"""Base models for the plan: what lies on the chosen machine, what is fetched or sent there, and the tokens it takes."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.ferry.catalogue import fetch_order
from loraferry.ferry.own_base import OwnBase, address_of, found_here, look_at, path_of
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import LOCAL
from loraferry.remote.secrets import Secrets, token_name
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.tasks import Runner
from loraferry_core.families import FAMILIES
from loraferry_core.families.recognise import name_of_kind
from loraferry_core.model_links import is_place
from loraferry_core.models import FetchOrder, FetchState, FoundModel
from loraferry_core.problems import Problem, fail, problem

POLL_MS = 2000


class BaseModels(QObject):
    """Speaks with the machine that the plan has chosen; what it was told is kept by machine."""

    changed = Signal()

    def __init__(
        self,
        hosts: HostsViewModel,
        plan: PlanViewModel,
        open_secrets: Callable[[], Secrets],
        tasks: Runner,
        prompter: Prompter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._hosts, self._plan, self._open_secrets, self._tasks = hosts, plan, open_secrets, tasks
        self._prompter = prompter
        self._own: OwnBase | None = None
        self._looked_at = ("", "", "")
        self._found: dict[str, tuple[FoundModel, ...]] = {}
        self._fetches: dict[str, tuple[FetchState, ...]] = {}
        self._searching: set[str] = set()
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._host = plan.host
        plan.changed.connect(self._follow_plan)
        hosts.online.connect(self._come_online)
        hosts.offline.connect(self._go_offline)

    @property
    def found(self) -> tuple[FoundModel, ...]:
        """The base models on the machine, as far as it was asked."""
        return self._found.get(self._plan.host, ())

    @property
    def was_searched(self) -> bool:
        """Whether the machine was asked."""
        return self._plan.host in self._found

    @property
    def searching(self) -> bool:
        """Whether its disks are being read."""
        return self._plan.host in self._searching

    @property
    def connected(self) -> bool:
        """Whether the machine can be asked."""
        return bool(self._plan.host) and self._hosts.client(self._plan.host) is not None

    @property
    def own(self) -> OwnBase | None:
        """The plan's base model where it lies on this computer and was found to be one."""
        return self._own if self._own is not None and self._own.path == self.own_path else None

    @property
    def own_path(self) -> Path | None:
        """Where the plan's base model lies on this computer, whatever is there; None for any other."""
        return path_of(self._plan.config.base.source)

    @property
    def sent(self) -> bool:
        """Whether a model on this computer has a way to go: not where it is trained here."""
        return self._plan.host != LOCAL

    @property
    def order(self) -> FetchOrder | None:
        """The order for the plan's base model; None for one that is there, comes from here, or cannot be fetched."""
        return fetch_order(self._plan.config.base.source)

    @property
    def fetch(self) -> FetchState | None:
        """How far the fetching of the plan's base model is, or None."""
        order = self.order
        states = self._fetches.get(self._plan.host, ())
        return next((state for state in states if order is not None and state.id == order.id), None)

    def look(self) -> None:
        """Search the machine's disks, connecting to it where it is not."""
        host = self._plan.host
        if host and host not in self._searching:
            self._hosts.ensure_connected(host, partial(self._search, host))

    def choose_file(self) -> None:
        """Have somebody choose a single file on this computer."""
        start = self.own_path
        filters = self.tr("Base models (*.safetensors *.ckpt)") + ";;" + self.tr("All files (*)")
        chosen = self._prompter.choose_file(self.tr("Choose a base model"), start.parent if start else None, filters)
        if chosen is not None:
            self._plan.set_base(address_of(chosen))

    def choose_folder(self) -> None:
        """Have somebody choose a folder in the layout of diffusers on this computer."""
        start = self.own_path
        chosen = self._prompter.choose_folder(self.tr("Choose the folder of a base model"), start)
        if chosen is not None:
            self._plan.set_base(address_of(chosen))

    def take(self, text: str) -> None:
        """Somebody typed or pasted a base model: what exists on this computer is meant so."""
        path = found_here(text)
        self._plan.set_base(address_of(path) if path is not None else text)

    def look_again(self) -> None:
        """Look at the plan's base model again where its path tells where it lies: it may have changed or be gone."""
        source, host = self._plan.config.base.source, self._plan.host
        self._looked_at = self._to_look_at
        path = path_of(source)
        if path is not None:
            self._tasks.run(
                lambda _: look_at(path),
                success=partial(self._take_own, source),
                failure=partial(self._plan.note_base, source),
                executor="own-base",
            )
        elif host == LOCAL and is_place(source):
            self._tasks.run(
                lambda _: _refuse_missing(source),
                success=lambda _: self._plan.note_base(source, None),
                failure=partial(self._plan.note_base, source),
                executor="own-base",
            )
        else:
            self._plan.note_base(source, None)
            self._look_there(source, host)

    def _look_there(self, source: str, host: str) -> None:
        is_there = bool(host) and is_place(source) and self._plan.base_trouble is None
        client = self._hosts.client(host) if is_there else None
        if client is not None:
            self._tasks.run(
                lambda _: client.look_at_model(source),
                success=partial(self._take_there, source),
                failure=partial(self._note_there, source),
                executor=f"models-{host}",
            )

    def _take_there(self, source: str, model: FoundModel | None) -> None:
        if model is None or not model.family or self._plan.config.base.source != source:
            return
        if model.family in FAMILIES:
            self._plan.set_base(source, model.family)
        else:
            kind = name_of_kind(model.family)
            self._plan.note_base(source, problem("base_untrainable", source=source, kind=kind))

    def _note_there(self, source: str, found: Problem) -> None:
        """The link says by itself why it is lost."""
        if found.code != "link_lost":
            self._plan.note_base(source, found)

    def fetch_now(self) -> None:
        """Have the machine fetch the plan's base model before anything is trained."""
        host, order = self._plan.host, self.order
        if host and order is not None:
            self._hosts.ensure_connected(host, partial(self._begin_fetch, host, order))

    def cancel_fetch(self) -> None:
        """End the fetch of the plan's base model; what came is kept."""
        client, order = self._hosts.client(self._plan.host), self.order
        if client is not None and order is not None:
            self._ask_fetches(self._plan.host, lambda: client.cancel_fetch(order.id))

    def put_token(self, service: str, token: str) -> None:
        """Keep a token, in the keyring where there is one, and hand it to the machine where that is connected."""
        client = self._hosts.client(self._plan.host)

        def keep() -> None:
            self._open_secrets().put(token_name(service), token)
            if client is not None:
                client.set_secret(service, token)

        self._tasks.run(lambda _: keep(), executor="tokens")

    def _follow_plan(self) -> None:
        if self._plan.host != self._host:
            self._host = self._plan.host
            self._search_if_new(self._host)
        if self._looked_at != self._to_look_at:
            self.look_again()
        self.changed.emit()

    @property
    def _to_look_at(self) -> tuple[str, str, str]:
        """What decides whether the plan's base model can be trained on."""
        base = self._plan.config.base
        return base.source, self._plan.host, base.prediction

    def _take_own(self, source: str, own: OwnBase) -> None:
        self._own = own
        self._plan.note_base(source, own.trouble_with(self._plan.config.base))
        if self._plan.config.base.source == source:
            self._plan.set_base(source, own.family)
        self.changed.emit()

    def _come_online(self, host: str) -> None:
        if host == self._plan.host:
            self._search_if_new(host)
            self.look_again()
            self._poll()
            self.changed.emit()

    def _go_offline(self, host: str) -> None:
        if host == self._plan.host:
            self.changed.emit()

    def _search_if_new(self, host: str) -> None:
        client = self._hosts.client(host) if host else None
        if client is not None and host not in self._found and host not in self._searching:
            self._search(host, client)

    def _search(self, host: str, client: AgentClient) -> None:
        self._searching.add(host)
        self._tasks.run(
            lambda _: client.find_models(),
            success=partial(self._take_found, host),
            failure=partial(self._search_failed, host),
            executor=f"models-{host}",
        )
        self.changed.emit()

    def _take_found(self, host: str, models: tuple[FoundModel, ...]) -> None:
        self._searching.discard(host)
        self._found[host] = models
        self.changed.emit()

    def _search_failed(self, host: str, found: Problem) -> None:
        self._searching.discard(host)
        if found.code != "link_lost":
            self._tasks.failed.emit(found)
        self.changed.emit()

    def _begin_fetch(self, host: str, order: FetchOrder, client: AgentClient) -> None:
        def begin() -> tuple[FetchState, ...]:
            token = self._open_secrets().get(token_name(order.secret)) if order.secret else None
            if token:
                client.set_secret(order.secret, token)
            return client.fetch(order)

        self._ask_fetches(host, begin)

    def _poll(self) -> None:
        host = self._plan.host
        client = self._hosts.client(host) if host else None
        if client is not None:
            self._ask_fetches(host, client.fetches, quietly=True)
        else:
            self._timer.stop()

    def _ask_fetches(self, host: str, question: Callable[[], tuple[FetchState, ...]], *, quietly: bool = False) -> None:
        self._tasks.run(
            lambda _: question(),
            success=partial(self._take_fetches, host),
            failure=self._drop if quietly else None,
            executor=f"fetches-{host}",
        )

    def _drop(self, found: Problem) -> None:
        """A look at the fetches came to nothing: the link says why, and the next one comes soon."""
        if found.code != "link_lost":
            self._timer.stop()
            self._tasks.failed.emit(found)

    def _take_fetches(self, host: str, states: tuple[FetchState, ...]) -> None:
        self._fetches[host] = states
        if any(state.state == "running" for state in states):
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit()


def _refuse_missing(place: str) -> None:
    """Raises ProblemError base_not_here for a path that a trainer on this computer would not find."""
    if found_here(place) is None:
        raise fail("base_not_here", path=place)
