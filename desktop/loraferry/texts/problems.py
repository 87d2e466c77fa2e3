"""From a problem's code and parameters to words a beginner can act on."""

from dataclasses import dataclass

from loraferry.texts.problem_texts import DETAILS, TEXTS
from loraferry.texts.translation import lookup
from loraferry_core.problems import Problem


@dataclass(frozen=True)
class ProblemText:
    """What happened, and what to do next."""

    what: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.what} {self.next_step}".strip()


def render(problem: Problem) -> ProblemText:
    """The words for a problem, in the user's language."""
    what, next_step = TEXTS[problem.code]
    params = {name: _readable(value) for name, value in problem.params.items()}
    return ProblemText(
        what=lookup("Problem", what).format_map(params),
        next_step=lookup("Problem", next_step).format_map(params),
    )


def _readable(value: str | int | float) -> str:
    """Numbers without noise; text without the control characters that a hostile machine may send."""
    if isinstance(value, float):
        return f"{value:g}"
    if value in DETAILS:
        return lookup("Detail", str(value))
    return "".join(character for character in str(value) if character.isprintable() or character in "\n\t").strip()
