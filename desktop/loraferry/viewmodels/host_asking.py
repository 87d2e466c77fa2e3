"""What the person is asked, and told, on the way to a host; the words, not the decisions."""

from PySide6.QtCore import QObject

from loraferry.texts.translation import lookup
from loraferry.viewmodels.host_questions import AskAnswer, AskPassphrase, AskPassword, TrustKey
from loraferry.viewmodels.prompts import Prompter
from loraferry_core.problems import Problem


class HostAsking(QObject):
    """Puts questions through a `Prompter`, in the language of now."""

    def __init__(self, prompter: Prompter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._prompter = prompter

    def trust(self, question: TrustKey, check_key: str) -> bool:
        """Whether the key is that of the rented machine. `check_key` is the vendor's sentence on where it is shown."""
        where = lookup("Vendor", check_key) or self.tr(
            "Compare the fingerprint with what your provider shows: on the page of the machine under SSH or Connect, "
            "or at the beginning of its log."
        )
        return self._prompter.confirm(
            self.tr("First connection to this machine"),
            self.tr("{host} on port {port} shows this {kind} key:\n{fingerprint}").format(
                host=question.host, port=question.port, kind=question.kind, fingerprint=question.fingerprint
            ),
            accept=self.tr("It is my machine"),
            detail=where
            + "\n\n"
            + self.tr(
                "Where it is shown nowhere, connect only if you have just rented this machine. Nothing secret was sent "
                "so far. The key is remembered, and another one at this address will be refused."
            ),
        )

    def password(self, question: AskPassword) -> str | None:
        """The password of a user, or None."""
        label = (
            self.tr("{host} did not accept that. The password of {user}:")
            if question.again
            else self.tr("{host} asks for the password of {user}:")
        )
        return self._prompter.ask_text(
            self.tr("Password"), label.format(host=question.host, user=question.user), secret=True
        )

    def answers(self, question: AskAnswer) -> tuple[str, ...]:
        """An answer to each line that a machine asks; fewer where the person gave up."""
        said: list[str] = []
        for line in question.question.splitlines():
            label = self.tr("{host} asks {user}: {question}").format(
                host=question.host, user=question.user, question=line
            )
            answer = self._prompter.ask_text(self.tr("The machine asks"), label)
            if answer is None:
                break
            said.append(answer)
        return tuple(said)

    def passphrase(self, question: AskPassphrase) -> str | None:
        """The passphrase of a key file, or None."""
        label = (
            self.tr("That did not open the key. The passphrase of {path}:")
            if question.again
            else self.tr("The key {path} is locked with a passphrase:")
        )
        return self._prompter.ask_text(self.tr("Passphrase"), label.format(path=question.path), secret=True)

    def keep(self) -> bool:
        """Whether what was just typed may go into the keyring."""
        return self._prompter.confirm(
            self.tr("Keep the password"),
            self.tr("Keep what you have just entered in this computer's keyring?"),
            accept=self.tr("Keep"),
            detail=self.tr("Otherwise it is asked for again after the next start."),
        )

    def remove(self, host: str) -> bool:
        """Whether a host is to be taken off the list."""
        return self._prompter.confirm(
            self.tr("Remove a host"),
            self.tr("Remove {host} from the list?").format(host=host),
            accept=self.tr("Remove"),
            detail=self.tr(
                "The machine itself is not touched: it goes on running, and costing, until you stop it at your provider."
            ),
        )

    def forget_key(self, host: str) -> bool:
        """Whether the key by which a host is known is to be forgotten."""
        return self._prompter.confirm(
            self.tr("Forget the key of a host"),
            self.tr("Forget the key by which {host} is known?").format(host=host),
            accept=self.tr("Forget"),
            detail=self.tr(
                "Do this only if you know why the machine has another key, for example because you rented a new one at "
                "this address. The next connection shows the new fingerprint and asks."
            ),
        )

    def move(self, host: str, before: str, after: str) -> bool:
        """Whether a host is to be looked for at another address from now on."""
        return self._prompter.confirm(
            self.tr("A new address for a host"),
            self.tr("{host} is at {after} now, no longer at {before}?").format(host=host, before=before, after=after),
            accept=self.tr("Move it there"),
            detail=self.tr(
                "Its runs, its guards and its settings stay with it: a machine is known by what is installed on it, not "
                "by its address. If it comes up empty, it is set up again, and its runs can go on from the checkpoints "
                "that were brought here."
            ),
        )

    def key_changed(self, found: Problem, check_key: str) -> None:
        """The hard stop: nothing was sent, and why a key may change for a good reason."""
        causes = self.tr(
            "A rented machine has a new key for a good reason when it was stopped and started again, when its image was "
            "changed or the system installed anew, or when the provider gave this address to another machine. If you "
            "did none of that, somebody may be listening in between."
        )
        self._prompter.tell(found, detail="\n\n".join(part for part in (causes, lookup("Vendor", check_key)) if part))
