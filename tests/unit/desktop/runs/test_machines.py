"""What is remembered of machines: it must be there after days, and whatever was written."""

import sqlite3
from pathlib import Path

from loraferry.runs.store import RunStore
from loraferry_core.guards import Fired, GuardState
from tests.fakes.door import FACTS

STATE = GuardState(started=5.0, fired=Fired(kind="idle", time=9.0, word="ordered"))


def test_a_machine_is_known_after_a_restart_with_its_last_guards(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs.sqlite")
    store.machines.hear("agent-1", STATE, 1.0)
    assert store.machines.get("agent-1") is None, "nobody has seen it yet"
    store.machines.see("agent-1", host="h1", label="Pod", vendor="runpod", now=2.0)
    store.machines.see("agent-2", host="h2", label="Other", vendor="", now=9.0)
    store.machines.hear("agent-1", STATE, 3.0)
    store.machines.note_facts("agent-1", FACTS)
    store.machines.see("agent-1", host="h1", label="My pod", vendor="vast", now=4.0)
    store.close()
    store = RunStore(tmp_path / "runs.sqlite")
    machine = store.machines.get("agent-1")
    assert machine is not None
    assert (machine.host, machine.label, machine.vendor, machine.seen) == ("h1", "My pod", "vast", 4.0)
    assert machine.guards == STATE
    assert machine.facts == FACTS
    assert [machine.agent for machine in store.machines.all()] == ["agent-2", "agent-1"]
    store.close()


def test_what_a_newer_program_wrote_counts_as_nothing(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs.sqlite")
    store.machines.see("agent-1", host="h1", label="Pod", vendor="", now=2.0)
    other = sqlite3.connect(tmp_path / "runs.sqlite")
    other.execute("UPDATE machine SET guards = ?", ('{"new": 1}',))
    other.commit()
    other.close()
    machine = store.machines.get("agent-1")
    assert machine is not None
    assert machine.guards is None
    store.close()
