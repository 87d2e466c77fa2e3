"""The machines that can train: which there are, how they stand, and the way to them."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.cancellation import CancelToken
from loraferry.ferry.door import Door, KeptHost, OnLink, SetupPhase
from loraferry.remote.address import Address, parse_address
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import LOCAL, Host, Hosts
from loraferry.remote.liveness import LinkState
from loraferry.remote.secrets import Secrets, passphrase_name, password_name
from loraferry.remote.ssh.prompts import Prompts
from loraferry.viewmodels.host_questions import Answers, AskPassphrase, AskPassword, Question, TrustKey, question_of
from loraferry.viewmodels.host_rows import HostDraft, HostRow, HostState, Setup, SetupLog
from loraferry.viewmodels.plan import HostChoice
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.tasks import Runner, Task
from loraferry_core.host import HostFacts
from loraferry_core.problems import Problem, ProblemError, problem

TICK_MS = 1000

Then = Callable[[AgentClient], None]


@dataclass
class _Contact:
    """What is going on with one host."""

    state: HostState = HostState.OFFLINE
    generation: int = 0
    """Counts connections; what comes from an earlier one is dropped."""
    task: Task[KeptHost] | None = None
    kept: KeptHost | None = None
    facts: HostFacts | None = None
    problem: Problem | None = None
    setup: Setup | None = None
    heard: float = 0.0
    log: SetupLog = field(default_factory=SetupLog)
    answers: Answers | None = None
    waiting: list[Then] = field(default_factory=list)


class HostsViewModel(QObject):
    """This computer and the rented ones. Nothing that happens to a link ever touches a job."""

    changed = Signal()
    """Hosts were added, changed or removed."""
    host_changed = Signal(str)
    """The state of one host, by its id."""
    online = Signal(str)
    """A host can be spoken to: `client` gives the conversation, a new one each time."""
    offline = Signal(str)
    """A host cannot be spoken to any more."""
    _link_moved = Signal(str, int, object)

    def __init__(
        self,
        book: Hosts,
        door: Door,
        open_secrets: Callable[[], Secrets],
        tasks: Runner,
        prompter: Prompter,
        parent: QObject | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._book, self._door, self._open_secrets = book, door, open_secrets
        self._tasks, self._prompter, self._clock = tasks, prompter, clock
        self._contacts: dict[str, _Contact] = {}
        self._entries: dict[str, Host] = {LOCAL: Host(id=LOCAL, label="localhost")}
        self._reload()
        self._paste_problem: Problem | None = None
        self._link_moved.connect(self._move_link)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    # ---- which there are --------------------------------------------------------------------------------------------

    @property
    def hosts(self) -> tuple[HostRow, ...]:
        """This computer, then the others in the order in which they were added."""
        return tuple(map(self.host, self._entries))

    def host(self, id: str) -> HostRow:
        """One host. Raises KeyError."""
        entry, contact = self._entries[id], self._contact(id)
        silent = contact.state in (HostState.SUSPECT, HostState.LOST)
        return HostRow(
            id=id,
            name=entry.label,
            address=str(entry.address or ""),
            state=contact.state,
            facts=contact.facts,
            problem=contact.problem,
            setup=contact.setup,
            silence=self._clock() - contact.heard if silent else None,
            draft=_draft_of(entry.address, entry.label) if entry.address else None,
        )

    def agent_of(self, id: str) -> str:
        """The id of the agent on a host, by which runs name it; empty before the first connection."""
        return self._entries[id].agent_id

    def log_of(self, id: str) -> str:
        """What the machine said while it was set up."""
        return self._contact(id).log.text()

    @property
    def choices(self) -> tuple[HostChoice, ...]:
        """The machines for the plan, in the language of now."""
        return tuple(HostChoice(row.id, self.tr("This computer") if row.local else row.name) for row in self.hosts)

    # ---- adding and changing ----------------------------------------------------------------------------------------

    def paste(self, text: str) -> HostDraft | None:
        """What a pasted text says, or None with `paste_problem` where it says nothing."""
        self._paste_problem = None
        if not text.strip():
            return None
        try:
            return _draft_of(parse_address(text))
        except ProblemError as error:
            self._paste_problem = error.problem
            return None

    @property
    def paste_problem(self) -> Problem | None:
        """What was wrong with the address pasted or entered last."""
        return self._paste_problem

    def add(self, draft: HostDraft) -> str | None:
        """Add a host; its id, or None with `paste_problem`."""
        address = self._address_of(draft)
        if address is None:
            return None
        try:
            host = self._book.add(str(address), draft.name)
            # The text of an address says nothing of key and jump host.
            self._book.update(host.replace(address=address))
        except ProblemError as error:
            self._paste_problem = error.problem
            return None
        self._reload()
        return host.id

    def change(self, id: str, draft: HostDraft) -> None:
        """Another address or name for a host; a whole `ssh` command in the field of the address counts too."""
        contact, address = self._contact(id), self._address_of(draft)
        if address is None:
            contact.problem = self._paste_problem
            self.host_changed.emit(id)
            return
        try:
            self._book.update(self._book.get(id).replace(label=draft.name or address.host, address=address))
        except ProblemError as error:
            contact.problem = error.problem
            self.host_changed.emit(id)
            return
        contact.problem, contact.answers = None, None
        self._reload()

    def remove(self, id: str) -> None:
        """Take a host off the list, after asking."""
        agreed = self._prompter.confirm(
            self.tr("Remove a host"),
            self.tr("Remove {host} from the list?").format(host=self._entries[id].label),
            accept=self.tr("Remove"),
            detail=self.tr(
                "The machine itself is not touched: it goes on running, and costing, until you stop it at your provider."
            ),
        )
        if not agreed:
            return
        self.disconnect_host(id)
        try:
            self._book.remove(id)
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
            return
        self._tasks.run(partial(_forget, self._open_secrets, self._secret_name(id)))
        self._contacts.pop(id, None)
        self._reload()

    def forget_key(self, id: str) -> None:
        """Know a host's key no longer, after asking; the next connection shows the fingerprint and asks again."""
        agreed = self._prompter.confirm(
            self.tr("Forget the key of a host"),
            self.tr("Forget the key by which {host} is known?").format(host=self._entries[id].label),
            accept=self.tr("Forget"),
            detail=self.tr(
                "Do this only if you know why the machine has another key, for example because you rented a new one at "
                "this address. The next connection shows the new fingerprint and asks."
            ),
        )
        if agreed:
            operation = partial(_forget_key, self._door, self._entries[id])
            self._tasks.run(operation, success=partial(self._key_forgotten, id), executor=_executor(id))

    def _key_forgotten(self, id: str, _nothing: None) -> None:
        contact = self._contact(id)
        contact.problem, contact.answers = None, None
        self.host_changed.emit(id)

    # ---- connecting -------------------------------------------------------------------------------------------------

    def client(self, id: str) -> AgentClient | None:
        """The conversation with a host that is online, or None."""
        contact = self._contact(id)
        if contact.kept is None or contact.state not in (HostState.ONLINE, HostState.SUSPECT):
            return None
        try:
            return contact.kept.client
        except ProblemError:
            return None  # lost a moment ago, and the news is still on its way here

    def ensure_connected(self, id: str, then: Then) -> None:
        """Call `then(client)` once the host is online: now, or after connecting. Where that fails, the problem goes to
        the window and `then` is dropped."""
        client = self.client(id)
        if client is not None:
            then(client)
            return
        self._contact(id).waiting.append(then)
        self.connect_host(id)

    def connect_host(self, id: str) -> None:
        """Go there, set up what is missing, and stay connected. Nothing happens while that is under way already."""
        contact = self._contact(id)
        if contact.state is HostState.OFFLINE:
            contact.log.clear()
            self._dial(id)

    def reconnect(self, agents: Iterable[str]) -> None:
        """Connect to the hosts of these agents, on which something goes on."""
        wanted = set(agents)
        for host in self._entries.values():
            if host.agent_id in wanted:
                self.connect_host(host.id)

    def disconnect_host(self, id: str) -> None:
        """Leave a host, or stop trying; what runs there goes on."""
        if self._contact(id).state is not HostState.OFFLINE:
            self._leave(id)

    def shutdown(self) -> None:
        """Leave all hosts; blocks until they are left."""
        self._timer.stop()
        for contact in self._contacts.values():
            contact.generation += 1
            if contact.task is not None:
                contact.task.cancel()
            if contact.kept is not None:
                contact.kept.close()
                contact.kept = None

    def _leave(self, id: str, why: Problem | None = None) -> None:
        contact = self._contact(id)
        contact.generation += 1
        if contact.task is not None:
            contact.task.cancel()
        kept, contact.kept, contact.task = contact.kept, None, None
        contact.setup, contact.problem = None, why
        contact.waiting.clear()
        before = contact.state
        self._set_state(id, HostState.OFFLINE)
        if before in (HostState.ONLINE, HostState.SUSPECT):
            self.offline.emit(id)
        if kept is not None:
            self._tasks.run(partial(_close, kept), executor=_executor(id))

    def _dial(self, id: str) -> None:
        contact = self._contact(id)
        contact.generation += 1
        contact.problem, contact.setup = None, Setup("dial")
        attempt = _Attempt(
            self._door,
            self._entries[id],
            self._answers(id).prompts(),
            contact.log,
            partial(self._link_moved.emit, id, contact.generation),
        )
        self._set_state(id, HostState.CONNECTING)
        contact.task = self._tasks.run(
            attempt,
            success=partial(self._connected, id, contact.generation),
            failure=partial(self._failed, id, contact.generation),
            progress=partial(self._progressed, id, contact.generation),
            executor=_executor(id),
        )

    def _progressed(self, id: str, generation: int, setup: Setup) -> None:
        contact = self._contact(id)
        if generation == contact.generation:
            contact.setup = setup
            self.host_changed.emit(id)

    def _connected(self, id: str, generation: int, kept: KeptHost) -> None:
        contact = self._contact(id)
        if generation != contact.generation:
            self._tasks.run(partial(_close, kept), executor=_executor(id))
            return
        contact.kept, contact.facts = kept, kept.facts
        contact.problem = contact.setup = contact.task = None
        self._set_state(id, HostState.ONLINE)
        self._learn_agent(id)
        self._keep_secrets(id)
        self._tell_online(id)

    def _failed(self, id: str, generation: int, found: Problem) -> None:
        contact = self._contact(id)
        if generation != contact.generation:
            return
        question = question_of(found, self._answers(id))
        if question is not None and self._ask(id, question):
            self._dial(id)
            return
        contact.problem, contact.setup, contact.task = found, None, None
        waited, contact.waiting = bool(contact.waiting), []
        self._set_state(id, HostState.OFFLINE)
        if found.code == "host_key_changed":
            self._prompter.tell(found)
        elif waited:
            self._tasks.failed.emit(found)

    def _learn_agent(self, id: str) -> None:
        client = self.client(id)
        if client is None or client.agent_id == self._entries[id].agent_id:
            return
        try:
            self._book.update(self._book.get(id).replace(agent_id=client.agent_id))
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
        self._reload()

    def _tell_online(self, id: str) -> None:
        self.online.emit(id)
        contact = self._contact(id)
        waiting, contact.waiting = contact.waiting, []
        for then in waiting:
            client = self.client(id)
            if client is not None:
                then(client)

    # ---- questions --------------------------------------------------------------------------------------------------

    def _ask(self, id: str, question: Question) -> bool:
        """Put a question to the person; whether there is an answer to try."""
        answers = self._answers(id)
        if isinstance(question, TrustKey):
            agreed = self._ask_trust(question)
            if agreed:
                answers.trusted.add(question.fingerprint)
            return agreed
        if isinstance(question, AskPassword):
            answers.password = self._ask_password(question)
            return answers.password is not None
        passphrase = self._ask_passphrase(question)
        if passphrase:
            answers.passphrases[question.path] = passphrase
        return bool(passphrase)

    def _keep_secrets(self, id: str) -> None:
        """Offer the keyring for what was typed in; without one it stays in memory and nobody is asked."""
        answers = self._answers(id)
        typed = {passphrase_name(path): secret for path, secret in answers.passphrases.items()}
        if answers.password is not None:
            typed[self._secret_name(id)] = answers.password
        new = {name: secret for name, secret in typed.items() if name not in answers.kept}
        answers.kept.update(new)
        if not new or not self._open_secrets().lasting:
            return
        agreed = self._prompter.confirm(
            self.tr("Keep the password"),
            self.tr("Keep what you have just entered in this computer's keyring?"),
            accept=self.tr("Keep"),
            detail=self.tr("Otherwise it is asked for again after the next start."),
        )
        if agreed:
            self._tasks.run(partial(_put, self._open_secrets, new))

    def _ask_trust(self, question: TrustKey) -> bool:
        return self._prompter.confirm(
            self.tr("First connection to this machine"),
            self.tr("{host} on port {port} shows this {kind} key:\n{fingerprint}").format(
                host=question.host, port=question.port, kind=question.kind, fingerprint=question.fingerprint
            ),
            accept=self.tr("It is my machine"),
            detail=self.tr(
                "Compare the fingerprint with what your provider shows: on the page of the machine under SSH or Connect, "
                "or at the beginning of its log. Where it is shown nowhere, connect only if you have just rented this "
                "machine. The key is remembered, and another one at this address will be refused."
            ),
        )

    def _ask_password(self, question: AskPassword) -> str | None:
        label = (
            self.tr("{host} did not accept that. The password of {user}:")
            if question.again
            else self.tr("{host} asks for the password of {user}:")
        )
        return self._prompter.ask_text(
            self.tr("Password"), label.format(host=question.host, user=question.user), secret=True
        )

    def _ask_passphrase(self, question: AskPassphrase) -> str | None:
        label = (
            self.tr("That did not open the key. The passphrase of {path}:")
            if question.again
            else self.tr("The key {path} is locked with a passphrase:")
        )
        return self._prompter.ask_text(self.tr("Passphrase"), label.format(path=question.path), secret=True)

    # ---- the link ---------------------------------------------------------------------------------------------------

    def _move_link(self, id: str, generation: int, news: "LinkState | Problem") -> None:
        contact = self._contacts.get(id)
        if contact is None or contact.kept is None or generation != contact.generation:
            return
        if isinstance(news, Problem):
            self._leave(id, news)
            self._failed(id, contact.generation, news)
            return
        before = contact.state
        state = {LinkState.ONLINE: HostState.ONLINE, LinkState.SUSPECT: HostState.SUSPECT}.get(news, HostState.LOST)
        if state is before:
            return
        if before is HostState.ONLINE:
            client = self.client(id)
            contact.heard = self._clock() - (client.silence if client else 0.0)
        self._set_state(id, state)
        if state is HostState.LOST:
            self.offline.emit(id)
        elif before is HostState.LOST:
            self._tell_online(id)

    def _set_state(self, id: str, state: HostState) -> None:
        self._contact(id).state = state
        silent = any(contact.state in (HostState.SUSPECT, HostState.LOST) for contact in self._contacts.values())
        if silent and not self._timer.isActive():
            self._timer.start()
        elif not silent:
            self._timer.stop()
        self.host_changed.emit(id)

    def _tick(self) -> None:
        for host, contact in self._contacts.items():
            if contact.state in (HostState.SUSPECT, HostState.LOST):
                self.host_changed.emit(host)

    # ---- looking up -------------------------------------------------------------------------------------------------

    def _contact(self, id: str) -> _Contact:
        return self._contacts.setdefault(id, _Contact())

    def _answers(self, id: str) -> Answers:
        contact = self._contact(id)
        if contact.answers is None:
            contact.answers = Answers(
                recall_password=partial(self._recall, self._secret_name(id)),
                recall_passphrase=lambda path: self._recall(passphrase_name(path)),
            )
        return contact.answers

    def _recall(self, name: str) -> str | None:
        """Called by a connection in its own thread: a keyring may take long to open."""
        return self._open_secrets().get(name)

    def _secret_name(self, id: str) -> str:
        address = self._entries[id].address or Address(host=LOCAL)
        return password_name(address.user, address.host, address.port or 22)

    def _reload(self) -> None:
        """Read the book again; one that cannot be read leaves what was known."""
        try:
            self._entries = {host.id: host for host in self._book.all()}
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
        self.changed.emit()

    def _address_of(self, draft: HostDraft) -> Address | None:
        """The address in a draft; what a whole command in its address says wins over the other fields."""
        said = self.paste(draft.host)
        if said is None:
            self._paste_problem = self._paste_problem or problem("address_invalid", text=draft.host)
            return None
        return Address(
            host=said.host,
            port=said.port or draft.port,
            user=said.user or draft.user,
            key_path=said.key_path or draft.key_path,
            jump=said.jump or draft.jump,
        )


