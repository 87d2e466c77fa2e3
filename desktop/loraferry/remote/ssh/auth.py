"""Proving who the user is: keys, then the ssh agent's, then a password and what else the machine may ask."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import paramiko

from loraferry.remote.ssh.key_files import KeyFile, read_key_file
from loraferry.remote.ssh.prompts import Asked, Prompts
from loraferry.remote.ssh.settings import Route
from loraferry_core.names import without_control_characters
from loraferry_core.problems import ProblemError, fail

MAX_KEYS = 5
"""Servers hang up after six tries by default, and asking what is allowed was the first."""
PATIENCE_S = 110.0
"""How long a person may take to answer; servers hang up after 120 s by default (LoginGraceTime)."""
MAX_QUESTION = 500
_PASSWORD = re.compile(r"passw|密码|密碼|口令|パスワード|암호", re.IGNORECASE)
_CODE = re.compile(r"one.?time|otp|code|token|verif|验证码|動態|动态", re.IGNORECASE)

Left = list[str]
"""What the server still wants to see; empty once the user is in."""


def authenticate(transport: paramiko.Transport, route: Route, prompts: Prompts) -> None:
    """Log in. Only call this once the host's key was verified. A server may want several proofs, one after another.

    Raises ProblemError: `auth_failed`, `password_wrong`, `answer_missing`, `answer_wrong`, `key_unreadable`,
    `key_passphrase`; SSHException where the connection breaks.
    """
    left = _allowed_methods(transport, route)
    tried: set[str] = set()
    while left:
        left = _prove_one(transport, route, prompts, left, tried)


def _allowed_methods(transport: paramiko.Transport, route: Route) -> Left:
    try:
        transport.auth_none(route.user)
    except paramiko.BadAuthenticationType as refusal:
        return list(refusal.allowed_types)
    return []


def _prove_one(transport: paramiko.Transport, route: Route, prompts: Prompts, methods: Left, tried: set[str]) -> Left:
    """Go through the ways until one is accepted."""
    complaint: ProblemError | None = None
    for method, prove in _WAYS.items():
        if method not in methods or method in tried:
            continue
        tried.add(method)
        try:
            left = prove(transport, route, prompts)
        except ProblemError as error:
            complaint = complaint or error
            if method != "publickey":
                break
        else:
            if left is not None:
                return left
    raise complaint or fail("auth_failed", user=route.user, host=route.name, methods=", ".join(methods))


# ---- keys -----------------------------------------------------------------------------------------------------------


def _prove_by_key(transport: paramiko.Transport, route: Route, prompts: Prompts) -> Left | None:
    """None where no key was accepted. Raises ProblemError for the first key that could not be tried, once all others
    were."""
    complaint: ProblemError | None = None
    with closing(paramiko.Agent()) as agent:
        for tried, key in enumerate(_keys(route, prompts, _agent_keys(agent))):
            if isinstance(key, ProblemError):
                complaint = complaint or key
                continue
            if tried >= MAX_KEYS:
                break
            try:
                return list(transport.auth_publickey(route.user, key))
            except paramiko.BadAuthenticationType:
                return None
            except paramiko.AuthenticationException:
                continue
    if complaint:
        raise complaint
    return None


def _agent_keys(agent: paramiko.Agent) -> dict[bytes, paramiko.PKey]:
    """The keys of the running ssh agent by their public part; none where it is locked or gone."""
    return {key.blob: key for key in agent.get_keys()}


def _keys(
    route: Route, prompts: Prompts, in_agent: dict[bytes, paramiko.PKey]
) -> Iterator[paramiko.PKey | ProblemError]:
    """Keys to try: those chosen for this host, then, unless they are to be the only ones, the agent's and the usual
    files. A key that the agent holds needs no passphrase."""
    files = [read_key_file(path) for path in route.key_paths]
    for file in files:
        yield _key_of(file, prompts, in_agent)
    if route.only_keys:
        return
    chosen = {file.public for file in files}
    yield from (key for public, key in in_agent.items() if public not in chosen)
    usual = [read_key_file(path) for path in route.usual_keys]
    for file in sorted(usual, key=lambda file: file.locked):
        if file.public not in in_agent and not file.on_hardware:
            yield _key_of(file, prompts, {})


def _key_of(file: KeyFile, prompts: Prompts, in_agent: dict[bytes, paramiko.PKey]) -> paramiko.PKey | ProblemError:
    if file.public in in_agent:
        return in_agent[file.public]
    try:
        return _load_key(str(file.path), prompts)
    except ProblemError as error:
        return error


def _load_key(path: str, prompts: Prompts) -> paramiko.PKey:
    """A private key file of any of OpenSSH's kinds. Raises ProblemError `key_unreadable` or `key_passphrase`."""
    try:
        return paramiko.PKey.from_path(path)
    except (TypeError, paramiko.PasswordRequiredException):
        passphrase = prompts.passphrase(path) if prompts.passphrase else None
    except (OSError, ValueError, paramiko.SSHException, paramiko.pkey.UnknownKeyType) as error:
        raise fail("key_unreadable", path=path, detail=_detail(path, error)) from error
    if not passphrase:
        raise fail("key_passphrase", path=path)
    try:
        return paramiko.PKey.from_path(path, passphrase.encode())  # text is not what the crypto library takes
    except (ValueError, TypeError, paramiko.SSHException) as error:
        raise fail("key_passphrase", path=path) from error


