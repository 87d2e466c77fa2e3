"""F3, F4, F5, F6: any process of either side is killed, or the machine starts anew; jobs are told truthfully of."""

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.sync import upload
from loraferry.runs.store import RunStore
from loraferry_agent import platform
from loraferry_core.events import Failed
from loraferry_core.jobs import ENDED, JobState
from loraferry_core.problems import ProblemError
from tests.fakes.agent_process import spec_for
from tests.faults.box import (
    DEADLINE,
    SCALE,
    Home,
    Voyage,
    await_that,
    ignore,
    kill,
    make_files,
    manifest_name,
    manifest_of_files,
    ssh_sessions,
    voyage,
)
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import naive

pytestmark = pytest.mark.ssh
SIZES = (0, 1000, 40_000, 200_000)
WORDS = ("begun", "connected", "shipped", "submitted", "following", "following")
TRUTH_S = 10.0
SURVIVORS_S = 5.0
LONG = "steps=1000000 pause=0.02"


# ---- a client of its own --------------------------------------------------------------------------------------------


def journey_of(home: Home, folder: Path, name: str, seed: int = 1) -> dict[str, Any]:
    """What a client's process needs to know."""
    folder.mkdir(parents=True, exist_ok=True)
    box = home.box
    box.known  # noqa: B018 - writes the file
    spec = spec_for(name, manifest_name(manifest_of_files(make_files(seed, SIZES))))
    return {
        "address": f"ssh -p {box.relay.port} -i '{box.server.key_path}' {box.server.user}@{box.server.host}",
        "known_hosts": str(box.folder / "known_hosts"),
        "code": str(box.code),
        "home": str(home.path),
        "arguments": list(home.arguments),
        "python": home.python,
        "folder": str(folder),
        "job": spec.job,
        "spec": json.loads(spec.model_dump_json()),
        "seed": seed,
        "sizes": list(SIZES),
        "scale": SCALE,
    }


class ClientProcess:
    """A running client, and the words it has said."""

    def __init__(self, order: dict[str, Any]) -> None:
        root = Path(__file__).parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.client_process", json.dumps(order)],
            stdout=subprocess.PIPE, cwd=root, env=dict(os.environ),
        )  # fmt: skip
        self._words: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._words.put(line.decode().strip())

    def await_word(self, word: str) -> None:
        """Wait until the client is so far."""
        while word not in self.said:
            self.said.append(self._words.get(timeout=DEADLINE))

    def __enter__(self) -> "ClientProcess":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


