"""A prompter that answers from a list and remembers what was asked."""

from pathlib import Path
from typing import Any

from loraferry.viewmodels.guard_terms import GuardTerms
from loraferry_core.guards import GuardSettings
from loraferry_core.problems import Problem


class FakePrompter:
    """Give `answers` in the order of the questions; a question without an answer fails the test."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.told: list[Problem] = []
        self.details: list[str] = []
        """Of what was told."""
        self.confirmed_details: list[str] = []
        self.terms: list[GuardTerms] = []

    def _answer(self, question: str) -> Any:
        self.asked.append(question)
        assert self.answers, f"nobody expected to be asked: {question}"
        return self.answers.pop(0)

    def confirm(self, title: str, text: str, *, accept: str, detail: str = "") -> bool:
        self.confirmed_details.append(detail)
        return bool(self._answer(f"{title}: {text}"))

    def tell(self, problem: Problem, *, detail: str = "") -> None:
        self.told.append(problem)
        self.details.append(detail)

    def choose_folder(self, title: str, start: Path | None = None) -> Path | None:
        return self._answer(title)

    def choose_file(self, title: str, start: Path | None = None, filters: str = "") -> Path | None:
        return self._answer(title)

    def choose_target(self, title: str, suggested: Path, filters: str = "") -> Path | None:
        return self._answer(title)

    def ask_text(self, title: str, label: str, *, value: str = "", secret: bool = False) -> str | None:
        return self._answer(title)

    def ask_guards(self, terms: GuardTerms, settings: GuardSettings) -> GuardSettings | None:
        self.terms.append(terms)
        answer = self._answer(f"guards of {terms.host}")
        return settings if answer is True else answer
