"""F5: the machine runs out of memory, and the kernel kills whoever has most; the truth is told, and the rest goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry_core.jobs import JobState
from tests.fakes.control_group import ControlGroup, NoControlGroups, control_group
from tests.faults.box import Box, Home, voyage
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import naive
from tests.faults.test_kills import await_truth

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
        for number in range(1, count(6, 1) + 1):
            with LEDGER.trial("F5"):
                running.client()
                supervisor, serves = small.supervisor(), small.serves()
                job = running.launch("greedy steps=1000000")
                await_truth(running, job, JobState.FAILED)
                reason = small.status(job).reason
                assert reason is not None
                assert reason.code == "trainer_oom_killed"
                assert reason.params["limit_mb"] == LIMIT // 2**20
                assert small.processes_of_job(job) == []
                assert group.kills == ATTEMPTS * number
                assert small.serves() == serves != []
                assert supervisor in (0, small.supervisor())
                LEDGER.mirror(small, running.store, job, tmp_path / "fresh")
                after = running.launch("steps=3")
                running.await_over(after)
                LEDGER.job(small, after, JobState.FINISHED)


def test_a_naive_client_sees_only_that_it_was_killed(small: Home, group: ControlGroup, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with naive(small.box) as client:
        client.run(f"nohup {small.python} -c \"x = 'x' * {2 * LIMIT}\" > {log} 2>&1; true")
    assert group.kills == 1
    LEDGER.naive_fails("F5", "memory" not in log.read_text(encoding="utf-8").lower())
