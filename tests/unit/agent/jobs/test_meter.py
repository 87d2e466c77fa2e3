"""The guards as they are kept: files, counts, and a stop command that writes down that it was called."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent import platform
from loraferry_agent.jobs.cards import CardWatch
from loraferry_agent.jobs.guards import ANSWER_SECONDS, RETRY_SECONDS
from loraferry_agent.jobs.launch import Settings
from loraferry_agent.jobs.meter import Meter, order_call_off, order_snooze, read_settings, read_state, write_settings
from loraferry_agent.layout import Layout
from loraferry_core.guards import GuardSettings, GuardState, StopPlan
from loraferry_core.host import GpuLoad
from loraferry_core.jobs import JobState, JobStatus

DEADLINE = 60.0
WALL = 1_700_000_000.0
S = JobState
CALL = "import pathlib, sys; pathlib.Path(sys.argv[1]).open('a').write(sys.argv[2]+'\\n'); print('pod stopped'); sys.exit({})"


class Bench:
    """One machine whose clocks stand still until they are moved."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.calls = home / "calls"
        self.ticks, self.wall, self.up = 1000.0, WALL, 5000.0
        self.jobs: list[JobStatus] = []
        self.cards = CardWatch(list)
        self.paused = 0
        self.meter = self.restart()

    @property
    def layout(self) -> Layout:
        return Layout(self.home, self.home)

    def restart(self) -> Meter:
        """A new supervisor."""
        clocks = {"clock": lambda: self.wall, "ticks": lambda: self.ticks, "uptime": lambda: self.up}
        self.meter = Meter(Settings(self.home), cards=self.cards, **clocks)
        return self.meter

    def arm(self, code: int = 0, command: tuple[str, ...] | None = None, answer: str = "", **settings: Any) -> None:
        call = command or (sys.executable, "-c", CALL.format(code), str(self.calls), "$POD_NAME")
        keeps = settings.pop("keeps", (str(self.home),))
        plan = StopPlan(command=call, keeps=keeps, answer=answer)
        write_settings(self.layout, GuardSettings(armed=True, stop=plan).replace(**settings))

    def live(self, seconds: float, tick: float = 30.0) -> None:
        """Let time pass, looking now and then; a stop that was ordered ends meanwhile."""
        until = self.ticks + seconds
        while self.ticks < until:
            step = min(tick, until - self.ticks)
            self.ticks, self.wall, self.up = self.ticks + step, self.wall + step, self.up + step
            self.paused += self.meter.look(self.jobs)
            self.finish_order()

    def finish_order(self) -> None:
        give_up_at = time.monotonic() + DEADLINE
        while self.meter._order is not None and self.meter._order[1].answer() is None:
            assert time.monotonic() < give_up_at
            time.sleep(0.005)

    def called(self) -> list[str]:
        return self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []

    @property
    def state(self) -> GuardState:
        state = read_state(self.layout)
        assert state is not None
        return state


class Killed(BaseException):
    """The supervisor dies here."""


def die(*_: object) -> None:
    raise Killed


def job(state: JobState, name: str = "a") -> JobStatus:
    return JobStatus(job=name, name=f"run {name}", state=state, spec_hash="h")


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setenv("POD_NAME", "pod-7")
    return Bench(tmp_path)


def test_uploaded_then_fell_asleep(bench: Bench) -> None:
    bench.arm(idle_s=600)
    bench.live(570)
    assert bench.called() == []
    assert [(c.kind, c.alarm) for c in bench.state.countdowns] == [("idle", False)]
    assert bench.state.countdowns[0].fires_at == pytest.approx(bench.wall + 30)
    bench.live(90)
    assert bench.called() == ["pod-7"]
    fired = bench.state.fired
    assert fired is not None
    assert (fired.kind, fired.word, fired.output) == ("idle", "ordered", "pod stopped")
    bench.live(7200)
    assert bench.called() == ["pod-7"]


def test_the_vendors_answer_confirms(bench: Bench) -> None:
    bench.arm(idle_s=60, answer="stopped$")
    bench.live(120)
    assert bench.state.fired is not None
    assert bench.state.fired.word == "confirmed"


def test_all_jobs_over(bench: Bench) -> None:
    bench.arm(finished_s=300)
    bench.jobs = [job(S.FINISHED), job(S.RUNNING, "b")]
    bench.live(900)
    assert bench.called() == []
    bench.jobs = [job(S.FINISHED), job(S.FAILED, "b")]
    bench.live(290)
    assert bench.called() == []
    bench.live(60)
    assert bench.called() == ["pod-7"]
    assert bench.state.fired is not None
    assert bench.state.fired.kind == "finished"


