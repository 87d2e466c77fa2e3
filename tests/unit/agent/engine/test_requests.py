"""Checkpoints and test pictures that are wanted besides the plan's."""

from loraferry_core.config import TrainConfig
from loraferry_core.events import CheckpointSaved, Finished, SampleMade
from tests.fakes.job_folder import Machine, events
from tests.unit.agent.engine.conftest import Trainer, changed


def test_wishes_are_granted_after_the_next_step_and_once(trained: Trainer, plan: TrainConfig, machine: Machine) -> None:
    job = machine.job(changed(plan, sampling__every=0, saving__every=0))
    job.save_request.parent.mkdir()
    job.save_request.touch()
    job.sample_request.touch()
    code, _ = trained(plan, folder=job)
    found = [event for event in events(job) if isinstance(event, SampleMade | CheckpointSaved | Finished)]
    assert code == 0
    assert [(type(event), event.step) for event in found] == [(SampleMade, 1), (CheckpointSaved, 1), (Finished, 3)]
    assert not job.save_request.exists()
    assert not job.sample_request.exists()


def test_what_the_plan_makes_at_the_same_step_is_made_once(
    trained: Trainer, plan: TrainConfig, machine: Machine
) -> None:
    job = machine.job(changed(plan, sampling__every=1, saving__every=0))
    job.sample_request.parent.mkdir()
    job.sample_request.touch()
    trained(plan, folder=job)
    assert [event.step for event in events(job) if isinstance(event, SampleMade)] == [0, 1, 2, 3]
    assert not job.sample_request.exists()


def test_a_stop_grants_the_wish_for_a_checkpoint(trained: Trainer, plan: TrainConfig, machine: Machine) -> None:
    job = machine.job(changed(plan, loop__steps=1000, sampling__every=0, saving__every=0))
    job.save_request.parent.mkdir()
    job.save_request.touch()
    trained(plan, folder=job, stop_after=1)
    assert [event.step for event in events(job) if isinstance(event, CheckpointSaved)] == [1]
    assert not job.save_request.exists()


def test_a_checkpoint_names_all_its_files(trained: Trainer, plan: TrainConfig) -> None:
    import hashlib

    _, folder = trained(plan)
    (saved,) = [event for event in events(folder) if isinstance(event, CheckpointSaved)]
    place = folder.checkpoints / "000003"
    assert {file.name for file in saved.files} == {f"checkpoints/000003/{path.name}" for path in place.iterdir()}
    for file in saved.files:
        data = (folder.path / file.name).read_bytes()
        assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert saved.file in saved.files
