"""The agent's control plane as it runs: real processes over pipes, only the trainer is a fake."""

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loraferry_agent import platform
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.layout import HOME_VARIABLE, JOB_VARIABLE, layout_of
from loraferry_core.dataset.manifest import ManifestEntry, encode, manifest_hash, manifest_of
from loraferry_core.events import TERMINAL
from loraferry_core.guards import GuardSettings, StopPlan
from loraferry_core.jobs import JobState, Restore
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import Bulk
from tests.fakes.agent_process import DEADLINE, Client, end_all, processes_of, spec_for

Connect = Callable[..., Client]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "代理 home"
    yield folder
    end_all(folder)
    assert processes_of(folder) == []


@pytest.fixture
def connect(home: Path) -> Iterator[Connect]:
    clients: list[Client] = []

    def new(*options: str, hello: bool = True) -> Client:
        client = Client(home, *options)
        clients.append(client)
        if hello:
            assert client.hello().type == "welcome"
        return client

    yield new
    for client in clients:
        client.close()


def wait(what: Callable[[], object]) -> None:
    """Wait for a state of the machine."""
    give_up_at = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


def supervisor_pid(home: Path) -> int:
    beat = read_json(home / "supervisor.json")
    return 0 if beat is None or beat["retired"] else int(beat["process"]["pid"])


def restart_machine(home: Path, job: str) -> None:
    """End all processes, and have the runner of a job be of another start of the machine."""
    end_all(home)
    record = layout_of(home).job(job).runner
    changed = json.loads(record.read_text(encoding="utf-8"))
    changed["runner"]["boot"] = "an earlier one"
    record.write_text(json.dumps(changed), encoding="utf-8")


def states(client: Client) -> dict[str, str]:
    return {status.job: status.state.value for status in client.ask(m.ListJobs()).jobs}


def runner_record(home: Path, job: str) -> dict:
    return read_json(layout_of(home).job(job).runner) or {}


# ---- the whole path -------------------------------------------------------------------------------------------------