@dataclass(frozen=True)
class _Attempt:
    """One try to get to a host, as an operation for the task runner."""

    door: Door
    host: Host
    prompts: Prompts
    log: SetupLog
    on_link: OnLink

    def __call__(self, token: CancelToken) -> KeptHost:
        def progress(phase: SetupPhase, done: int, total: int, line: str) -> None:
            if line:
                self.log.add(line)
            token.report(Setup(phase, done, total))

        kept = self.door.connect(self.host, self.prompts, progress, self.on_link, token)
        if token.cancelled:
            kept.close()
            token.check()
        return kept


def _close(kept: KeptHost, _token: CancelToken) -> None:
    kept.close()


def _put(open_secrets: Callable[[], Secrets], new: dict[str, str], _token: CancelToken) -> None:
    for name, secret in new.items():
        open_secrets().put(name, secret)


def _forget(open_secrets: Callable[[], Secrets], name: str, _token: CancelToken) -> None:
    open_secrets().forget(name)


def _forget_key(door: Door, host: Host, _token: CancelToken) -> None:
    door.forget_key(host)


def _executor(id: str) -> str:
    return f"host-{id}"


def _draft_of(address: Address, name: str = "") -> HostDraft:
    return HostDraft(name, address.host, address.port, address.user, address.key_path, address.jump)
