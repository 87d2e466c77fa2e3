"""The way of a job, as a table."""

import pytest
from pydantic import ValidationError

from loraferry_core.config import TrainConfig
from loraferry_core.jobs import ACTIVE, ENDED, RESUMABLE, TRANSITIONS, IllegalTransition, JobSpec, JobState, JobStatus
from loraferry_core.problems import problem

# Rows are where a job stands, columns where it may go: H Q Pr R Pa Sg F X(failed) St L.
STATES = list(JobState)
DIAGRAM = {
    "held":      ". Q . . . . . . S .",
    "queued":    "H . P . . . . X S .",
    "preparing": ". . . R Z G F X S L",
    "running":   ". . . . Z G F X S L",
    "paused":    ". Q . R . G . X S L",
    "stopping":  ". . . . Z . F X S L",
    "finished":  ". . . . . . . . . .",
    "failed":    ". Q . . . . . . . .",
    "stopped":   ". Q . . . . . . . .",
    "lost":      ". Q . . . . . . S .",
}  # fmt: skip
LETTERS = "HQPRZGFXSL"
JOB = "01234567-89ab-cdef-0123-456789abcdef"


def status(state, attempt=0):
    return JobStatus(job=JOB, name="star", state=state, spec_hash="0" * 64, attempt=attempt, created=1.0, changed=1.0)


def allowed(state, target):
    cell = DIAGRAM[state.value].split()[STATES.index(target)]
    assert cell in (".", LETTERS[STATES.index(target)])
    return cell != "."


@pytest.mark.parametrize("target", STATES, ids=lambda state: state.value)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.value)
def test_every_transition(state, target):
    before = status(state, attempt=2)
    if not allowed(state, target):
        with pytest.raises(IllegalTransition, match=f"{JOB}: {state.value} -> {target.value}"):
            before.moved(target, now=5.0)
        return
    why = problem("runner_lost")
    after = before.moved(target, now=5.0, reason=why)
    attempt = 3 if target is JobState.PREPARING else 2
    assert after == before.replace(state=target, changed=5.0, reason=why, attempt=attempt)
    assert after.created == 1.0


def test_the_groups():
    assert set(TRANSITIONS) == set(JobState)
    assert {s.value for s in ENDED} == {"finished", "failed", "stopped", "lost"}
    assert {s.value for s in ACTIVE} == {"preparing", "running", "stopping"}
    assert {s.value for s in RESUMABLE} == {"failed", "stopped", "lost"}
    assert not ACTIVE & ENDED
    assert TRANSITIONS[JobState.FINISHED] == frozenset()


def test_attempts_count_the_processes():
    job = status(JobState.HELD)
    way = ["queued", "preparing", "running", "failed", "queued", "preparing", "running", "finished"]
    attempts = []
    for now, name in enumerate(way):
        job = job.moved(JobState(name), now=float(now))
        attempts.append(job.attempt)
    assert attempts == [0, 1, 1, 1, 1, 2, 2, 2]


def test_a_move_forgets_the_old_reason():
    paused = status(JobState.RUNNING).moved(JobState.PAUSED, 2.0, problem("host_restarted"))
    assert paused.reason == problem("host_restarted")
    assert paused.moved(JobState.RUNNING, 3.0).reason is None


def test_round_trips():
    spec = JobSpec(job=JOB, name="星", config=TrainConfig())
    assert JobSpec.model_validate_json(spec.model_dump_json()) == spec
    job = status(JobState.PAUSED).replace(reason=problem("runner_lost"))
    assert JobStatus.model_validate_json(job.model_dump_json()) == job


@pytest.mark.parametrize(
    "name", ["", "../../../home", JOB.upper(), JOB + "\n", JOB[:-1], "0123456789abcdef" * 2, JOB.replace("-", "/")]
)
def test_an_identity_is_a_uuid(name):
    with pytest.raises(ValidationError) as caught:
        JobSpec(job=name, name="x", config=TrainConfig())
    assert caught.value.errors()[0]["loc"] == ("job",)


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "a.b", "a" * 65, "a\0"])
def test_no_status_can_name_a_folder_elsewhere(name):
    with pytest.raises(ValidationError):
        JobStatus(job=name, name="x", state=JobState.HELD, spec_hash="")
