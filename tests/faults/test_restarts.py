"""F6: the container of a machine is killed and started anew: process 1 is another one, and nothing else runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.sync import upload
from loraferry_core.jobs import JobState
from tests.fakes.agent_process import spec_for
from tests.faults.box import (
    Box,
    Home,
    Voyage,
    await_that,
    ignore,
    make_files,
    manifest_name,
    manifest_of_files,
    remember,
    voyage,
)
from tests.faults.container import Container, containers_missing, running_container
from tests.faults.ledger import FULL, LEDGER, count
from tests.faults.naive import naive
from tests.faults.test_kills import failures, stop_and_compare

pytestmark = [pytest.mark.ssh, pytest.mark.skipif(bool(containers_missing()), reason=containers_missing())]
LONG = "steps=1000000 pause=0.02 size=5000"


@pytest.fixture
def container(calm: Box) -> Iterator[Container]:
    with running_container(calm) as running:
        yield running


def launch(running: Voyage, by_itself: bool) -> str:
    """Submit a job that goes on by itself after a restart, or does not."""
    files = make_files(6, (10, 20))
    upload([running.client()], manifest_of_files(files), files, ignore, CancelToken())
    spec = spec_for(LONG, manifest_name(manifest_of_files(files))).replace(resume_when_lost=by_itself)
    remember(running.store, spec)
    running.store.set_status(running.client().submit(spec))
    running.follow(spec.job)
    return spec.job


def restart(container: Container, home: Home) -> None:
    """Kill everything on the machine at once, then let it start."""
    container.kill()
    await_that(lambda: not home.processes())
    container.start()


def await_checkpoint(home: Home, job: str) -> None:
    kept = len([event for event in home.events(job) if event.type == "checkpoint"])
    await_that(lambda: len([event for event in home.events(job) if event.type == "checkpoint"]) > kept)


def runs_again(home: Home, job: str, attempt: int) -> bool:
    status = home.status(job)
    return (status.state, status.attempt) == (JobState.RUNNING, attempt)


@pytest.mark.parametrize("by_itself", [False, True] if FULL else [False])
def test_a_restarted_container(home: Home, container: Container, tmp_path: Path, by_itself: bool) -> None:
    with voyage(home, tmp_path / "laptop") as running:
        job = launch(running, by_itself)
        for losses in range(1, count(4, 1) + 1):
            with LEDGER.trial("F6"):
                await_checkpoint(home, job)
                restart(container, home)
                running.client()  # whoever comes starts the supervisor
                await_that(lambda: len(failures(home, job)) == losses)  # noqa: B023 - called at once
                assert failures(home, job)[-1].problem.code == "host_restarted"
                if not by_itself:
                    home.await_state(job, JobState.LOST)
                    LEDGER.job(home, job, JobState.LOST, attempts=losses)
                    await_that(lambda: running.store.run(job).status.state is JobState.LOST)
                    running.client().resume(job)
                await_that(lambda: runs_again(home, job, losses + 1))  # noqa: B023 - called at once
                started = [event for event in home.events(job) if event.type == "attempt_started"][-1]
                assert (started.attempt, started.resume_step > 0) == (losses + 1, True)
                LEDGER.job(home, job, JobState.RUNNING, attempts=losses + 1)
        stop_and_compare(running, job, losses + 1, tmp_path / "fresh")


def test_a_naive_job_is_gone_with_its_container(home: Home, container: Container, tmp_path: Path) -> None:
    note = tmp_path / "steps"
    with naive(home.box) as client:
        client.run(f"nohup sh -c 'while true; do echo x >> {note}; sleep 0.05; done' > /dev/null 2>&1 &")
        await_that(note.exists)
    restart(container, home)
    kept = note.stat().st_size
    with naive(home.box) as client:
        client.run("sleep 0.3")
    LEDGER.naive_fails("F6", note.stat().st_size == kept)
