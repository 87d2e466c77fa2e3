"""What stands between this computer and a host that only a person can answer. Pure: a problem in, a question out."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loraferry.remote.ssh.prompts import Asked, Prompts, UnknownKey
from loraferry_core.problems import Problem

PASSWORD_METHODS = ("password", "keyboard-interactive")


@dataclass(frozen=True)
class TrustKey:
    """Is this the key of the machine that was rented?"""

    host: str
    port: int
    kind: str
    fingerprint: str


@dataclass(frozen=True)
class AskPassword:
    """The password of a user on a host; `again` where one was not accepted."""

    user: str
    host: str
    again: bool


@dataclass(frozen=True)
class AskPassphrase:
    """The passphrase of a key file; `again` where one did not open it."""

    path: str
    again: bool


@dataclass(frozen=True)
class AskAnswer:
    """What a machine asks beside the password, such as a code; one question a line."""

    user: str
    host: str
    question: str


Question = TrustKey | AskPassword | AskPassphrase | AskAnswer


@dataclass
class Answers:
    """What was answered for one host. The transport reads it in its own thread, while nobody changes it here."""

    recall_password: Callable[[str, str], str | None] = lambda user, host: None
    """Of a user on a host, which may be a jump host. Looks in the keyring, which may take its time."""
    recall_passphrase: Callable[[str], str | None] = lambda path: None
    trusted: set[str] = field(default_factory=set)
    """Fingerprints."""
    passwords: dict[tuple[str, str], str] = field(default_factory=dict)
    """By user and host: no jump host is ever sent the password of another."""
    said: tuple[str, ...] = ()
    """Answers to what a machine asked beside the password; good for one try."""
    passphrases: dict[str, str] = field(default_factory=dict)
    """By the path of the key file."""
    kept: set[str] = field(default_factory=set)
    """Names of the secrets about whose keeping the person was asked."""

    def prompts(self) -> Prompts:
        """The answers as callbacks of a connection. Nothing of it asks anybody."""
        return Prompts(
            accept_key=self._accepts, password=self._password, passphrase=self._passphrase, answer=self._answer
        )

    def take_over(self, others: "Answers") -> None:
        """What was answered for another card of the same machine counts here, too."""
        self.passwords |= others.passwords
        self.passphrases |= others.passphrases
        self.trusted |= others.trusted

    def _accepts(self, key: UnknownKey) -> bool:
        return key.fingerprint in self.trusted

    def _password(self, user: str, host: str) -> str | None:
        typed = self.passwords.get((user, host))
        return typed if typed is not None else self.recall_password(user, host)

    def _answer(self, title: str, asked: tuple[Asked, ...]) -> tuple[str, ...] | None:
        said, self.said = self.said, ()
        return said if len(said) == len(asked) else None

    def _passphrase(self, path: str) -> str | None:
        return self.passphrases.get(path) or self.recall_passphrase(path)


def question_of(problem: Problem, answers: Answers) -> Question | None:
    """What to ask so that another try may succeed; None where only something else than an answer helps.

    A key that was trusted already and still stands in the way is not asked about again, and neither is a password
    that was given and never tried. A changed key is no question at all.
    """
    ask = _QUESTIONS.get(problem.code)
    return ask(problem.params, answers) if ask else None


Params = dict[str, str | int | float]


def _trust(params: Params, answers: Answers) -> Question | None:
    fingerprint = str(params["fingerprint"])
    if not fingerprint or fingerprint in answers.trusted:
        return None
    return TrustKey(str(params["host"]), int(params["port"]), str(params["kind"]), fingerprint)


def _first_password(params: Params, answers: Answers) -> Question | None:
    possible = any(method in str(params["methods"]) for method in PASSWORD_METHODS)
    user, host = str(params["user"]), str(params["host"])
    if not possible or (user, host) in answers.passwords:
        return None
    return AskPassword(user, host, again=False)


def _password_again(params: Params, answers: Answers) -> Question | None:
    return AskPassword(str(params["user"]), str(params["host"]), again=True)


def _answer(params: Params, answers: Answers) -> Question | None:
    return AskAnswer(str(params["user"]), str(params["host"]), str(params["question"]))


def _passphrase(params: Params, answers: Answers) -> Question | None:
    path = str(params["path"])
    return AskPassphrase(path, again=path in answers.passphrases)


_QUESTIONS: dict[str, Callable[[Params, Answers], Question | None]] = {
    "host_key_unknown": _trust,
    "auth_failed": _first_password,
    "password_wrong": _password_again,
    "answer_missing": _answer,
    "answer_wrong": _password_again,
    "key_passphrase": _passphrase,
}
