"""What a run has given up so as to go on, remembered in its folder, so that a restart begins there."""

from dataclasses import fields
from typing import Any

from loraferry_agent.jobs.atomic import read_json, write_json
from loraferry_agent.jobs.ladder import Adaptation
from loraferry_agent.layout import JobFolder

_ATTEMPT = "died_in_attempt"


def read_adaptation(folder: JobFolder) -> Adaptation:
    """What was written last; nothing given up where nothing was written."""
    return adaptation_of(read_json(folder.adaptation) or {})


def write_adaptation(folder: JobFolder, adaptation: Adaptation, died_in_attempt: int | None = None) -> None:
    """Remember it; `died_in_attempt` says for which death. Raises OSError."""
    before = died_in(folder)
    attempt = before if died_in_attempt is None else died_in_attempt
    write_json(folder.adaptation, {**adaptation.as_json(), _ATTEMPT: attempt})


def died_in(folder: JobFolder) -> int:
    """The attempt after whose death the supervisor has climbed last; 0 for none."""
    return int((read_json(folder.adaptation) or {}).get(_ATTEMPT, 0))


def adaptation_of(value: dict[str, Any]) -> Adaptation:
    """From plain values; what this version does not know is passed over."""
    return Adaptation(**{field.name: value[field.name] for field in fields(Adaptation) if field.name in value})
