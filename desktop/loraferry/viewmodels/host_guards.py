"""The guards of the rented machines as the window sees them: asked about once, sent there, snoozed, switched off."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from loraferry.remote.client import AgentClient
from loraferry.viewmodels.guard_terms import suggested, terms_of
from loraferry.viewmodels.host_load import HostLoads
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.tasks import Runner
from loraferry_core.guards import GuardKind, GuardSettings, GuardState

SNOOZE_S = 3600.0


class HostGuards(QObject):
    """Keeps the guards there to what was answered here. The machine itself watches; this only tells it how."""

    def __init__(
        self, hosts: HostsViewModel, loads: HostLoads, tasks: Runner, prompter: Prompter, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._hosts, self._loads, self._tasks, self._prompter = hosts, loads, tasks, prompter
        hosts.settled.connect(self._settle)
        hosts.online.connect(self._send_again)

    def edit(self, host: str) -> None:
        """Ask what the guards of a host may do, and tell it."""
        row = self._hosts.host(host)
        answer = self._prompter.ask_guards(terms_of(row), suggested(row))
        if answer is not None:
            # The price is the host's, whether the guards use it or not.
            self._hosts.note(host, guards=answer, price_per_hour=answer.price_per_hour, currency=answer.currency)
            self._send(host, answer)

    def snooze(self, host: str, seconds: float = SNOOZE_S) -> None:
        """Let no guard of a host act for a while."""
        self._ask(host, lambda client: client.snooze_guards(seconds))

    def call_off(self, host: str, kind: GuardKind, off: bool) -> None:
        """End the countdown of one guard until something goes on again, or let it count once more."""
        self._ask(host, lambda client: client.call_off_guard(kind, off))

    def arm(self, host: str, armed: bool) -> None:
        """Let the guards of a host act, or only tell what they would do."""
        settings = suggested(self._hosts.host(host)).replace(armed=armed)
        self._hosts.note(host, guards=settings)
        self._send(host, settings)

    def _settle(self, host: str) -> None:
        row = self._hosts.host(host)
        if row.guards is None and not row.local:
            self.edit(host)

    def _send_again(self, host: str) -> None:
        """The machine may be a new one, or its price or vendor may have been changed meanwhile."""
        row = self._hosts.host(host)
        if row.guards is not None and not row.local:
            self._send(host, suggested(row))

    def _send(self, host: str, settings: GuardSettings) -> None:
        self._ask(host, lambda client: client.set_guards(settings))

    def _ask(self, host: str, question: Callable[[AgentClient], GuardState]) -> None:
        client = self._hosts.client(host)
        if client is not None:
            self._tasks.run(
                lambda _: question(client),
                success=partial(self._loads.take_guards, host),
                executor=f"load-{host}",
            )
