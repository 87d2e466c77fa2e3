"""The load of the machines: asked for while somebody looks, never twice at once, remembered across starts."""

import pytest

from loraferry.ferry.meter import meter_of
from loraferry.remote.hosts import LOCAL
from loraferry.remote.liveness import LinkState
from loraferry.viewmodels.host_load import HostLoads, short_of
from loraferry_core.host import Disk
from loraferry_core.problems import fail
from tests.fakes.machine import GUARDS, LOAD, STARTED, TIME
from tests.unit.desktop.viewmodels.conftest import Rented


def asked(rented: Rented) -> int:
    return sum(wanted == ("load",) for wanted in rented.door.kept[-1].client.wanted)


def test_nobody_is_asked_until_somebody_looks(rented: Rented) -> None:
    rented.connect()
    assert asked(rented) == 0
    rented.loads.look(True)
    assert asked(rented) == 1
    rented.loads.poll()
    assert asked(rented) == 2
    rented.loads.look(False)
    rented.hosts.disconnect_host(rented.id)
    rented.hosts.connect_host(rented.id)
    assert asked(rented) == 0


def test_a_machine_that_comes_online_while_somebody_looks_is_asked_at_once(rented: Rented) -> None:
    rented.loads.look(True)
    told: list[str] = []
    rented.loads.changed.connect(told.append)
    rented.connect()
    assert asked(rented) == 1
    assert told == [rented.id]
    reading = rented.loads.reading(rented.id)
    assert reading is not None
    assert reading.load == LOAD
    assert rented.loads.reading(LOCAL) is None
    assert f"load-{rented.id}" in rented.tasks.executors


def test_one_question_at_a_time(rented: Rented) -> None:
    client = rented.connect()
    again: list[int] = []

    def load():  # type: ignore[no-untyped-def]
        rented.loads.poll()
        again.append(1)
        return LOAD

    client.load = load  # type: ignore[method-assign]
    rented.loads.poll()
    assert again == [1]


def test_a_lost_link_is_no_failure_and_any_other_is_told_once(rented: Rented) -> None:
    client = rented.connect()
    client.refuse = fail("link_lost", host="box")
    rented.loads.poll()
    assert rented.tasks.problems == []
    client.refuse = fail("agent_failed", detail="load")
    rented.loads.poll()
    rented.loads.poll()
    assert [found.code for found in rented.tasks.problems] == ["agent_failed"]
    assert asked(rented) == 2


def test_a_late_answer_of_a_connection_that_was_left_is_dropped(rented: Rented) -> None:
    client = rented.connect()

    def load():  # type: ignore[no-untyped-def]
        rented.hosts.disconnect_host(rented.id)
        return LOAD

    client.load = load  # type: ignore[method-assign]
    rented.loads.poll()
    assert rented.loads.reading(rented.id) is None


def test_what_was_heard_outlives_the_connection_and_the_program(rented: Rented) -> None:
    rented.connect()
    rented.loads.poll()
    rented.door.kept[-1].on_link(LinkState.OFFLINE)
    rented.clock += 7
    standing = rented.loads.standing(rented.id)
    assert standing.reading is not None
    assert standing.machine_time == TIME + 7
    again = HostLoads(rented.hosts, rented.tasks, rented.store.machines, now=lambda: rented.now + 60)
    later = again.standing(rented.id)
    assert later.reading is None
    assert later.remembered == GUARDS
    assert (later.seen, later.now) == (rented.now, rented.now + 60)


def test_guards_told_by_another_answer_are_shown_at_once(rented: Rented) -> None:
    rented.connect()
    rented.loads.take_guards(rented.id, GUARDS)
    assert asked(rented) == 1
    rented.loads.take_guards(rented.id, GUARDS.replace(snoozed_until=5.0))
    reading = rented.loads.reading(rented.id)
    assert reading is not None
    assert reading.load.guards.snoozed_until == 5.0
    assert asked(rented) == 1


def test_the_meter_never_invents_a_price_or_a_start() -> None:
    assert meter_of(LOAD, 0.0, "USD").cost is None  # type: ignore[union-attr]
    meter = meter_of(LOAD, 1.5, "CNY")
    assert meter is not None
    assert (meter.seconds, meter.currency) == (TIME - STARTED, "CNY")
    assert meter.cost == pytest.approx(1.5 * (TIME - STARTED) / 3600)
    assert meter_of(LOAD.replace(guards=GUARDS.replace(started=0.0)), 1.5, "CNY") is None
    assert meter_of(LOAD.replace(guards=GUARDS.replace(started=TIME + 9)), 1.5, "CNY") is None


@pytest.mark.parametrize(
    ("disk", "short"),
    [
        (Disk(path="/", total_mb=100_000, free_mb=80_000, inodes_free=10**6), ""),
        (Disk(path="/", total_mb=100_000, free_mb=4_000, inodes_free=10**6), "space"),
        (Disk(path="/", total_mb=20_000, free_mb=2_500), ""),
        (Disk(path="/", total_mb=20_000, free_mb=1_500), "space"),
        (Disk(path="/", total_mb=100_000, free_mb=80_000, inodes_free=800), "inodes"),
        (Disk(path="/", total_mb=100_000, free_mb=80_000, inodes_free=0), ""),
    ],
)
def test_what_a_disk_is_short_of(disk: Disk, short: str) -> None:
    assert short_of(disk) == short
