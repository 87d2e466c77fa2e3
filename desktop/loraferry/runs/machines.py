"""What is remembered of each training machine beyond its runs: whose it was, and how its meter stood when last heard."""

from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from loraferry.runs.database import Database
from loraferry_core.config.param import Config
from loraferry_core.guards import GuardState
from loraferry_core.host import HostFacts

C = TypeVar("C", bound=Config)


@dataclass(frozen=True)
class Machine:
    """A machine by its agent's id. `host` is its id in the list of hosts, `seen` when it was last heard (seconds since
    1970 on this computer), `guards` what they said then, or None."""

    agent: str
    host: str
    label: str
    vendor: str
    seen: float
    guards: GuardState | None
    facts: HostFacts | None = None
    """What the probe found there last."""


class Machines:
    """All machines that ever were connected. They stay when the host is forgotten, because runs name them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def see(self, agent: str, *, host: str, label: str, vendor: str, now: float) -> None:
        """A machine was connected."""
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO machine (agent, host, label, vendor, seen) VALUES (?, ?, ?, ?, ?) ON CONFLICT (agent)"
                " DO UPDATE SET host = excluded.host, label = excluded.label, vendor = excluded.vendor,"
                " seen = excluded.seen",
                (agent, host, label, vendor, now),
            )

    def hear(self, agent: str, guards: GuardState, now: float) -> None:
        """Its guards told how they stand. Nothing where the machine was never seen."""
        with self._database.writing() as db:
            text = guards.model_dump_json()
            db.execute("UPDATE machine SET guards = ?, seen = ? WHERE agent = ?", (text, now, agent))

    def note_facts(self, agent: str, facts: HostFacts) -> None:
        """The probe has looked at it. Nothing where the machine was never seen."""
        with self._database.writing() as db:
            db.execute("UPDATE machine SET facts = ? WHERE agent = ?", (facts.model_dump_json(), agent))

    def get(self, agent: str) -> Machine | None:
        """One machine, or None."""
        return next((machine for machine in self.all() if machine.agent == agent), None)

    def all(self) -> list[Machine]:
        """All machines, the one heard last first."""
        with self._database.reading() as db:
            rows = db.execute("SELECT agent, host, label, vendor, seen, guards, facts FROM machine ORDER BY seen DESC")
            return [
                Machine(agent, host, label, vendor, seen, _kept(GuardState, guards), _kept(HostFacts, facts))
                for agent, host, label, vendor, seen, guards, facts in rows
            ]


def _kept(kind: type[C], text: str) -> C | None:
    """What was kept; None where there was nothing, or a newer program wrote it."""
    try:
        return kind.model_validate_json(text) if text else None
    except ValidationError:
        return None