def _detail(path: str, error: Exception) -> object:
    if isinstance(error, OSError):
        return error.strerror or error
    with Path(path).expanduser().open("rb") as file:
        return "a key of PuTTY, not of OpenSSH" if file.read(20).startswith(b"PuTTY") else error


# ---- password, and questions ----------------------------------------------------------------------------------------


@dataclass
class _Conversation:
    """What a machine asks in keyboard-interactive, and what is said. Called in the connection's own thread, where an
    exception would reach nobody, so what goes wrong is noted; then the connection is closed, and no try is wasted."""

    transport: paramiko.Transport
    route: Route
    prompts: Prompts
    asked: list[str] = field(default_factory=list)
    password_given: bool = False
    password_missing: bool = False
    unanswered: str = ""

    def answer(self, title: str, instructions: str, questions: list[tuple[str, bool]]) -> list[str]:
        """The answers, one for each question."""
        asked = [Asked(_shown(text), echo) for text, echo in questions]
        self.asked += [question.text for question in asked]
        answers = {question: self._password() for question in asked if self._wants_password(question, asked)}
        others = tuple(question for question in asked if question not in answers)
        if others and not self.password_missing:
            title = _shown(f"{title}\n{instructions}")
            said = self.prompts.answer(title, others) if self.prompts.answer else None
            if said is None or len(said) != len(others):
                self._give_up(unanswered="\n".join(question.text for question in others))
            else:
                answers |= dict(zip(others, said, strict=True))
        return [answers.get(question, "") for question in asked]

    def _wants_password(self, question: Asked, asked: list[Asked]) -> bool:
        """Said so, or hidden, the first and the only question."""
        if self.password_given or question.echo or _CODE.search(question.text):
            return False
        return bool(_PASSWORD.search(question.text)) or (len(asked) == 1 and len(self.asked) == 1)

    def _password(self) -> str:
        password = self.prompts.password(self.route.user, self.route.name) if self.prompts.password else None
        self.password_given = True
        if password is None:
            self._give_up()
            self.password_missing = True
        return password or ""

    def _give_up(self, unanswered: str = "") -> None:
        self.unanswered = unanswered
        self.transport.close()


def _prove_by_answers(transport: paramiko.Transport, route: Route, prompts: Prompts) -> Left | None:
    """None where nothing was asked, or there is no password. Raises ProblemError."""
    conversation = _Conversation(transport, route, prompts)
    patience, transport.auth_timeout = transport.auth_timeout, PATIENCE_S
    try:
        return list(transport.auth_interactive(route.user, conversation.answer))
    except paramiko.AuthenticationException as error:
        if conversation.unanswered:
            raise fail("answer_missing", user=route.user, host=route.name, question=conversation.unanswered) from error
        if conversation.password_missing:
            raise fail("auth_failed", user=route.user, host=route.name, methods="keyboard-interactive") from error
        if not conversation.asked:
            return None
        only_password = conversation.password_given and len(conversation.asked) == 1
        code = "password_wrong" if only_password else "answer_wrong"
        raise fail(code, user=route.user, host=route.name) from error
    finally:
        transport.auth_timeout = patience


def _prove_by_password(transport: paramiko.Transport, route: Route, prompts: Prompts) -> Left | None:
    """None where there is no password to try. Raises ProblemError `password_wrong`."""
    password = prompts.password(route.user, route.name) if prompts.password else None
    if password is None:
        return None
    try:
        return list(transport.auth_password(route.user, password, fallback=False))
    except paramiko.AuthenticationException as error:
        raise fail("password_wrong", user=route.user, host=route.name) from error


def _shown(text: str) -> str:
    """The machine's words made fit to show."""
    return without_control_characters(text).strip()[:MAX_QUESTION]


_WAYS: dict[str, Callable[[paramiko.Transport, Route, Prompts], Left | None]] = {
    "publickey": _prove_by_key,
    "keyboard-interactive": _prove_by_answers,
    "password": _prove_by_password,
}
"""In the order of OpenSSH: a machine that wants more than a password asks for it by keyboard-interactive."""
