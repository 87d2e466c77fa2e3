"""Which file comes next, decided on announcements alone."""

from pathlib import Path

import pytest

from loraferry.ferry.wanted import Wanted, outcomes, to_acknowledge
from loraferry.runs.store import Copy
from loraferry.runs.wants import Wants
from loraferry_core.events import Artifact, AttemptStarted, CheckpointSaved, Event, Finished, SampleMade, Stopped

LORAS, ALL = Wants(checkpoints="loras"), Wants(checkpoints="all", keep=2)


class Story:
    """Events with gapless numbers."""

    def __init__(self) -> None:
        self.seq = 0

    def number(self, attempt: int = 1) -> dict[str, float | int]:
        self.seq += 1
        return {"seq": self.seq, "time": 1.0, "attempt": attempt}

    def sample(self, step: int, mark: str = "a") -> SampleMade:
        file = art(f"samples/{step}.png", mark)
        return SampleMade(**self.number(), step=step, index=0, prompt="p", seed=1, file=file)

    def checkpoint(self, step: int, mark: str = "c") -> CheckpointSaved:
        folder = f"checkpoints/{step:06d}"
        lora = art(f"{folder}/lora.safetensors", mark)
        rest = (art(f"{folder}/state.json", mark), art(f"{folder}/optimizer.safetensors", mark))
        return CheckpointSaved(**self.number(), step=step, file=lora, files=(*rest, lora))

    def attempt(self, resume_step: int) -> AttemptStarted:
        return AttemptStarted(
            **self.number(2), resume_step=resume_step, total_steps=9, device="cpu", precision="fp32", images=1
        )

    def finished(self, name: str = "output/x.safetensors", mark: str = "f") -> Finished:
        return Finished(**self.number(), step=9, file=art(name, mark))

    def stopped(self, name: str = "output/x.safetensors", mark: str = "5") -> Stopped:
        return Stopped(**self.number(), step=5, file=art(name, mark))


def art(name: str, mark: str = "a") -> Artifact:
    return Artifact(name=name, size=1, sha256=mark * 64)


@pytest.fixture
def story() -> Story:
    return Story()


def all_of(wanted: Wanted) -> list[str]:
    """Fetch everything, one after the other."""
    names = []
    while (artifact := wanted.take()) is not None:
        names.append(artifact.name)
        wanted.settle(artifact)
    return names


def wanted_for(wants: Wants, *events: Event) -> Wanted:
    wanted = Wanted(wants)
    wanted.announce(events)
    return wanted


def test_outcomes_come_before_pictures_and_checkpoints_only_where_wanted(story: Story) -> None:
    events = [story.sample(1), story.checkpoint(5), story.sample(2), story.finished()]
    plain = ["output/x.safetensors", "samples/1.png", "samples/2.png"]
    assert all_of(wanted_for(Wants(), *events)) == plain
    assert all_of(wanted_for(LORAS, *events)) == [*plain, "checkpoints/000005/lora.safetensors"]


def test_a_name_announced_again_is_another_file(story: Story) -> None:
    wanted = wanted_for(Wants(), story.stopped())
    old = wanted.take()
    assert old is not None
    wanted.announce([story.finished()])
    assert wanted.take() is None  # not beside the fetch of the same name
    assert not wanted.is_current(old)
    wanted.give_back(old)
    new = wanted.take()
    assert new is not None
    assert new.sha256 == "f" * 64
    assert wanted.is_current(new)


def test_a_file_that_is_here_is_not_fetched_but_its_successor_is(story: Story) -> None:
    wanted = Wanted(Wants(), here={"output/x.safetensors": "5" * 64})
    wanted.announce([story.stopped()])
    assert wanted.done
    wanted.announce([story.finished()])
    assert all_of(wanted) == ["output/x.safetensors"]


def test_what_is_gone_or_refused_is_not_asked_for_again(story: Story) -> None:
    wanted = wanted_for(Wants(), story.sample(1), story.sample(2, "b"))
    first = wanted.take()
    second = wanted.take()
    assert first is not None
    assert second is not None
    assert not wanted.done
    wanted.settle(first, gone=True)
    wanted.give_back(second, for_good=True)
    assert wanted.take() is None
    assert wanted.done
    assert wanted.gone == {first.name: first.sha256}


