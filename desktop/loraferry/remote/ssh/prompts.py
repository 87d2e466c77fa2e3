"""What a connection may have to ask a person."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class UnknownKey:
    """A host shows a key that nobody has accepted yet. `fingerprint` is `SHA256:…`, as vendors print it."""

    host: str
    port: int
    kind: str
    fingerprint: str


@dataclass(frozen=True)
class Asked:
    """One question of a machine that is not for the password, such as one for a code. `echo`: what is typed may be
    seen."""

    text: str
    echo: bool


KeyPrompt = Callable[[UnknownKey], bool]
"""Whether to accept the key and remember it."""
PasswordPrompt = Callable[[str, str], str | None]
"""The password of a user on a host, by the name it was asked for, which may be a jump host; None to give up."""
PassphrasePrompt = Callable[[str], str | None]
"""The passphrase of the key file at a path; None to give up."""
AnswerPrompt = Callable[[str, tuple[Asked, ...]], tuple[str, ...] | None]
"""An answer to each question, under a title in the machine's words, perhaps empty; None to give up."""


@dataclass(frozen=True)
class Prompts:
    """The questions; where one is None, nobody is there to answer, and the connection fails instead."""

    accept_key: KeyPrompt | None = None
    password: PasswordPrompt | None = None
    passphrase: PassphrasePrompt | None = None
    answer: AnswerPrompt | None = None