def test_a_client_killed_at_any_moment(home: Home, tmp_path: Path) -> None:
    random, kills, journeys = Random(3), count(50, 2), count(10, 1)
    jobs = []
    for number in range(journeys):
        journey = journey_of(home, tmp_path / str(number), "steps=150 pause=0.02 size=3000000", seed=number)
        jobs.append(journey["job"])
        for trial in range(kills // journeys):
            with LEDGER.trial("F3"), ClientProcess(journey) as client:
                client.await_word(WORDS[(number + trial) % len(WORDS)])
                time.sleep(random.uniform(0, 0.5))
        with ClientProcess(journey) as client:
            client.await_word("over")
        check_journey(home, journey, tmp_path / "fresh")
    LEDGER.one_job(home, jobs)


def check_journey(home: Home, journey: dict[str, Any], scratch: Path) -> None:
    """Everything is as if nobody had been killed."""
    job, folder = journey["job"], Path(journey["folder"])
    files = make_files(journey["seed"], journey["sizes"])
    LEDGER.shipped(home, manifest_of_files(files), files)
    LEDGER.job(home, job, JobState.FINISHED)
    LEDGER.gapless(home, job)
    store = RunStore(folder / "runs.sqlite")
    LEDGER.mirror(home, store, job, scratch)
    for event in store.events(job, ["sample", "finished"]):
        LEDGER.file(folder / "files" / job / event.file.name, event.file.sha256)
    assert not list(folder.rglob("*.part*"))
    store.close()


def test_a_naive_client_that_is_killed_leaves_a_torn_file(home: Home, tmp_path: Path) -> None:
    remote, local = tmp_path / "lora.safetensors", tmp_path / "here.safetensors"
    remote.write_bytes(b"x" * 2_000_000)
    order = journey_of(home, tmp_path, "x") | {"remote": str(remote), "local": str(local)}
    home.box.relay.rate = 2_000_000
    with ClientProcess(order):
        await_that(lambda: local.exists() and local.stat().st_size > 200_000)
    home.box.relay.rate = 0
    with ClientProcess(order) as client:
        client.await_word("over")
    LEDGER.naive_fails("F3", local.read_bytes() != remote.read_bytes())


# ---- F4: what stands between ----------------------------------------------------------------------------------------


def test_serve_session_and_server_killed(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(LONG)
        home.await_state(job, JobState.RUNNING)
        for number in range(count(30, 3)):
            with LEDGER.trial("F4"):
                running.client()
                (kill_serve, kill_session, kill_server)[number % 3](home)
                home.await_steps(job)
                newest = home.events(job)[-1].seq
                await_that(lambda newest=newest: running.seen(job) >= newest)
                LEDGER.job(home, job, JobState.RUNNING)
        running.client().stop(job)
        running.await_over(job)
        LEDGER.job(home, job, JobState.STOPPED)
        LEDGER.gapless(home, job)
        LEDGER.mirror(home, running.store, job, tmp_path / "fresh")


def kill_serve(home: Home) -> None:
    await_that(home.serves)
    for pid in home.serves():
        kill(pid)


def kill_session(home: Home) -> None:
    for pid in ssh_sessions(home.box):
        kill(pid)


def kill_server(home: Home) -> None:
    home.box.kill_server()
    home.box.relay.reset()
    time.sleep(0.1)
    home.box.restart_server()


def test_a_naive_job_dies_with_its_session(home: Home, tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    with naive(home.box) as client:
        script = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid()))\nwhile True: print(flush=True); time.sleep(0.05)"
        client.client.exec_command(f"{sys.executable} -c {json.dumps(script)} {mark}".replace("\\n", "\n"))
        await_that(lambda: mark.exists() and mark.read_text())
        pid = int(mark.read_text())
        kill_session(home)
        await_that(lambda: platform.started_at(pid) is None)
    LEDGER.naive_fails("F4", platform.started_at(pid) is None)


# ---- F5: what trains ------------------------------------------------------------------------------------------------


def await_truth(running: Voyage, job: str, *states: JobState) -> None:
    """The machine tells the truth in time, and so does the mirror."""
    running.home.await_state(job, *ENDED, seconds=TRUTH_S * 6)
    LEDGER.job(running.home, job, *states)
    running.await_over(job)
    LEDGER.gapless(running.home, job)
    assert running.store.run(job).status.state in states


def test_runner_and_trainer_killed(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        for number in range(count(20, 2)):
            with LEDGER.trial("F5"):
                job = running.launch(LONG)
                home.await_steps(job)
                which = ("trainer", "runner")[number % 2]
                kill(home.trainer(job) if which == "trainer" else home.runner(job))
                await_truth(running, job, JobState.FAILED)
                reason = home.status(job).reason
                assert reason is not None
                assert reason.code == {"trainer": "trainer_killed", "runner": "runner_lost"}[which]
                assert home.processes_of_job(job) == []
                LEDGER.mirror(home, running.store, job, tmp_path / "fresh")


def test_supervisor_killed(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(LONG)
        home.await_steps(job)
        for _ in range(count(15, 1)):
            with LEDGER.trial("F5"):
                old = home.supervisor()
                kill(old)
                await_that(lambda old=old: home.supervisor() not in (0, old))
                home.await_steps(job)
                LEDGER.job(home, job, JobState.RUNNING)
        running.client().stop(job)
        await_truth(running, job, JobState.STOPPED)
        LEDGER.mirror(home, running.store, job, tmp_path / "fresh")


def test_everything_of_a_job_killed_at_once(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        for _ in range(count(8, 1)):
            with LEDGER.trial("F5"):
                job = running.launch(LONG)
                home.await_steps(job)
                for pid in [home.supervisor(), home.runner(job), *home.processes_of_job(job)]:
                    kill(pid)
                home.box.relay.reset()  # whoever comes back finds a machine without a supervisor
                await_truth(running, job, JobState.FAILED)
                LEDGER.mirror(home, running.store, job, tmp_path / "fresh")


def test_the_launcher_of_two_processes_killed(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        for _ in range(count(10, 1)):
            with LEDGER.trial("F5"):
                job = running.launch(f"{LONG} launcher")
                workers = home.job(job).path / "workers.json"
                await_that(lambda workers=workers: workers.exists() and workers.read_text(encoding="utf-8"))
                pids = json.loads(workers.read_text(encoding="utf-8"))
                assert all(platform.started_at(pid) for pid in pids)
                kill(home.trainer(job))
                await_that(lambda pids=pids: not any(map(platform.started_at, pids)), SURVIVORS_S)
                await_truth(running, job, JobState.FAILED)


def test_a_naive_launcher_leaves_its_workers(home: Home, tmp_path: Path) -> None:
    script = tmp_path / "launch.py"
    script.write_text(
        "import json, subprocess, sys, time\n"
        "work = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        "workers = [subprocess.Popen(work, start_new_session=True) for _ in range(2)]\n"
        "open(sys.argv[1], 'w').write(json.dumps([w.pid for w in workers]))\n"
        "time.sleep(600)\n",
        encoding="utf-8",
    )
    told = tmp_path / "workers"
    with naive(home.box) as client:
        launcher = int(client.run(f"nohup {sys.executable} {script} {told} >/dev/null 2>&1 & echo $!"))
        await_that(lambda: told.exists() and told.read_text(encoding="utf-8"))
        workers = json.loads(told.read_text(encoding="utf-8"))
        kill(launcher)
        await_that(lambda: platform.started_at(launcher) is None)
    survivors = [pid for pid in workers if platform.started_at(pid)]
    for pid in survivors:
        kill(pid)
    LEDGER.naive_fails("F5", bool(survivors))


# ---- F6: another machine at the same place --------------------------------------------------------------------------


def test_a_machine_that_started_anew(home: Home, tmp_path: Path) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = running.launch(f"{LONG} size=5000")
        attempts = 1
        for _ in range(count(8, 1)):
            with LEDGER.trial("F6"):
                await_that(lambda: home.job(job).checkpoints.exists() and any(home.job(job).checkpoints.iterdir()))
                home.await_steps(job)
                restart(home, job)
                home.box.relay.reset()
                await_that(lambda: len(failures(home, job)) == attempts)  # noqa: B023 - called at once
                assert failures(home, job)[-1].problem.code == "host_restarted"
                resume(running, job)
                attempts += 1
                await_that(lambda: home.status(job).state is JobState.RUNNING)
                started = [e for e in home.events(job) if e.type == "attempt_started"][-1]
                assert started.attempt == attempts
                assert started.resume_step > 0
        stop_and_compare(running, job, attempts, tmp_path / "fresh")


def stop_and_compare(running: Voyage, job: str, attempts: int, scratch: Path) -> None:
    home = running.home
    running.client().stop(job)
    home.await_state(job, JobState.STOPPED)
    LEDGER.job(home, job, JobState.STOPPED, attempts=attempts)
    LEDGER.gapless(home, job)
    newest = home.events(job)[-1].seq
    if job in running.over:  # it was lost for a moment, which is an end until somebody goes on
        del running.over[job]
        running.follow(job)
    await_that(lambda: running.seen(job) >= newest)
    LEDGER.mirror(home, running.store, job, scratch)


def failures(home: Home, job: str) -> list[Failed]:
    return [event for event in home.events(job) if isinstance(event, Failed)]


def restart(home: Home, job: str) -> None:
    """End all processes, and let the records speak of an earlier start of the machine."""
    home.end()
    record = home.job(job).runner
    changed = json.loads(record.read_text(encoding="utf-8"))
    changed["runner"]["boot"] = "an earlier one"
    record.write_text(json.dumps(changed), encoding="utf-8")


def resume(running: Voyage, job: str) -> None:
    """As a person does who sees that the machine was lost; it may go on by itself meanwhile."""
    try:
        running.client().resume(job)
    except ProblemError as error:
        assert error.problem.code in ("job_state", "link_lost"), error


def test_a_machine_that_was_wiped(home: Home, tmp_path: Path) -> None:
    files = make_files(6, SIZES)
    for _ in range(count(4, 1)):
        with LEDGER.trial("F6"):
            with home.connected() as client:
                before = client.agent_id
                upload([client], manifest_of_files(files), files, ignore, CancelToken())
                LEDGER.shipped(home, manifest_of_files(files), files)
            home.end()
            shutil.rmtree(home.path)
            with home.connected() as client:
                assert client.agent_id != before
                assert client.list_jobs() == ()
                upload([client], manifest_of_files(files), files, ignore, CancelToken())
                LEDGER.shipped(home, manifest_of_files(files), files)


def test_a_naive_client_believes_a_stale_pid(home: Home, tmp_path: Path) -> None:
    # After a restart the number is somebody else's: here the server's own.
    note = tmp_path / "train.pid"
    note.write_text(str(home.box.listener), encoding="utf-8")
    with naive(home.box) as client:
        says = client.run(f"kill -0 $(cat {note}) && echo running").strip()
    LEDGER.naive_fails("F6", says == "running")