def test_what_would_be_lost_gives_an_alarm_until_there_is_a_copy(bench: Bench) -> None:
    from tests.unit.agent.jobs.test_at_risk import OUTPUT, Finished, acknowledge, artifact, tell

    folder = bench.layout.job("a")
    (folder.path / OUTPUT).parent.mkdir(parents=True)
    (folder.path / OUTPUT).write_bytes(b"x")
    tell(folder, Finished, step=9, file=artifact(OUTPUT))
    bench.arm(finished_s=300, keeps=())
    bench.jobs = [job(S.FINISHED)]
    bench.live(86_400, tick=60)
    assert bench.called() == []
    assert bench.state.problem is not None
    assert bench.state.problem.params == {"count": 1, "names": "run a"}
    assert bench.state.countdowns[0].unsafe == ("run a",)
    acknowledge(folder, OUTPUT)
    bench.live(60)
    assert bench.called() == ["pod-7"]
    assert bench.state.problem is None


def test_the_ceiling_pauses_holds_the_queue_and_stops(bench: Bench) -> None:
    bench.arm(ceiling_cost=4.0, price_per_hour=2.0, idle_s=1e6)
    bench.up = 7150.0
    bench.jobs = [job(S.RUNNING), job(S.QUEUED, "b")]
    bench.live(30)
    assert (bench.paused, bench.meter.holds_queue) == (0, False)
    bench.live(30)
    assert (bench.paused, bench.meter.holds_queue) == (1, True)
    assert bench.called() == []
    bench.jobs = [job(S.STOPPING), job(S.QUEUED, "b")]
    bench.live(300)
    assert bench.called() == []
    bench.jobs = [job(S.PAUSED), job(S.QUEUED, "b")]
    bench.live(600)
    assert bench.called() == ["pod-7"]
    assert bench.meter.holds_queue


def test_a_ceiling_that_is_raised_lets_the_queue_go_on(bench: Bench) -> None:
    bench.arm(ceiling_s=5000, idle_s=1e6)
    bench.jobs = [job(S.QUEUED)]
    bench.live(60)
    assert (bench.called(), bench.meter.holds_queue) == (["pod-7"], True)
    bench.arm(ceiling_s=6000, idle_s=1e6)
    bench.live(30)
    assert not bench.meter.holds_queue
    bench.jobs = []
    bench.live(1200)
    assert bench.called() == ["pod-7", "pod-7"]


def test_a_refused_stop_is_tried_again_and_then_given_up(bench: Bench) -> None:
    bench.arm(code=3, idle_s=60)
    bench.live(7200, tick=5)
    assert len(bench.called()) == 5
    assert bench.state.fired is not None
    assert bench.state.fired.word == "refused"
    assert bench.state.problem is not None
    assert bench.state.problem.code == "guard_stop_refused"
    assert bench.state.problem.params == {"output": "pod stopped"}
    bench.arm(code=0, idle_s=61)
    bench.live(30, tick=5)
    assert len(bench.called()) == 6
    assert bench.state.problem is None


def test_a_name_that_is_not_set_keeps_the_command_from_running(bench: Bench) -> None:
    bench.arm(command=(sys.executable, "-c", "", "$NO_SUCH_NAME"), idle_s=60)
    bench.live(120)
    assert bench.state.fired is not None
    assert bench.state.fired.output == "$NO_SUCH_NAME is not set on this machine"


def test_not_armed_it_only_counts_down(bench: Bench) -> None:
    bench.live(86_400, tick=60)
    assert bench.called() == []
    assert not bench.meter.is_armed
    assert [c.kind for c in bench.state.countdowns] == ["idle"]
    assert bench.state.problem is None


def test_a_snooze_puts_off_and_can_be_ended(bench: Bench) -> None:
    bench.arm(idle_s=600)
    bench.live(590)
    order_snooze(bench.layout, 3600)
    bench.live(30)
    assert not bench.layout.guard_snooze.exists()
    assert bench.state.snoozed_until == pytest.approx(bench.wall + 3600, abs=31)
    bench.live(3000)
    assert bench.called() == []
    order_snooze(bench.layout, 0)
    bench.live(30)
    assert bench.called() == ["pod-7"]
    assert bench.state.snoozed_until == 0