def test_a_job_from_hello_to_the_finished_file(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=7")
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    assert client.seqs() == list(range(1, len(client.events) + 1))
    assert [event.step for event in client.events if event.type == "step"] == list(range(1, 8))
    finished = client.events[-1]
    assert finished.type == "finished"
    assert client.last_seqs[-1] == finished.seq

    answer = client.ask(m.Read(job=job, name=finished.file.name, offset=100, length=600_000, stream=9))
    block = b"".join(frame.data for frame in client.bulk)
    whole = (layout_of(home).job(job).path / finished.file.name).read_bytes()
    assert hashlib.sha256(whole).hexdigest() == finished.file.sha256
    assert (answer.length, answer.file_size) == (600_000, 700_000)
    assert block == whole[100:600_100]
    assert answer.sha256 == hashlib.sha256(block).hexdigest()
    assert max(len(frame.data) for frame in client.bulk) <= 256 * 1024
    assert client.bulk[0].offset == 100

    log = client.ask(m.ReadLog(job=job, lines=5)).text
    assert log == "fake trainer starts in red"
    assert [status.state for status in client.ask(m.ListJobs()).jobs] == [JobState.FINISHED]
    assert client.close() == 0


def test_running_is_reported_between_preparing_and_the_end(connect: Connect) -> None:
    client = connect()
    client.follow(client.submit("steps=1000 pause=0.02"))
    client.wait_for(JobState.RUNNING)
    assert client.states.index(JobState.PREPARING) < client.states.index(JobState.RUNNING)


def test_the_identity_is_the_home_s_and_stays(connect: Connect) -> None:
    first = connect(hello=False).hello()
    again = connect(hello=False).hello()
    assert first.agent_id == again.agent_id
    assert first.schema_number == 1


def test_facts_are_the_probe_s(connect: Connect, home: Path) -> None:
    facts = connect().ask(m.Facts()).facts
    assert facts.cpus >= 1
    assert Path(facts.home) == home


# ---- submitting -----------------------------------------------------------------------------------------------------


def test_the_same_job_twice_is_one_job_and_another_plan_is_refused(connect: Connect) -> None:
    client = connect()
    manifest = client.ferry({"a.png": b"one"})
    spec = spec_for("steps=3", manifest)
    first = client.ask(m.Submit(spec=spec))
    client.follow(spec.job)
    client.wait_for(JobState.FINISHED)
    again = connect().ask(m.Submit(spec=spec))
    assert again.status.created == first.status.created
    assert len(client.ask(m.ListJobs()).jobs) == 1
    other = client.ask(m.Submit(spec=spec.replace(name="steps=4")))
    assert other.problem.code == "job_conflict"


def test_a_plan_without_its_pictures_is_refused(connect: Connect) -> None:
    client = connect()
    assert client.ask(m.Submit(spec=spec_for("x", "0" * 64))).problem.code == "manifest_unknown"
    assert client.ask(m.Submit(spec=spec_for("x", ""))).problem.code == "no_images_approved"


def test_jobs_run_one_after_the_other_in_their_order(connect: Connect) -> None:
    client = connect()
    jobs = [client.submit(f"steps={n}") for n in (6, 5, 4)]
    for job in jobs:
        client.states.clear()
        client.follow(job)
        client.wait_for(JobState.FINISHED)
    spans = [[e for e in client.events if e.type in ("attempt_started", "finished")][i : i + 2] for i in (0, 2, 4)]
    times = [event.time for span in spans for event in span]
    assert times == sorted(times)


def test_orders_to_unknown_jobs_are_refused(connect: Connect) -> None:
    client = connect()
    for request in (m.Stop(job="x"), m.Resume(job="x"), m.Subscribe(job="x"), m.ReadLog(job="x")):
        assert client.ask(request).problem.code == "job_unknown"


# ---- what may die ---------------------------------------------------------------------------------------------------


def test_serve_killed_in_mid_training_loses_and_doubles_nothing(connect: Connect) -> None:
    first = connect()
    job = first.submit("steps=60 pause=0.02")
    first.follow(job)
    first.pump_until(lambda: len(first.events) > 10)
    first.kill()
    second = connect()
    second.follow(job, after_seq=first.events[-1].seq)
    second.wait_for(JobState.FINISHED)
    seqs = first.seqs() + second.seqs()
    assert seqs == list(range(1, len(seqs) + 1))
    assert [e.step for e in first.events + second.events if e.type == "step"] == list(range(1, 61))
    assert sum(e.type == "attempt_started" for e in first.events + second.events) == 1


def test_a_killed_supervisor_is_brought_back_by_the_runner_and_adopts_the_job(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=150 pause=0.02")
    client.follow(job)
    client.wait_for(JobState.RUNNING)
    # Without a connection, so that only the runner can do it.
    client.kill()
    old = supervisor_pid(home)
    runner = runner_record(home, job)["runner"]
    platform.kill(old)
    wait(lambda: supervisor_pid(home) not in (0, old))
    client = connect()
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    assert runner_record(home, job)["runner"] == runner
    assert client.ask(m.ListJobs()).jobs[0].attempt == 1


def test_a_killed_runner_takes_the_trainer_along_and_the_job_can_go_on(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=300 pause=0.02")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "checkpoint" for e in client.events))
    platform.kill(runner_record(home, job)["runner"]["pid"])
    client.wait_for(JobState.FAILED)
    assert client.events[-1].type == "failed"
    assert client.events[-1].problem.code == "runner_lost"
    assert platform.tagged_processes(JOB_VARIABLE, job) == []
    assert client.ask(m.Resume(job=job)).status.state is not JobState.FAILED
    client.pump_until(lambda: client.events[-1].attempt == 2)
    started = next(e for e in client.events if e.type == "attempt_started" and e.attempt == 2)
    assert started.resume_step >= 5
    client.ask(m.Stop(job=job))
    client.wait_for(JobState.STOPPED)
    assert client.seqs() == list(range(1, len(client.events) + 1))


def test_another_boot_makes_the_job_lost_and_resumable(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=400 pause=0.02", resume_when_lost=False)
    client.follow(job)
    client.pump_until(lambda: any(e.type == "checkpoint" for e in client.events))
    client.kill()
    restart_machine(home, job)
    client = connect()
    client.follow(job)
    client.wait_for(JobState.LOST)
    assert client.events[-1].problem.code == "host_restarted"
    assert client.ask(m.Resume(job=job)).status.state is not JobState.LOST
    client.wait_for(JobState.RUNNING)
    client.ask(m.Stop(job=job, now=True))
    client.wait_for(JobState.STOPPED)


@pytest.mark.parametrize(
    ("name", "code", "params"),
    [
        ("sigkill", "trainer_killed", {"signal": "SIGKILL"}),
        ("crash", "trainer_crashed", {"exit_code": 1}),
        ("silent_end", "trainer_crashed", {"exit_code": 0}),
        ("failed", "loss_not_finite", {"step": 2}),
    ],
)
def test_each_death_is_told_truthfully(connect: Connect, name: str, code: str, params: dict) -> None:
    client = connect()
    job = client.submit(name)
    client.follow(job)
    client.wait_for(JobState.FAILED)
    last = client.events[-1]
    assert last.problem.code == code
    assert params.items() <= last.problem.params.items()
    assert sum(isinstance(event, TERMINAL) for event in client.events) == 1
    assert client.ask(m.ListJobs()).jobs[0].reason == last.problem
    if name == "crash":
        assert last.problem.params["tail"].endswith("RuntimeError: planted crash")
    if name == "sigkill":
        assert last.problem.params["tail"].endswith("about to die")


def test_a_trainer_that_aborts_comes_back_one_rung_up_from_its_last_checkpoint(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=10 abort=2", resume_when_lost=False)
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    events = client.events
    assert [e.rung for e in events if e.type == "adapted"] == ["checkpointing", "quantise"]
    assert [(e.attempt, e.resume_step) for e in events if e.type == "attempt_started"] == [(1, 0), (2, 5), (3, 5)]
    assert [e.problem.code for e in events if e.type == "log"] == ["trainer_killed"] * 2
    assert sum(isinstance(event, TERMINAL) for event in events) == 1
    assert client.seqs() == list(range(1, len(events) + 1))
    assert JobState.FAILED not in client.states


def test_a_trainer_that_aborts_however_little_it_takes_has_failed(connect: Connect) -> None:
    client = connect()
    job = client.submit("steps=10 abort=3")
    client.follow(job)
    client.wait_for(JobState.FAILED)
    assert client.events[-1].problem.params["signal"] == "SIGABRT"
    assert client.events[-1].attempt == 3


def test_workers_left_behind_are_ended(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("orphan")
    client.follow(job)
    client.wait_for(JobState.FAILED)
    worker = json.loads((layout_of(home).job(job).path / "worker.json").read_text(encoding="utf-8"))
    assert platform.started_at(worker) is None


# ---- stopping -------------------------------------------------------------------------------------------------------


def test_a_graceful_stop_leaves_a_checkpoint_and_resume_goes_on_from_it(connect: Connect) -> None:
    client = connect()
    job = client.submit("steps=60 pause=0.02")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "step" for e in client.events))
    assert client.ask(m.Stop(job=job)).status.state in (JobState.STOPPING, JobState.STOPPED)
    client.wait_for(JobState.STOPPED)
    stopped = client.events[-1]
    assert stopped.type == "stopped"
    assert stopped.file is not None
    assert client.ask(m.Stop(job=job)).status.state is JobState.STOPPED
    client.ask(m.Resume(job=job))
    client.wait_for(JobState.FINISHED)
    started = [e for e in client.events if e.type == "attempt_started"]
    assert [e.resume_step for e in started] == [0, stopped.step]
    assert client.seqs() == list(range(1, len(client.events) + 1))
    assert client.ask(m.Resume(job=job)).problem.code == "job_state"
    assert client.ask(m.Stop(job=job)).problem.params["state"] == "finished"


def test_stop_now_kills_what_does_not_listen(connect: Connect) -> None:
    client = connect()
    job = client.submit("hang")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "step" and e.step == 2 for e in client.events))
    client.ask(m.Stop(job=job, now=True))
    client.wait_for(JobState.STOPPED)
    assert client.events[-1].type == "stopped"
    assert client.events[-1].step == 2
    # The runner itself ends a moment after it wrote down the end of the others.
    wait(lambda: platform.tagged_processes(JOB_VARIABLE, job) == [])


def test_a_stop_that_is_not_heeded_is_enforced(connect: Connect) -> None:
    client = connect("--stop-seconds=0.3", "--kill-seconds=0.3")
    job = client.submit("hang")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "step" and e.step == 2 for e in client.events))
    client.ask(m.Stop(job=job))
    client.wait_for(JobState.STOPPED)
    assert client.events[-1].type == "stopped"


