"""What answers hold."""

from loraferry_agent.serving.handlers import TABLE, newest_fitting
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.protocol import messages as m


def status(number: int) -> JobStatus:
    return JobStatus(job=str(number), name="n" * 50, state=JobState.FINISHED, spec_hash="h")


def test_every_request_has_a_handler() -> None:
    requests = m.Request.__origin__.__args__  # type: ignore[attr-defined]
    assert set(TABLE) == set(requests)


def test_of_too_many_jobs_the_newest_are_told() -> None:
    jobs = [status(number) for number in range(10)]
    one = len(jobs[0].model_dump_json()) + 1
    assert newest_fitting(jobs, 10 * one) == tuple(jobs)
    assert newest_fitting(jobs, 3 * one + 5) == tuple(jobs[7:])
    assert newest_fitting(jobs, 0) == ()
    assert newest_fitting([], 100) == ()
