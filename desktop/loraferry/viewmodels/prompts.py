"""The port by which view-models ask the person at the screen."""

from pathlib import Path
from typing import Protocol

from loraferry.viewmodels.guard_terms import GuardTerms
from loraferry_core.guards import GuardSettings
from loraferry_core.problems import Problem


class Prompter(Protocol):
    """Questions and messages. The window answers with dialogs, tests with a list of answers.

    Texts are given already translated.
    """

    def confirm(self, title: str, text: str, *, accept: str, detail: str = "") -> bool:
        """Whether the person agrees; `accept` is the word on the button that does it, such as "Delete"."""
        ...

    def tell(self, problem: Problem, *, detail: str = "") -> None:
        """Show one problem with what to do next, and whatever else is worth knowing about it."""
        ...

    def choose_folder(self, title: str, start: Path | None = None) -> Path | None:
        """A folder, or None."""
        ...

    def choose_file(self, title: str, start: Path | None = None, filters: str = "") -> Path | None:
        """An existing file, or None. `filters` is in Qt's form, such as `Keys (*.pem)`."""
        ...

    def choose_target(self, title: str, suggested: Path, filters: str = "") -> Path | None:
        """A file to write, or None."""
        ...

    def ask_text(self, title: str, label: str, *, value: str = "", secret: bool = False) -> str | None:
        """A line of text, or None; `secret` hides it while it is typed."""
        ...

    def ask_guards(self, terms: GuardTerms, settings: GuardSettings) -> GuardSettings | None:
        """What the guards of a machine may do, beginning with `settings`; None where nothing was decided."""
        ...