def test_a_queued_job_is_stopped_without_ever_running(connect: Connect) -> None:
    client = connect()
    first = client.submit("steps=1000 pause=0.02")
    second = client.submit("steps=5")
    client.follow(second)
    client.ask(m.Stop(job=second))
    client.wait_for(JobState.STOPPED)
    assert [event.type for event in client.events] == ["stopped"]
    client.ask(m.Stop(job=first, now=True))
    client.ask(m.Resume(job=second))
    client.wait_for(JobState.FINISHED)
    assert client.seqs() == list(range(1, len(client.events) + 1))


# ---- the queue -------------------------------------------------------------------------------------------------------


def test_held_jobs_wait_and_the_queue_can_be_put_in_order(connect: Connect) -> None:
    client = connect()
    running = client.submit("steps=2000 pause=0.02")
    client.follow(running)
    client.wait_for(JobState.RUNNING)
    a, b, held = client.submit("steps=3"), client.submit("steps=3"), client.submit("steps=3", held=True)
    queue = client.ask(m.Reorder(job=held, before=a)).jobs
    assert [(status.job, status.state) for status in queue] == [
        (held, JobState.HELD), (a, JobState.QUEUED), (b, JobState.QUEUED),
    ]  # fmt: skip
    assert [status.job for status in client.ask(m.Reorder(job=a)).jobs] == [held, b, a]
    assert [status.job for status in client.ask(m.Reorder(job=a)).jobs] == [held, b, a]
    assert client.ask(m.Reorder(job=running)).problem.code == "job_state"
    assert client.ask(m.Reorder(job=a, before="nobody")).problem.code == "job_unknown"
    for _ in range(2):
        assert client.ask(m.Order(job=b, action="hold")).status.state is JobState.HELD
    assert client.ask(m.Order(job=running, action="hold")).problem.code == "job_state"
    client.ask(m.Stop(job=running, now=True))
    client.follow(a)
    client.wait_for(JobState.FINISHED)
    assert (states(client)[b], states(client)[held]) == ("held", "held")
    client.states.clear()
    client.ask(m.Order(job=held, action="release"))
    client.follow(held)
    client.wait_for(JobState.FINISHED)
    assert client.ask(m.Stop(job=b)).status.state is JobState.STOPPED