def test_a_later_attempt_takes_back_what_lies_behind_its_start(story: Story) -> None:
    wanted = wanted_for(
        ALL, story.sample(2), story.sample(8), story.checkpoint(4), story.checkpoint(8), story.stopped()
    )
    wanted.announce([story.attempt(4)])
    names = all_of(wanted)
    assert "samples/8.png" not in names
    assert not [name for name in names if "000008" in name]
    assert {"samples/2.png", "output/x.safetensors", "checkpoints/000004/state.json"} <= set(names)


def test_a_checkpoint_that_was_begun_is_completed_before_a_newer_one(story: Story) -> None:
    wanted = wanted_for(ALL, story.checkpoint(1))
    begun = wanted.take()
    assert begun is not None
    wanted.settle(begun)
    state = wanted.take()
    assert state is not None
    wanted.settle(state)
    wanted.announce([story.checkpoint(2), story.checkpoint(3)])
    rest = all_of(wanted)
    assert rest.index("checkpoints/000001/optimizer.safetensors") < rest.index("checkpoints/000003/state.json")
    assert "checkpoints/000002/state.json" not in rest, "one between them is skipped"
    assert "checkpoints/000002/lora.safetensors" in rest, "but its LoRA is not"
    assert wanted.done


def test_a_checkpoint_of_which_a_part_is_gone_is_let_go(story: Story) -> None:
    wanted = wanted_for(ALL, story.checkpoint(1))
    while (artifact := wanted.take()) is not None:
        wanted.settle(artifact, gone=artifact.name.endswith("state.json"))
    assert wanted.done
    assert wanted.outdated() == []


def test_older_states_are_outdated_once_enough_newer_ones_are_complete(story: Story) -> None:
    wanted = Wanted(ALL)
    for step in (1, 2):
        wanted.announce([story.checkpoint(step)])
        all_of(wanted)
    assert wanted.outdated() == []
    wanted.announce([story.checkpoint(3)])
    assert wanted.outdated() == [], "the third is not here yet"
    all_of(wanted)
    old = wanted.outdated()
    assert {file.name for file in old} == {
        "checkpoints/000001/state.json",
        "checkpoints/000001/optimizer.safetensors",
    }
    wanted.forget(old[0])
    assert wanted.outdated() == old[1:], "a crash between two removals leaves nothing behind"
    wanted.forget(old[1])
    assert wanted.done, "what was removed is not fetched again"


def test_what_was_removed_stays_so_in_the_next_life(story: Story) -> None:
    events = [story.checkpoint(step) for step in (1, 2, 3)]
    here = {file.name: file.sha256 for event in events[1:] for file in event.files}
    here[events[0].file.name] = events[0].file.sha256
    wanted = Wanted(ALL, here=here)
    wanted.announce(events)
    assert wanted.done


def test_a_finished_run_needs_no_states_but_a_stopped_one_does(story: Story) -> None:
    assert "checkpoints/000001/state.json" not in all_of(wanted_for(ALL, story.checkpoint(1), story.finished()))
    assert "checkpoints/000001/state.json" in all_of(wanted_for(ALL, story.checkpoint(1), story.stopped()))


def test_choosing_otherwise_keeps_what_is_under_way(story: Story) -> None:
    wanted = wanted_for(Wants(), story.sample(1))
    under_way = wanted.take()
    assert under_way is not None
    again = wanted.anew(LORAS, {}, {})
    again.announce([story.sample(1), story.checkpoint(2)])
    assert [artifact.name for artifact in iter(again.take, None)] == ["checkpoints/000002/lora.safetensors"]
    assert not again.done
    again.settle(under_way)


def test_the_newest_outcome_comes_last(story: Story) -> None:
    events = [story.stopped(), story.finished("output/y.safetensors"), story.finished()]
    assert [(file.name, file.sha256[0]) for file in outcomes(events)] == [
        ("output/y.safetensors", "f"),
        ("output/x.safetensors", "f"),
    ]


def test_outcomes_and_the_newest_checkpoint_are_acknowledged_once(story: Story) -> None:
    events = [story.checkpoint(1, "1"), story.checkpoint(2, "2"), story.stopped()]

    def copy(mark: str, told: bool = False) -> Copy:
        return Copy(Path("x"), mark * 64, told)

    copies = {
        "checkpoints/000001/state.json": copy("1"),
        "checkpoints/000002/state.json": copy("2"),
        "checkpoints/000002/lora.safetensors": copy("2", told=True),
        "checkpoints/000002/optimizer.safetensors": copy("9"),
        "output/x.safetensors": copy("5"),
    }
    names = [file.name for file in to_acknowledge(events, copies)]
    assert names == ["checkpoints/000002/state.json", "output/x.safetensors"]
    assert to_acknowledge(events, {}) == []
