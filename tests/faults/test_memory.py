"""F5: the machine runs out of memory, and the kernel kills whoever has most; the truth is told, and the rest goes on.

A trainer that wants ever more never gets through, however much less it is given to do at once.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry_core.events import Adapted, Failed, Logged
from loraferry_core.jobs import JobState
from tests.fakes.control_group import ControlGroup, NoControlGroups, control_group
from tests.faults.box import Box, Home, voyage
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import naive

pytestmark = pytest.mark.ssh
LIMIT = 400 * 2**20
"""Bytes; what the agent needs, and a little for the trainer."""
ATTEMPTS = 3
"""As planned, with gradient checkpointing, and with a smaller base; the batch cannot be split."""


@pytest.fixture
def group() -> Iterator[ControlGroup]:
    try:
        with control_group(LIMIT) as made:
            yield made
    except NoControlGroups as reason:
        pytest.skip(str(reason))


@pytest.fixture
def small(calm: Box, group: ControlGroup, tmp_path: Path) -> Iterator[Home]:
    """A home all of whose processes have little memory together, as in a rented container."""
    made = calm.home("small", python=group.python(tmp_path / "bin" / "python"))
    yield made
    made.end()


def test_a_trainer_that_wants_too_much_memory(small: Home, group: ControlGroup, tmp_path: Path) -> None:
    with voyage(small, tmp_path / "laptop") as running:
        for _ in range(count(2, 1)):
            with LEDGER.trial("F5"):
                running.client()
                serves, kills = small.serves(), group.kills
                job = running.launch("greedy steps=1000000")
                small.await_state(job, JobState.FAILED)
                running.await_over(job)
                check_truth(small, job, group.kills - kills)
                assert small.processes_of_job(job) == []
                assert small.serves() == serves != []
                LEDGER.mirror(small, running.store, job, tmp_path / "fresh")
                after = running.launch("steps=3")
                running.await_over(after)
                LEDGER.job(small, after, JobState.FINISHED)


def check_truth(home: Home, job: str, kills: int) -> None:
    """Each death is told of by its name, and each but the last one led to another try with less."""
    events = home.events(job)
    told = [event.problem for event in events if isinstance(event, Logged | Failed) and event.problem]
    tries = 1 + sum(isinstance(event, Adapted) for event in events)
    assert (len(told), {problem.code for problem in told}) == (tries, {"trainer_oom_killed"})
    assert {problem.params["limit_mb"] for problem in told} == {LIMIT // 2**20}
    assert kills == tries
    assert home.status(job).reason == told[-1]
    LEDGER.job(home, job, JobState.FAILED, attempts=tries)
    LEDGER.gapless(home, job)


def test_a_naive_client_sees_only_that_it_was_killed(small: Home, group: ControlGroup, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with naive(small.box) as client:
        client.run(f"nohup {small.python} -c \"x = 'x' * {2 * LIMIT}\" > {log} 2>&1; true")
    assert group.kills == 1
    LEDGER.naive_fails("F5", "memory" not in log.read_text(encoding="utf-8").lower())