# ---- pause, save, sample ---------------------------------------------------------------------------------------------


def test_a_pause_gives_the_card_free_and_resume_goes_on_in_front(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=120 pause=0.02")
    client.follow(job)
    client.wait_for(JobState.RUNNING)
    for _ in range(2):
        assert client.ask(m.Order(job=job, action="pause")).status.state in (JobState.STOPPING, JobState.PAUSED)
    client.wait_for(JobState.PAUSED)
    assert client.states[-2:] == [JobState.STOPPING, JobState.PAUSED] or client.states[-1] is JobState.PAUSED
    client.pump_until(lambda: client.events[-1].type == "stopped")
    stopped = client.events[-1]
    assert client.events[-2].type == "checkpoint"
    assert [file.name for file in client.events[-2].files] == [client.events[-2].file.name]
    assert client.ask(m.Order(job=job, action="pause")).status.state is JobState.PAUSED
    wait(lambda: platform.tagged_processes(JOB_VARIABLE, job) == [])

    other = client.submit("steps=2000 pause=0.02")
    waiting = client.submit("steps=3")
    wait(lambda: states(client)[other] == "running")
    assert client.ask(m.Resume(job=job)).status.state is JobState.QUEUED
    assert client.ask(m.Resume(job=job)).status.state is JobState.QUEUED
    client.ask(m.Stop(job=other, now=True))
    client.wait_for(JobState.FINISHED)
    assert [e.resume_step for e in client.events if e.type == "attempt_started"] == [0, stopped.step]
    assert client.seqs() == list(range(1, len(client.events) + 1))
    wait(lambda: states(client)[waiting] == "finished")
    finished = {name: layout_of(home).job(name).events.stat().st_mtime_ns for name in (job, waiting)}
    assert finished[job] < finished[waiting]


def test_a_stop_after_all_ends_what_was_being_paused(connect: Connect) -> None:
    client = connect("--stop-seconds=0.3", "--kill-seconds=0.3")
    job = client.submit("hang")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "step" and e.step == 2 for e in client.events))
    client.ask(m.Order(job=job, action="pause"))
    client.ask(m.Stop(job=job))
    client.wait_for(JobState.STOPPED)


def test_a_paused_job_that_does_not_listen_is_paused_all_the_same(connect: Connect) -> None:
    client = connect("--stop-seconds=0.3", "--kill-seconds=0.3")
    job = client.submit("hang")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "step" and e.step == 2 for e in client.events))
    client.ask(m.Order(job=job, action="pause"))
    client.wait_for(JobState.PAUSED)
    assert client.ask(m.Stop(job=job)).status.state is JobState.STOPPED


