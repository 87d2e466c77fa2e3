"""F9: the same job is submitted twice at the same moment, or two laptops use one machine."""

import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.sync import upload
from loraferry_core.jobs import JobState
from tests.fakes.agent_process import spec_for
from tests.faults.box import Home, ignore, make_files, manifest_name, manifest_of_files
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import naive

pytestmark = pytest.mark.ssh


def at_once(*works: Callable[[], object]) -> None:
    """Do all at the same moment; raises what one of them raised."""
    start, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_the_same_and_different_jobs_from_two_clients(home: Home) -> None:
    files = make_files(9, (10, 50_000))
    manifest, jobs = manifest_of_files(files), list[str]()
    with home.connected() as one, home.connected() as two:
        for _ in range(count(15, 2)):
            with LEDGER.trial("F9"):
                at_once(*(lambda c=c: upload([c], manifest, files, ignore, CancelToken()) for c in (one, two)))
                LEDGER.shipped(home, manifest, files)
                same = spec_for("steps=3", manifest_name(manifest))
                at_once(*(lambda c=c, s=same: c.submit(s) for c in (one, two)))
                jobs.append(same.job)
        for _ in range(count(5, 1)):
            with LEDGER.trial("F9"):
                each = [spec_for("steps=3", manifest_name(manifest)) for _ in range(2)]
                at_once(*(lambda c=c, s=s: c.submit(s) for c, s in zip((one, two), each, strict=True)))
                jobs += [spec.job for spec in each]
        for job in jobs:
            home.await_state(job, JobState.FINISHED)
            LEDGER.job(home, job, JobState.FINISHED)
            LEDGER.gapless(home, job)
        LEDGER.one_job(home, jobs)
        spans = sorted((home.events(job)[0].time, home.events(job)[-1].time) for job in jobs)
        assert all(end <= begin for (_, end), (begin, _) in pairwise(spans)), "two at once"


def test_a_naive_submission_is_two_jobs(home: Home, tmp_path: Path) -> None:
    note = tmp_path / "jobs"
    with naive(home.box) as one, naive(home.box) as two:
        for client in (one, two):  # the second thinks that the first was lost
            client.run(f"echo job-1 >> {note}")
    LEDGER.naive_fails("F9", len(note.read_text(encoding="utf-8").splitlines()) == 2)