@pytest.mark.parametrize("jump", [7200.0, -7200.0])
def test_a_clock_that_is_set_changes_nothing(bench: Bench, jump: float) -> None:
    bench.arm(idle_s=600)
    bench.live(300)
    bench.wall += jump
    bench.live(270)
    assert bench.called() == []
    bench.live(90)
    assert bench.called() == ["pod-7"]


def touch(bench: Bench) -> None:
    bench.layout.activity.touch()


def load_card(bench: Bench) -> None:
    bench.cards.load = (GpuLoad(name="x", memory_mb=1, used_mb=1, load_percent=6),)


def queue(bench: Bench) -> None:
    bench.jobs = [job(S.QUEUED)]


@pytest.mark.parametrize("goes_on", [touch, queue, load_card])
def test_whatever_goes_on_begins_a_new_count(
    bench: Bench, goes_on: Callable[[Bench], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.cards, "look", lambda every: None)
    bench.arm(idle_s=600)
    bench.live(570)
    goes_on(bench)
    bench.live(30)
    bench.jobs, bench.cards.load = [], ()
    bench.live(570)
    assert bench.called() == []
    bench.live(60)
    assert bench.called() == ["pod-7"]


def test_a_card_with_little_load_is_not_used(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.cards, "look", lambda every: None)
    bench.cards.load = (GpuLoad(name="x", memory_mb=1, used_mb=1, load_percent=5),)
    bench.arm(idle_s=600)
    bench.live(630)
    assert bench.called() == ["pod-7"]


def test_a_fetch_under_way_keeps_the_machine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    from loraferry_agent.models import orders
    from loraferry_core.models import FetchState

    monkeypatch.setattr(orders, "states", lambda layout: (FetchState(id="m", name="m", state="running"),))
    bench.arm(idle_s=60)
    bench.live(600)
    assert bench.called() == []
    monkeypatch.setattr(orders, "states", lambda layout: (FetchState(id="m", name="m", state="done"),))
    bench.live(90)
    assert bench.called() == ["pod-7"]


def test_the_count_survives_the_supervisor_but_not_the_machine(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.arm(idle_s=600)
    bench.live(570)
    bench.ticks += 7200
    bench.restart()
    bench.live(15)
    assert bench.called() == []
    bench.live(60)
    assert bench.called() == ["pod-7"]
    bench.restart()
    bench.live(3600)
    assert bench.called() == ["pod-7"]
    monkeypatch.setattr(platform, "boot_id", lambda: "another")
    bench.restart()
    bench.live(570)
    assert bench.called() == ["pod-7"]
    assert bench.state.fired is not None
    bench.live(60)
    assert bench.called() == ["pod-7", "pod-7"]


def test_the_settings_survive_and_say_since_when_the_meter_runs(bench: Bench) -> None:
    bench.arm(idle_s=700)
    assert bench.restart().is_armed
    bench.live(30)
    assert bench.state.settings == read_settings(bench.layout)
    assert bench.state.started == pytest.approx(bench.wall - bench.up)


@pytest.mark.parametrize("damage", [b"", b"\xff\x00", b"[]", b'{"armed": 7}', b'{"state": 1, "clocks": {"x": 1}}'])
def test_damaged_files_end_nobody(bench: Bench, damage: bytes) -> None:
    bench.layout.guard_state.write_bytes(damage)
    bench.layout.guards.write_bytes(damage)
    bench.layout.guard_snooze.write_bytes(damage)
    bench.restart()
    bench.live(600)
    assert not bench.meter.is_armed
    bench.arm(idle_s=60)
    bench.live(90)
    assert bench.called() == ["pod-7"]
    assert json.loads(bench.layout.guard_state.read_bytes())["boot"] == platform.boot_id()


def test_damaged_settings_are_those_that_were_kept_to(bench: Bench) -> None:
    bench.arm(idle_s=600)
    bench.live(30)
    bench.layout.guards.write_bytes(b"\x00")
    bench.live(300)
    assert bench.restart().is_armed
    bench.live(300)
    assert bench.called() == ["pod-7"]


def kill_before_the_note(bench: Bench, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Meter, "_note_order", die)


def kill_before_the_order(bench: Bench, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Meter, "_begin_order", die)


def kill_before_the_answer(bench: Bench, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Meter, "_end_order", lambda meter: die() if meter.is_stopping else None)


def kill_before_the_answer_is_noted(bench: Bench, patch: pytest.MonkeyPatch) -> None:
    write = Meter._write

    def write_no_answer(meter: Meter, uptime: float, durable: bool = False) -> None:
        if durable and meter._fired is not None and meter._fired.output:
            raise Killed
        write(meter, uptime, durable)

    patch.setattr(Meter, "_write", write_no_answer)


@pytest.mark.parametrize(
    ("kill", "soon", "called"),
    [
        (kill_before_the_note, 1, 1),
        (kill_before_the_order, 0, 1),
        (kill_before_the_answer, 1, 2),
        (kill_before_the_answer_is_noted, 1, 2),
    ],
)
def test_a_stop_without_an_answer_is_given_its_time(
    bench: Bench, kill: Callable[[Bench, pytest.MonkeyPatch], None], soon: int, called: int
) -> None:
    bench.arm(idle_s=600)
    bench.live(570)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        kill(bench, patch)
        bench.live(60)
    bench.finish_order()
    bench.restart()
    bench.live(ANSWER_SECONDS - 90)
    assert len(bench.called()) == soon
    assert bench.state.fired is not None
    assert bench.state.fired.word == "ordered"
    assert bench.state.problem is None
    bench.live(90 + RETRY_SECONDS[0] + 60)
    assert len(bench.called()) == called
    assert (bench.state.fired.word, bench.state.fired.output) == ("ordered", "pod stopped")
    bench.live(7200)
    assert len(bench.called()) == called


def test_stops_that_nobody_sees_answered_end_in_an_alarm(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.arm(idle_s=60)
    monkeypatch.setattr(Meter, "_end_order", lambda meter: None)
    for _ in range(40):
        bench.live(300)
        bench.finish_order()
        bench.restart()
    assert len(bench.called()) == 1 + len(RETRY_SECONDS)
    assert bench.state.problem is not None
    assert bench.state.problem.code == "guard_stop_refused"


def test_a_disk_that_takes_no_note_keeps_no_machine_running(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.arm(idle_s=60)
    bench.live(30)

    def refuse(*_: object, **__: object) -> None:
        raise OSError

    monkeypatch.setattr(Meter, "_write", refuse)
    with pytest.raises(OSError):
        bench.live(60)
    bench.finish_order()
    assert bench.called() == ["pod-7"]


def test_one_guard_is_called_off_until_something_goes_on_again(bench: Bench) -> None:
    bench.arm(idle_s=600, finished_s=300)
    bench.jobs = [job(S.FINISHED)]
    bench.live(60)
    order_call_off(bench.layout, "finished", True)
    bench.live(30)
    assert not bench.layout.guard_call_off.exists()
    assert [countdown.kind for countdown in bench.state.countdowns] == ["idle"]
    assert bench.state.called_off == ("finished",)
    bench.restart()
    bench.live(450)
    assert bench.called() == []
    bench.jobs = [job(S.FINISHED), job(S.RUNNING, "b")]
    bench.live(30)
    assert bench.state.called_off == ()
    bench.jobs = [job(S.FINISHED), job(S.FINISHED, "b")]
    bench.live(330)
    assert bench.called() == ["pod-7"]
    assert bench.state.fired is not None
    assert bench.state.fired.kind == "finished"


def test_a_guard_that_was_called_off_can_count_again(bench: Bench) -> None:
    bench.arm(idle_s=600)
    order_call_off(bench.layout, "idle", True)
    bench.live(900)
    assert bench.called() == []
    order_call_off(bench.layout, "idle", False)
    bench.live(30)
    assert bench.called() == ["pod-7"]


def test_a_ceiling_that_was_called_off_stays_so_until_it_is_set_anew(bench: Bench) -> None:
    bench.arm(ceiling_s=5300, idle_s=1e6)
    bench.jobs = [job(S.RUNNING)]
    order_call_off(bench.layout, "ceiling", True)
    bench.live(900)
    assert (bench.paused, bench.meter.holds_queue) == (0, False)
    bench.arm(ceiling_s=5400, idle_s=1e6)
    bench.live(30)
    assert bench.paused == 1


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"kind": "all", "off": true}', b'{"kind": "idle"}'])
def test_a_damaged_order_calls_nothing_off(bench: Bench, damage: bytes) -> None:
    bench.arm(idle_s=60)
    bench.layout.guard_call_off.write_bytes(damage)
    bench.live(120)
    assert bench.called() == ["pod-7"]


def test_each_guard_can_be_off_by_itself(bench: Bench) -> None:
    bench.arm(idle_s=600, finished_s=300, off=("idle",))
    bench.live(1200)
    assert (bench.called(), bench.state.countdowns) == ([], ())
    bench.jobs = [job(S.FINISHED)]
    bench.live(330)
    assert bench.called() == ["pod-7"]