def test_checkpoints_and_pictures_on_wish(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=2000 pause=0.02")
    assert client.ask(m.Order(job="x", action="save")).problem.code == "job_unknown"
    client.follow(job)
    client.wait_for(JobState.RUNNING)
    folder = layout_of(home).job(job)
    for action, kind, request in (
        ("save", "checkpoint", folder.save_request),
        ("sample", "sample", folder.sample_request),
    ):
        before = client.events[-1].seq
        for _ in range(2):
            assert client.ask(m.Order(job=job, action=action)).status.state is JobState.RUNNING
        client.pump_until(
            lambda before=before, kind=kind: (
                any(e.type == kind and e.seq > before and e.step % 5 for e in client.events)
                or sum(e.type == kind and e.seq > before for e in client.events) > 1
            )
        )
        wait(lambda request=request: not request.exists())
    client.ask(m.Stop(job=job, now=True))
    client.wait_for(JobState.STOPPED)
    assert client.ask(m.Order(job=job, action="save")).problem.code == "job_state"


# ---- lost and restored -----------------------------------------------------------------------------------------------


def test_a_lost_job_goes_on_by_itself_before_those_that_waited(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=90 pause=0.02")
    waiting = client.submit("steps=3")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "checkpoint" for e in client.events))
    client.kill()
    restart_machine(home, job)
    client = connect()
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    ends = [e.problem.code for e in client.events if e.type == "failed"]
    assert ends == ["host_restarted"]
    started = [e for e in client.events if e.type == "attempt_started"]
    assert len(started) == 2
    assert started[1].resume_step >= 5
    assert client.seqs() == list(range(1, len(client.events) + 1))
    wait(lambda: states(client)[waiting] == "finished")
    times = [layout_of(home).job(name).events.stat().st_mtime_ns for name in (job, waiting)]
    assert times == sorted(times)


