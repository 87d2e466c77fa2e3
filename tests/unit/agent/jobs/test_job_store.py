"""Jobs as folders."""

import threading
from pathlib import Path

import pytest

from loraferry_agent.jobs.store import JobStore
from loraferry_agent.layout import Layout
from loraferry_core.config.train import TrainConfig
from loraferry_core.jobs import JobSpec, JobState
from loraferry_core.problems import ProblemError

ID = "00000000-0000-4000-8000-00000000000{}"


def spec(number: int, name: str = "cat") -> JobSpec:
    return JobSpec(job=ID.format(number), name=name, config=TrainConfig())


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(Layout(tmp_path, tmp_path / "work"))


def test_a_submitted_job_waits_and_keeps_its_plan(store: JobStore) -> None:
    status = store.submit(spec(1), now=5.0)
    assert (status.state, status.attempt, status.created) == (JobState.QUEUED, 0, 5.0)
    assert store.status(ID.format(1)) == status
    assert store.spec(ID.format(1)) == spec(1)


def test_again_is_the_same_job_and_another_plan_a_conflict(store: JobStore) -> None:
    first = store.submit(spec(1), now=5.0)
    assert store.submit(spec(1), now=6.0) == first
    with pytest.raises(ProblemError, match="job_conflict"):
        store.submit(spec(1, "dog"), now=6.0)


def test_of_many_submissions_at_once_one_makes_the_job(store: JobStore, tmp_path: Path) -> None:
    times: list[float] = []
    threads = [threading.Thread(target=lambda n=n: times.append(store.submit(spec(1), n).created)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == 8
    assert len(set(times)) == 1
    assert [path.name for path in (tmp_path / "work" / "jobs").iterdir()] == [ID.format(1)]


def test_the_list_is_by_age_and_a_new_state_is_read_back(store: JobStore) -> None:
    store.submit(spec(2), now=1.0)
    first = store.submit(spec(1), now=2.0)
    store.write(first.moved(JobState.PREPARING, now=3.0))
    assert [(s.job, s.state, s.attempt) for s in store.list()] == [
        (ID.format(2), JobState.QUEUED, 0),
        (ID.format(1), JobState.PREPARING, 1),
    ]


@pytest.mark.parametrize("job", ["", ".", "..", "../x", "a/b", ".new-1", "nothing"])
def test_what_is_no_job_is_unknown(store: JobStore, job: str) -> None:
    store.submit(spec(1), now=1.0)
    with pytest.raises(ProblemError, match="job_unknown"):
        store.status(job)
