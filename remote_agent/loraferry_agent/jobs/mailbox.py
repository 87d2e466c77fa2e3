"""Orders to the supervisor and its answers, as small files that are renamed into place. Works on any disk."""

import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import ConfigDict, Field, ValidationError

from loraferry_agent.jobs.atomic import write_atomically
from loraferry_agent.layout import FROM_NEWER, SCHEMA, Layout
from loraferry_core.config.param import Config
from loraferry_core.problems import Problem

M = TypeVar("M", bound=Config)
OrderedAction = Literal["stop", "kill", "resume", "hold", "release", "pause", "save", "sample", "reorder"]
KEEP_SECONDS = 3600.0
"""Answers older than this are thrown away."""


class Command(Config):
    """What one job is told. It is void when the job has gone on to another attempt, or after `expires`."""

    # An older supervisor must be able to read what a newer serve writes.
    model_config = ConfigDict(extra="ignore")

    id: str = Field(pattern=r"^[0-9a-f]{32}$")
    schema_number: int = SCHEMA
    job: str
    attempt: int
    action: OrderedAction
    before: str = ""
    """Of `reorder`: the job that comes next; none where it goes last."""
    expires: float


class Answer(Config):
    """What became of a command; no problem means that it is done."""

    model_config = ConfigDict(extra="ignore")

    id: str
    problem: Problem | None = None


class Mailbox:
    """Both ends of the mailbox of one agent."""

    def __init__(self, layout: Layout) -> None:
        self._commands = layout.mailbox / "commands"
        self._answers = layout.mailbox / "answers"
        for folder in (self._commands, self._answers):
            folder.mkdir(parents=True, exist_ok=True)

    def send(self, command: Command) -> None:
        """Put a command in. Raises OSError."""
        write_atomically(self._command(command.id), command.model_dump_json().encode(), durable=False)

    def answer_to(self, command: Command) -> Answer | None:
        """The answer to a command; None while there is none."""
        return _read(Answer, self._answer(command.id))

    def withdraw(self, command: Command) -> None:
        """Take a command out again that nobody answered."""
        self._command(command.id).unlink(missing_ok=True)

    def pending(self) -> Iterator[Command]:
        """Commands without an answer, oldest first. A duplicate of an answered one is dropped: its answer stands."""
        for path in sorted(self._commands.glob("*.json"), key=_age):
            command = _read(Command, path)
            if command is not None and self.answer_to(command) is None:
                yield command
            else:
                path.unlink(missing_ok=True)

    def answer(self, command: Command, problem: Problem | None) -> None:
        """Answer a command, and only then take it out, so that it is answered once whenever this process ends."""
        text = Answer(id=command.id, problem=problem).model_dump_json().encode()
        write_atomically(self._answer(command.id), text, durable=False)
        self.withdraw(command)

    def tidy(self, now: float) -> None:
        """Throw old answers away."""
        for path in self._answers.glob("*.json"):
            if _age(path) < now - KEEP_SECONDS:
                path.unlink(missing_ok=True)

    def _command(self, id: str) -> Path:
        return self._commands / f"{id}.json"

    def _answer(self, id: str) -> Path:
        return self._answers / f"{id}.json"


def command_for(job: str, attempt: int, action: OrderedAction, seconds: float, before: str = "") -> Command:
    """A new command that is valid for `seconds`."""
    expires = time.time() + seconds
    return Command(id=uuid.uuid4().hex, job=job, attempt=attempt, action=action, before=before, expires=expires)


def _age(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


def _read(kind: type[M], path: Path) -> M | None:
    try:
        return kind.model_validate_json(path.read_bytes(), extra=FROM_NEWER)
    except (FileNotFoundError, ValidationError):
        return None
