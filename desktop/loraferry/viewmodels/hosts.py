"""The machines that can train: which there are, how they stand, and the way to them."""

import time
from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from loraferry.ferry.door import Door, KeptHost
from loraferry.remote.address import Address
from loraferry.remote.client import AgentClient
from loraferry.remote.hosts import LOCAL, Host, Hosts, Merged
from loraferry.remote.liveness import LinkState
from loraferry.remote.secrets import Secrets, passphrase_name, password_name
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.vendors import Vendor, vendor_for
from loraferry.viewmodels import host_contact as work
from loraferry.viewmodels.host_asking import HostAsking
from loraferry.viewmodels.host_contact import Attempt, Contact, Then
from loraferry.viewmodels.host_drafts import address_of, draft_of, edited, pasted
from loraferry.viewmodels.host_questions import Answers, AskAnswer, AskPassword, Question, TrustKey, question_of
from loraferry.viewmodels.host_rows import HostDraft, HostRow, HostState, Setup
from loraferry.viewmodels.plan import HostChoice
from loraferry.viewmodels.prompts import Prompter
from loraferry.viewmodels.tasks import Runner
from loraferry_core.problems import Problem, ProblemError

TICK_MS = 1000


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
    renewed = Signal(str, str)
    """A host answers with another identity than before, which is given: it was wiped, or is another machine."""
    settled = Signal(str)
    """A host was reached by a person's wish, and whoever waited for it has it: time for questions."""
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
        self._tasks, self._clock = tasks, clock
        self._asking = HostAsking(prompter, self)
        self._contacts: dict[str, Contact] = {}
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
        return HostRow(
            id=id,
            name=entry.label,
            address=str(entry.address or ""),
            state=contact.state,
            facts=contact.facts,
            problem=contact.problem,
            setup=contact.setup,
            silence=self._clock() - contact.heard if contact.silent else None,
            waits=contact.waits,
            draft=draft_of(entry),
            vendor=self.vendor(id),
            price=entry.price_per_hour,
            currency=entry.currency,
            guards=entry.guards,
        )

    def entry(self, id: str) -> Host:
        """A host as the book has it. Raises KeyError."""
        return self._entries[id]

    def vendor(self, id: str) -> Vendor | None:
        """Whose machine it is, as was chosen or can be told by now; None for this computer."""
        entry = self._entries[id]
        if entry.address is None:
            return None
        return vendor_for(entry, self._contact(id).facts)

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
            return pasted(text)
        except ProblemError as error:
            self._paste_problem = error.problem
            return None

    @property
    def paste_problem(self) -> Problem | None:
        """What was wrong with the address pasted or entered last."""
        return self._paste_problem

    def add(self, draft: HostDraft) -> str | None:
        """Add a host; its id, or None with `paste_problem`."""
        self._paste_problem = None
        try:
            host = self._book.add(str(address_of(draft)), draft.name)
            # The text of an address says nothing of key and jump host, nor of all the rest.
            self._book.update(edited(host, draft))
        except ProblemError as error:
            self._paste_problem = error.problem
            return None
        self._reload()
        self._put_password(host.id, draft.password)
        return host.id

    def change(self, id: str, draft: HostDraft) -> None:
        """Other settings for a host; a whole `ssh` command in the field of the address counts too."""
        contact = self._contact(id)
        try:
            self._book.update(edited(self._book.get(id), draft))
        except ProblemError as error:
            contact.problem = error.problem
            self.host_changed.emit(id)
            return
        contact.problem, contact.answers = None, None
        self._reload()
        self._put_password(id, draft.password)

    def move(self, id: str, text: str) -> None:
        """Look for a host at the address in a pasted text from now on, after asking, and connect to it there."""
        draft, entry = self.paste(text), self._entries[id]
        if entry.is_local or not text.strip():
            return
        if draft is None:
            self._contact(id).problem = self._paste_problem
            self.host_changed.emit(id)
            return
        before = entry.address or Address(host="")
        now = address_of(draft)
        now = now.replace(key_path=now.key_path or before.key_path, jump=now.jump)
        if now != before and not self._asking.move(entry.label, str(before), str(now)):
            return
        self.disconnect_host(id)
        try:
            label = now.host if entry.label == before.host else entry.label
            self._book.update(self._book.get(id).replace(address=now, label=label))
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
            return
        contact = self._contact(id)
        contact.problem, contact.answers = None, None
        self._reload()
        self._put_password(id, draft.password)
        self.connect_host(id)

    def note(self, id: str, **changes: object) -> None:
        """Remember something about a host, such as `guards`."""
        try:
            self._book.update(self._book.get(id).replace(**changes))
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
        self._reload()

    def remove(self, id: str) -> None:
        """Take a host off the list, after asking."""
        if not self._asking.remove(self._entries[id].label):
            return
        self.disconnect_host(id)
        try:
            self._book.remove(id)
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
            return
        self._tasks.run(partial(work.forget, self._open_secrets, self._secret_name(id)))
        self._contacts.pop(id, None)
        self._reload()

    def forget_key(self, id: str) -> None:
        """Know a host's key no longer, after asking; the next connection shows the fingerprint and asks again."""
        if self._asking.forget_key(self._entries[id].label):
            operation = partial(work.forget_key, self._door, self._entries[id])
            self._tasks.run(operation, success=partial(self._key_forgotten, id), executor=work.executor(id))

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

    def heard_ago(self, id: str) -> float | None:
        """Seconds since a rented host was heard that is as it should be; of others, its row tells."""
        client = self.client(id)
        online = self._contact(id).state is HostState.ONLINE and id != LOCAL
        return client.silence if client is not None and online else None

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

    def retry(self, id: str) -> None:
        """Try now to make a lost link again, instead of when its time has come."""
        kept = self._contact(id).kept
        if kept is not None:
            kept.retry()
            self.host_changed.emit(id)

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
            self._tasks.run(partial(work.close, kept), executor=work.executor(id))

    def _dial(self, id: str) -> None:
        contact = self._contact(id)
        contact.generation += 1
        contact.problem, contact.setup = None, Setup("dial")
        attempt = Attempt(
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
            executor=work.executor(id),
        )

    def _progressed(self, id: str, generation: int, setup: Setup) -> None:
        contact = self._contact(id)
        if generation == contact.generation:
            contact.setup = setup
            self.host_changed.emit(id)

    def _connected(self, id: str, generation: int, kept: KeptHost) -> None:
        contact = self._contact(id)
        if generation != contact.generation:
            self._tasks.run(partial(work.close, kept), executor=work.executor(id))
            return
        contact.kept, contact.facts = kept, kept.facts
        contact.problem = contact.setup = contact.task = None
        self._set_state(id, HostState.ONLINE)
        self._keep_secrets(id)
        if self._tell_online(id):
            self.settled.emit(id)

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
            vendor = self.vendor(id)
            self._asking.key_changed(found, vendor.check_key if vendor else "")
        elif waited:
            self._tasks.failed.emit(found)

    def _learn_agent(self, id: str) -> bool:
        """Remember who answers there; False where that machine has a card already, which takes over."""
        client, before = self.client(id), self._entries[id].agent_id
        if client is None or client.agent_id == before:
            return True
        try:
            merged = self._book.learn(id, client.agent_id)
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
            return True
        if merged.host.id != id:
            self._hand_over(id, merged)
            return False
        self._reload()
        if before:
            self.renewed.emit(id, before)
        return True

    def _hand_over(self, id: str, merged: Merged) -> None:
        """The address of one card led to the machine of another, which has it from now on and connects there."""
        contact, known = self._contact(id), merged.host.id
        waiting, contact.waiting = contact.waiting, []
        self._leave(id)
        self.disconnect_host(known)
        self._reload()
        if merged.removed is not None:
            operation = partial(work.move, self._open_secrets, self._secret_name(id), self._secret_name(known))
            self._tasks.run(operation, executor=work.executor(known))
            self._contacts.pop(id)
        if contact.answers is not None:
            self._answers(known).take_over(contact.answers)
        for then in waiting:
            self.ensure_connected(known, then)
        self.connect_host(known)

    def _tell_online(self, id: str) -> bool:
        if not self._learn_agent(id):
            return False
        self.online.emit(id)
        contact = self._contact(id)
        waiting, contact.waiting = contact.waiting, []
        for then in waiting:
            client = self.client(id)
            if client is not None:
                then(client)
        return True

    def prompts(self, id: str) -> Prompts:
        """What was answered for a host so far, for another way to it."""
        return self._answers(id).prompts()

    # ---- questions --------------------------------------------------------------------------------------------------

    def _ask(self, id: str, question: Question) -> bool:
        """Put a question to the person; whether there is an answer to try."""
        answers = self._answers(id)
        if isinstance(question, TrustKey):
            vendor = self.vendor(id)
            agreed = self._asking.trust(question, vendor.check_key if vendor else "")
            if agreed:
                answers.trusted.add(question.fingerprint)
            return agreed
        if isinstance(question, AskPassword):
            password = self._asking.password(question)
            if password is not None:
                answers.passwords[question.user, question.host] = password
            return password is not None
        if isinstance(question, AskAnswer):
            answers.said = self._asking.answers(question)
            return bool(answers.said)
        passphrase = self._asking.passphrase(question)
        if passphrase:
            answers.passphrases[question.path] = passphrase
        return bool(passphrase)

    def _keep_secrets(self, id: str) -> None:
        """Offer the keyring for what was typed in; without one it stays in memory and nobody is asked."""
        answers = self._answers(id)
        typed = {passphrase_name(path): secret for path, secret in answers.passphrases.items()}
        typed |= {self._password_of(id, *whose): secret for whose, secret in answers.passwords.items()}
        new = {name: secret for name, secret in typed.items() if name not in answers.kept}
        answers.kept.update(new)
        if not new or not self._open_secrets().lasting:
            return
        if self._asking.keep():
            self._tasks.run(partial(work.put, self._open_secrets, new))

    def _put_password(self, id: str, password: str) -> None:
        """Keep a password that came with an address. The line of work of the host keeps it before it is needed."""
        if password:
            new = {self._secret_name(id): password}
            self._tasks.run(partial(work.put, self._open_secrets, new), executor=work.executor(id))

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
        silent = any(contact.silent for contact in self._contacts.values())
        if silent and not self._timer.isActive():
            self._timer.start()
        elif not silent:
            self._timer.stop()
        self.host_changed.emit(id)

    def _tick(self) -> None:
        for host, contact in self._contacts.items():
            if contact.silent:
                self.host_changed.emit(host)

    # ---- looking up -------------------------------------------------------------------------------------------------

    def _contact(self, id: str) -> Contact:
        return self._contacts.setdefault(id, Contact())

    def _answers(self, id: str) -> Answers:
        contact = self._contact(id)
        if contact.answers is None:
            contact.answers = Answers(
                recall_password=lambda user, host: self._recall(self._password_of(id, user, host)),
                recall_passphrase=lambda path: self._recall(passphrase_name(path)),
            )
        return contact.answers

    def _recall(self, name: str) -> str | None:
        """Called by a connection in its own thread: a keyring may take long to open."""
        return self._open_secrets().get(name)

    def _secret_name(self, id: str) -> str:
        """By the host, not by its address: that may change."""
        return password_name(id)

    def _password_of(self, id: str, user: str, host: str) -> str:
        """The name of the password of a host itself, or of one on the way to it."""
        address = self._entries[id].address
        return self._secret_name(id) if address and address.host == host else password_name(f"{user}@{host}")

    def _reload(self) -> None:
        """Read the book again; one that cannot be read leaves what was known."""
        try:
            self._entries = {host.id: host for host in self._book.all()}
        except ProblemError as error:
            self._tasks.failed.emit(error.problem)
        self.changed.emit()