def test_a_job_that_is_lost_again_and_again_is_left_alone(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("hang")
    for attempt in (1, 2, 3):
        wait(
            lambda attempt=attempt: (
                "trainer" in runner_record(home, job) and runner_record(home, job)["attempt"] == attempt
            )
        )
        client.kill()
        restart_machine(home, job)
        client = connect()
    client.follow(job)
    client.wait_for(JobState.LOST)
    # Whatever else starts would have had to wait for it, had it been queued again.
    other = client.submit("steps=3")
    wait(lambda: states(client)[other] == "finished")
    assert states(client)[job] == "lost"
    assert client.ask(m.Resume(job=job)).status.state is not JobState.LOST


def test_a_job_that_was_to_stop_when_the_machine_went_down_stays_lost(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("hang")
    client.follow(job)
    client.pump_until(lambda: any(e.type == "step" and e.step == 2 for e in client.events))
    client.ask(m.Stop(job=job))
    client.kill()
    restart_machine(home, job)
    client = connect()
    client.follow(job)
    client.wait_for(JobState.LOST)
    client.submit("steps=3")
    wait(lambda: sorted(states(client).values()) == ["finished", "lost"])


def test_a_job_goes_on_where_it_ended_on_another_machine(connect: Connect, home: Path) -> None:
    client = connect()
    tree = client.ferry({"lora.safetensors": b"adapter"}, kind="tree")
    spec = spec_for("steps=20", client.ferry({"a.png": b"one"}))
    restore = Restore(manifest=tree, step=15, after_seq=40, attempt=2)
    missing = client.ask(m.Submit(spec=spec, restore=restore.replace(manifest="0" * 64)))
    assert missing.problem.code == "manifest_unknown"
    assert states(client) == {}
    assert client.ask(m.Submit(spec=spec, restore=restore, held=True)).status.state is JobState.HELD
    assert client.ask(m.Submit(spec=spec, restore=restore)).status.attempt == 2
    client.follow(spec.job, after_seq=40)
    client.ask(m.Order(job=spec.job, action="release"))
    client.wait_for(JobState.FINISHED)
    assert client.seqs() == list(range(41, 41 + len(client.events)))
    assert {event.attempt for event in client.events} == {3}
    started = next(e for e in client.events if e.type == "attempt_started")
    assert started.resume_step == 15


# ---- damage ----------------------------------------------------------------------------------------------------------


def test_a_damaged_state_ends_neither_the_job_nor_who_follows_it(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=150 pause=0.02")
    client.follow(job)
    client.wait_for(JobState.RUNNING)
    state = layout_of(home).job(job).state
    state.write_bytes(state.read_bytes()[:40])
    wait(lambda: states(client) == {job: "running"})
    client.kill()
    end_all(home)
    state.write_bytes(b"")
    client = connect()
    client.pump_until(lambda: states(client) != {})
    client.follow(job)
    client.wait_for(JobState.FAILED)
    assert client.events[-1].problem.code == "runner_lost"
    assert client.seqs() == list(range(1, len(client.events) + 1))


def test_damaged_events_end_nobody_and_the_numbers_stay_gapless(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=60 pause=0.02")
    client.follow(job)
    client.pump_until(lambda: len(client.events) > 10)
    client.ask(m.Stop(job=job))
    client.wait_for(JobState.STOPPED)
    events = layout_of(home).job(job).events
    lines = events.read_bytes().splitlines(keepends=True)
    lines[4] = b"\x00" * 30 + b"\n"
    lines[-1] = b'{"seq":' + b"\xff" * 20 + b"\n"
    events.write_bytes(b"".join(lines) + b'{"torn')
    known = client.events[-1].seq
    late = connect()
    late.follow(job)
    late.ask(m.Resume(job=job))
    late.wait_for(JobState.FINISHED)
    client.wait_for(JobState.FINISHED)
    for each, first in ((late, 1), (client, 1)):
        assert each.seqs() == list(range(first, first + len(each.events)))
    assert [e.seq for e in late.events if e.type == "log"] == [5, known]
    assert (events.parent / "events.damaged").read_bytes().startswith(lines[-1])


# ---- the machine and its guards --------------------------------------------------------------------------------------


def stop_plan(home: Path, code: int = 0, **plan: object) -> StopPlan:
    """A vendor's command that only notes that it was called."""
    script = "import pathlib, sys; pathlib.Path(sys.argv[1], 'called').open('a').write('x'); print('stopped')"
    command = (sys.executable, "-c", f"{script}; sys.exit({code})", f"${HOME_VARIABLE}")
    return StopPlan.model_validate({"command": command, "keeps": (str(home),), **plan})


def test_load_tells_what_the_machine_does(connect: Connect) -> None:
    client = connect()
    load = client.ask(m.Load()).load
    assert load.memory_mb > 0
    assert load.memory_used_mb > 0
    assert load.disks
    assert load.guards.settings == GuardSettings()
    assert 0 < load.guards.started <= load.time


def test_an_acknowledged_lora_lets_the_machine_stop(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=3")
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    lora = client.events[-1].file
    plan = stop_plan(home, keeps=(), answer="stopped")
    state = client.ask(m.SetGuards(settings=GuardSettings(armed=True, stop=plan, finished_s=0))).guards
    assert state.settings.armed
    client.pump_until(lambda: client.ask(m.Load()).load.guards.problem is not None)
    alarm = client.ask(m.Load()).load.guards
    assert alarm.problem is not None
    assert alarm.problem.code == "guard_would_lose"
    assert alarm.countdowns[0].unsafe == ("steps=3",)
    assert client.ask(m.Acknowledge(job=job, name=lora.name, sha256="0" * 64)).problem.code == "artifact_corrupt"
    assert client.ask(m.Acknowledge(job=job, name="../x", sha256="0" * 64)).problem.code == "name_unsafe"
    assert not (home / "called").exists()
    assert client.ask(m.Acknowledge(job=job, name=lora.name, sha256=lora.sha256)).type == "done"
    client.pump_until(lambda: (fired := client.ask(m.Load()).load.guards.fired) is not None and bool(fired.output))
    guards = client.ask(m.Load()).load.guards
    assert (guards.fired.kind, guards.fired.word, guards.fired.output) == ("finished", "confirmed", "stopped")
    assert guards.problem is None
    assert (home / "called").read_text(encoding="ascii") == "x"


def test_guards_whose_supervisor_died_get_another_while_somebody_is_connected(connect: Connect, home: Path) -> None:
    client = connect()
    client.ask(m.SetGuards(settings=GuardSettings(armed=True)))
    wait(lambda: supervisor_pid(home))
    first = supervisor_pid(home)
    platform.kill(first)
    client.pump_until(lambda: supervisor_pid(home) not in (0, first))
    client.ask(m.SetGuards(settings=GuardSettings()))


def test_armed_guards_stay_without_the_laptop_and_come_back_with_it(connect: Connect, home: Path) -> None:
    client = connect("--idle-seconds=0.2")
    client.ask(m.SetGuards(settings=GuardSettings(armed=True, stop=stop_plan(home))))
    snoozed = client.ask(m.SnoozeGuards(seconds=3600)).guards
    assert snoozed.snoozed_until > time.time() + 3500
    client.kill()
    first = supervisor_pid(home)
    beats = [0.0]

    def has_beaten() -> bool:
        beat = read_json(home / "supervisor.json") or {}
        beats.append(beat["time"])
        return len(set(beats)) > 4

    wait(has_beaten)
    assert supervisor_pid(home) == first
    end_all(home)
    again = connect("--idle-seconds=0.2")
    wait(lambda: supervisor_pid(home) not in (0, first))
    assert again.ask(m.Load()).load.guards.snoozed_until > time.time() + 3000
    assert again.ask(m.SnoozeGuards(seconds=0)).guards.snoozed_until == 0
    assert again.ask(m.CallOffGuard(kind="idle")).guards.called_off == ("idle",)
    assert again.ask(m.CallOffGuard(kind="idle", off=False)).guards.called_off == ()
    disarmed = again.ask(m.SetGuards(settings=GuardSettings())).guards
    assert not disarmed.settings.armed
    wait(lambda: not supervisor_pid(home))


def test_at_the_ceiling_the_run_is_paused_the_queue_held_and_the_machine_stopped(connect: Connect, home: Path) -> None:
    client = connect()
    job = client.submit("steps=5000 pause=0.02")
    waiting = client.submit("steps=3")
    client.follow(job)
    client.wait_for(JobState.RUNNING)
    client.ask(m.SetGuards(settings=GuardSettings(armed=True, stop=stop_plan(home), ceiling_s=0.1)))
    client.wait_for(JobState.PAUSED)
    client.pump_until(lambda: client.events[-1].type == "stopped")
    client.pump_until(lambda: (fired := client.ask(m.Load()).load.guards.fired) is not None and bool(fired.output))
    fired = client.ask(m.Load()).load.guards.fired
    assert (fired.kind, fired.word) == ("ceiling", "ordered")
    jobs = {status.job: status for status in client.ask(m.ListJobs()).jobs}
    assert jobs[job].reason.code == "guard_paused"
    assert jobs[waiting].state is JobState.QUEUED
    client.ask(m.SetGuards(settings=GuardSettings(armed=True, stop=stop_plan(home))))
    client.states.clear()
    client.follow(waiting)
    client.wait_for(JobState.FINISHED)
    assert (home / "called").read_text(encoding="ascii") == "x"


# ---- blobs ----------------------------------------------------------------------------------------------------------


def test_a_corrupt_blob_is_refused_and_leaves_nothing(connect: Connect, home: Path) -> None:
    client = connect()
    wrong = client.put(b"tampered", sha256=hashlib.sha256(b"original").hexdigest())
    assert wrong.problem.code == "blob_corrupt"
    assert [path for path in layout_of(home).blobs.rglob("*") if path.is_file()] == []
    assert client.put(b"original").type == "stored"


def test_a_torn_upload_goes_on_where_it_was(connect: Connect, home: Path) -> None:
    data = os.urandom(300_000)
    sha256 = hashlib.sha256(data).hexdigest()
    manifest = manifest_of([ManifestEntry(name="a.png", size=len(data), sha256=sha256)])
    first = connect()
    first.put(encode(manifest))
    first.session.request(m.Ping())
    number = first.send(m.Put(stream=7, sha256=sha256, size=len(data)))
    first.write(first.session.bulk(Bulk(7, 0, data[:100_000])))
    assert number not in first.replies
    wait(lambda: sum(path.stat().st_size for path in layout_of(home).blobs.rglob("*.part")) == 100_000)
    first.kill()

    second = connect()
    missing = second.ask(m.Have(manifest=manifest_hash(manifest)))
    assert missing.indexes == (0,)
    assert missing.partial == {0: 100_000}
    stored = second.put(data, offset=100_000)
    assert stored.type == "stored"
    assert stored.received == 200_000
    assert second.ask(m.Have(manifest=manifest_hash(manifest))).indexes == ()
    assert list(layout_of(home).blobs.rglob("*.part")) == []


def test_two_connections_sending_the_same_blob_do_not_harm_each_other(connect: Connect, home: Path) -> None:
    data = os.urandom(200_000)
    sha256 = hashlib.sha256(data).hexdigest()
    one, two = connect(), connect()
    numbers = [client.send(m.Put(stream=1, sha256=sha256, size=len(data))) for client in (one, two)]
    for start in range(0, len(data), 50_000):
        for client in (one, two):
            client.write(client.session.bulk(Bulk(1, start, data[start : start + 50_000])))
    assert [c.answer_to(n).type for c, n in zip((one, two), numbers, strict=True)] == ["stored", "stored"]
    files = [path for path in layout_of(home).blobs.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [data]


def test_a_tree_is_laid_out_and_an_unsafe_one_refused(connect: Connect, home: Path) -> None:
    client = connect()
    files = {"unet/model.safetensors": b"weights", "model_index.json": b"{}"}
    tree = client.ferry(files, kind="tree")
    folder = layout_of(home).trees / tree
    assert {name: (folder / name).read_bytes() for name in files} == files
    entry = ManifestEntry(name="../evil", size=2, sha256=hashlib.sha256(b"{}").hexdigest())
    unsafe = manifest_of([entry])
    client.put(encode(unsafe))
    refused = client.ask(m.Commit(manifest=manifest_hash(unsafe), kind="tree"))
    assert refused.problem.code == "name_unsafe"
    assert client.ask(m.Commit(manifest=manifest_hash(unsafe))).type == "committed"


def test_a_commit_without_all_blobs_is_refused(connect: Connect) -> None:
    client = connect()
    manifest = manifest_of([ManifestEntry(name="a", size=3, sha256="a" * 64)])
    assert client.ask(m.Commit(manifest=manifest_hash(manifest))).problem.code == "manifest_unknown"
    client.put(encode(manifest))
    assert client.ask(m.Commit(manifest=manifest_hash(manifest))).problem.code == "blobs_missing"


@pytest.mark.parametrize("name", ["../state.json", "spec.json", "/etc/passwd", "samples/../../x", "samples/link.png"])
def test_only_artifacts_can_be_read(connect: Connect, home: Path, name: str) -> None:
    client = connect()
    job = client.submit("steps=5")
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    folder = layout_of(home).job(job)
    (folder.samples / "link.png").symlink_to(folder.spec)
    answer = client.ask(m.Read(job=job, name=name, offset=0, length=10, stream=1))
    assert answer.problem.code == "name_unsafe"
    missing = client.ask(m.Read(job=job, name="samples/none.png", offset=0, length=10, stream=1))
    assert missing.problem.code == "artifact_unknown"


# ---- the conversation -----------------------------------------------------------------------------------------------


def test_a_ping_overtakes_a_long_replay_and_a_long_read(connect: Connect) -> None:
    client = connect()
    job = client.submit("chatty")
    client.follow(job)
    client.wait_for(JobState.FINISHED)
    late = connect()
    late.follow(job)
    read = late.send(m.Read(job=job, name="output/lora.safetensors", offset=0, length=700_000, stream=1))
    pong = late.send(m.Ping())
    assert late.answer_to(pong).type == "pong"
    assert len(late.events) < 20_000
    late.pump_until(lambda: len(late.events) == len(client.events))
    assert late.seqs() == list(range(1, len(late.events) + 1))
    assert late.answer_to(read).length == 700_000
    assert set(late.last_seqs) == {late.events[-1].seq}


def test_another_protocol_is_refused(connect: Connect) -> None:
    client = connect(hello=False)
    client.pump_until(lambda: client.session.agent_protocol != 0)
    answer = client.ask(m.Hello(protocol=99, product="future"))
    assert answer.problem.params == {"theirs": 1, "ours": 99}


def test_a_home_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    client = Client(tmp_path / "file" / "home")
    answer = client.hello()
    assert answer.problem.code == "home_unwritable"
    client.close()


def test_silence_and_nonsense_end_the_server_only(connect: Connect) -> None:
    silent = connect("--silence-seconds=0.5")
    assert silent.process.wait(DEADLINE) == 3
    talking = connect()
    talking.write(b'{"type": "unheard_of"}\n')
    assert talking.process.wait(DEADLINE) == 2
    assert "not a message" in talking.stderr()
    stray = connect()
    stray.write(stray.session.bulk(Bulk(77, 0, b"x")))
    stray.send(m.Ping())
    stray_status = stray.process.poll
    wait(lambda: stray_status() is not None or not stray.send(m.Ping()))
    assert stray.process.wait(DEADLINE) == 2


def test_an_idle_supervisor_ends_and_a_new_job_brings_one_back(connect: Connect, home: Path) -> None:
    client = connect("--idle-seconds=0.2")
    wait(lambda: supervisor_pid(home))
    wait(lambda: not supervisor_pid(home))
    client.follow(client.submit("steps=3"))
    client.wait_for(JobState.FINISHED)


def test_a_supervisor_whose_home_was_removed_ends(connect: Connect, home: Path) -> None:
    client = connect()
    wait(lambda: supervisor_pid(home))
    client.kill()
    shutil.rmtree(home)
    wait(lambda: processes_of(home) == [])
