"""Launching: what is sent, what is remembered, and that a launch which was cut off is finished later as the same one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.ferry import cargo as cargo_module
from loraferry.ferry import launch as launching
from loraferry.ferry.cargo import Cargo, LaunchProgress, Way
from loraferry.ferry.launch import launch, resume_unsent, unsent_runs
from loraferry.ferry.own_base import address_of
from loraferry.remote.client import AgentClient
from loraferry.remote.pace import Pace
from loraferry.runs.store import RunStore
from loraferry_core.config import TrainConfig
from loraferry_core.config.dataset import ConceptShare
from loraferry_core.config.dotted import replace_at
from loraferry_core.dataset.manifest import manifest_hash
from loraferry_core.jobs import JobState
from loraferry_core.models import FetchState
from loraferry_core.problems import ProblemError, fail, problem
from loraferry_core.protocol import messages as m
from tests.fakes.loopback_agent import LoopbackAgent
from tests.unit.desktop.ferry.test_own_base import SD1, single

Dial = Callable[[LoopbackAgent], AgentClient]
HUB = "stable-diffusion-v1-5/stable-diffusion-v1-5"
REMOTE = replace_at(TrainConfig(), "base.source", HUB)


def test_everything_is_there_and_then_the_lid_may_close(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    told: list[LaunchProgress] = []
    run = launch(dial(agent), store, TrainConfig(), cargo, name="cats", token=CancelToken(told.append))
    assert {entry.sha256 for entry in cargo.manifest.entries} <= agent.blobs.keys()
    spec = agent.submits[0].spec
    assert agent.committed == {spec.config.base.tree: "tree", manifest_hash(cargo.manifest): "dataset"}
    assert (spec.project, spec.fetch, spec.name) == ("My cats", None, "cats")
    assert (run.status.state, run.unsent, run.host) == (JobState.QUEUED, "", "loopback")
    parts = [progress.part for progress in told]
    assert parts[-2:] == ["submit", "done"]
    assert sorted(set(parts), key=parts.index) == ["base", "pictures", "submit", "done"]


def test_the_concepts_of_the_pictures_reach_the_plan_and_no_others(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    concepts = (ConceptShare(folder="~hat", repeats=3, weight=0.5),)
    former = replace_at(TrainConfig(), "dataset.concepts", (ConceptShare(folder="~old", repeats=9),))
    launch(dial(agent), store, former, replace(cargo, concepts=concepts), name="cats", token=CancelToken())
    launch(dial(agent), store, former, cargo, name="cats", token=CancelToken())
    assert [sent.spec.config.dataset.concepts for sent in agent.submits] == [concepts, ()]


def test_a_base_model_of_the_hub_is_fetched_there_meanwhile(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    run = launch(dial(agent), store, REMOTE, cargo, name="cats", token=CancelToken())
    assert run.spec.fetch is not None
    assert agent.fetched == [run.spec.fetch]
    assert run.spec.config.base.tree == ""
    assert list(agent.committed.values()) == ["dataset"]


def test_a_run_may_be_held_back_there(store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo) -> None:
    run = launch(dial(agent), store, TrainConfig(), cargo, name="cats", token=CancelToken(), held=True)
    assert agent.submits[0].held
    assert run.status.state is JobState.HELD
    assert not run.unsent


def test_the_computer_is_kept_awake_until_all_is_there(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    from contextlib import contextmanager

    moments: list[str] = []

    @contextmanager
    def awake(reason: str):  # type: ignore[no-untyped-def]
        moments.append("awake")
        yield True
        moments.append("asleep")

    monkeypatch.setattr(launching, "keep_awake", awake)
    token = CancelToken(lambda value: moments.append(value.part))
    launch(dial(agent), store, TrainConfig(), cargo, name="cats", token=token)
    assert moments[0] == "awake"
    assert moments[-3:] == ["submit", "asleep", "done"]


def test_a_launch_that_the_line_cut_is_finished_as_the_same_run(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    agent.cut_after = 2500
    with pytest.raises(ProblemError) as caught:
        launch(dial(agent), store, REMOTE, cargo, name="cats", token=CancelToken())
    assert caught.value.problem.code == "link_lost"
    (run,) = unsent_runs(store, "loopback")
    assert run.status.state is JobState.HELD
    assert unsent_runs(store, "another") == []
    assert agent.submits == []

    client = dial(agent)
    told: list[LaunchProgress] = []
    (sent,) = resume_unsent(client, store, CancelToken(told.append))
    assert sent.spec == run.spec
    assert sent.status.state is JobState.QUEUED
    assert told[-1].part == "done"
    assert resume_unsent(client, store, CancelToken()) == []
    assert [submit.spec.job for submit in agent.submits] == [run.spec.job]


def test_an_answer_that_was_lost_makes_no_second_job(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    def lose(message: m.Message) -> None:
        if isinstance(message, m.Submit) and not agent.submits:
            agent.submits.append(message)
            agent.connections[-1]._submit(message)
            agent.connections[-1].to_client.close()

    agent.refuse = lose
    with pytest.raises(ProblemError):
        launch(dial(agent), store, TrainConfig(), cargo, name="cats", token=CancelToken(), held=True)
    (sent,) = resume_unsent(dial(agent), store, CancelToken())
    assert list(agent.jobs) == [sent.spec.job]
    assert sent.status.state is JobState.HELD
    assert agent.submits[-1].held


def test_what_cannot_be_finished_is_stopped_with_its_reason_and_the_others_go_on(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, tmp_path: Path
) -> None:
    from tests.unit.desktop.ferry.conftest import cargo_of

    other = cargo_of(tmp_path / "other", {"dog.png": b"dog" * 2000})
    for each in (cargo, other):
        agent.cut_after = 2500
        with pytest.raises(ProblemError):
            launch(dial(agent), store, REMOTE, each, name="pets", token=CancelToken())
    for path in cargo.sources.values():
        path.write_bytes(b"edited meanwhile")
    broken, whole = unsent_runs(store, "loopback")
    agent.partial.clear()
    sent = resume_unsent(dial(agent), store, CancelToken())
    assert [run.spec.job for run in sent] == [whole.spec.job]
    stopped = store.run(broken.spec.job)
    assert stopped.status.state is JobState.STOPPED
    assert stopped.status.reason is not None
    assert stopped.status.reason.code == "file_changed"
    assert unsent_runs(store, "loopback") == []


def test_a_launch_that_is_refused_or_given_up_is_forgotten(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    full = problem("disk_full", path="/", needed_mb=1, free_mb=0)
    agent.refuse = lambda message: full if isinstance(message, m.Submit) else None
    with pytest.raises(ProblemError) as caught:
        launch(dial(agent), store, REMOTE, cargo, name="cats", token=CancelToken())
    assert caught.value.problem == full
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        launch(dial(agent), store, REMOTE, cargo, name="cats", token=token)
    assert store.runs() == []
    assert store.cargoes.get(manifest_hash(cargo.manifest)) is None


def test_nothing_approved_is_nothing_to_launch(store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo) -> None:
    empty = Cargo(cargo.manifest.replace(entries=()), {})
    with pytest.raises(ProblemError) as caught:
        launch(dial(agent), store, TrainConfig(), empty, name="cats", token=CancelToken())
    assert caught.value.problem.code == "no_images_approved"


def test_the_sending_has_a_conversation_of_its_own(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[list[AgentClient], object, object]] = []
    upload = cargo_module.upload

    def watched(clients: list[AgentClient], *arguments: Any, **named: Any) -> Any:
        seen.append((clients, named["pace"], named["more"]))
        return upload(clients, *arguments, **named)

    monkeypatch.setattr(cargo_module, "upload", watched)
    client, pace = dial(agent), Pace()
    opened: list[AgentClient] = []

    def more() -> AgentClient:
        lane = dial(agent)
        lane.more = more
        opened.append(lane)
        return lane

    client.more = more
    launch(Way(client, pace), store, REMOTE, cargo, name="cats", token=CancelToken())
    assert seen == [([opened[0]], pace, more)]
    assert opened[0].ended is not None
    assert client.ended is None


def test_giving_up_in_the_middle_breaks_only_that_one(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    client = dial(agent)
    client.more = lambda: dial(agent)
    token = CancelToken(lambda value: token.cancel() if value.part == "pictures" else None)
    with pytest.raises(Cancelled):
        launch(client, store, REMOTE, cargo, name="cats", token=token)
    assert client.ended is None
    assert launch(client, store, REMOTE, cargo, name="cats", token=CancelToken()).status.state is JobState.QUEUED


def test_a_machine_that_takes_no_further_conversation_is_sent_to_over_the_one_there_is(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    def refuse() -> AgentClient:
        raise fail("link_lost", host="h")

    client = dial(agent)
    client.more = refuse
    assert launch(client, store, REMOTE, cargo, name="cats", token=CancelToken()).status.state is JobState.QUEUED
    client.close()
    with pytest.raises(ProblemError):
        launch(client, store, TrainConfig(), cargo, name="cats", token=CancelToken())


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A base model of the user's own, of 4 MB."""
    return single(tmp_path / "龙 v1.safetensors", {**SD1, "first_stage_model.x": [4_000_000]})


def on_own(path: Path) -> TrainConfig:
    return replace_at(TrainConfig(), "base.source", address_of(path))


def test_a_base_of_ones_own_goes_first_and_is_named_without_its_place(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, own: Path
) -> None:
    told: list[LaunchProgress] = []
    run = launch(dial(agent), store, on_own(own), cargo, name="cats", token=CancelToken(told.append))
    spec = agent.submits[0].spec
    assert (spec.config.base.source, spec.fetch) == (own.name, None)
    assert agent.committed == {spec.config.base.tree: "tree", manifest_hash(cargo.manifest): "dataset"}
    assert own.read_bytes() in agent.blobs.values()
    parts = [progress.part for progress in told]
    assert sorted(set(parts), key=parts.index) == ["base", "pictures", "submit", "done"]
    assert max(progress.sync.bytes_total for progress in told if progress.sync) == own.stat().st_size
    assert str(own.parent) not in spec.model_dump_json()
    kept = store.cargoes.get(run.spec.config.base.tree)
    assert kept is not None
    assert kept[1] == {own.name: own}


def test_a_base_that_was_cut_off_goes_on_where_it_was(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, own: Path
) -> None:
    agent.cut_after = 2_500_000
    with pytest.raises(ProblemError):
        launch(dial(agent), store, on_own(own), cargo, name="cats", token=CancelToken())
    (begun,) = agent.partial.values()
    assert 0 < len(begun) < own.stat().st_size
    agent.puts.clear()
    (sent,) = resume_unsent(dial(agent), store, CancelToken())
    assert sent.status.state is JobState.QUEUED
    large = next(put for put in agent.puts if put.size == own.stat().st_size)
    assert large.offset == len(begun)
    assert own.read_bytes() in agent.blobs.values()


@pytest.mark.parametrize("change", ["edited", "gone"])
def test_a_base_that_is_not_what_it_was_ends_the_launch_by_name(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, own: Path, change: str
) -> None:
    agent.cut_after = 2_500_000
    with pytest.raises(ProblemError):
        launch(dial(agent), store, on_own(own), cargo, name="cats", token=CancelToken())
    if change == "edited":
        own.write_bytes(b"x" * own.stat().st_size)
    else:
        own.unlink()
    assert resume_unsent(dial(agent), store, CancelToken()) == []
    (run,) = store.runs()
    assert run.status.state is JobState.STOPPED
    assert run.status.reason is not None
    assert run.status.reason.code == ("file_changed" if change == "edited" else "file_unreadable")
    assert run.status.reason.params["path"] == str(own)


def test_where_a_base_lay_is_forgotten_with_the_last_run_on_it(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, own: Path, tmp_path: Path
) -> None:
    from tests.unit.desktop.ferry.conftest import cargo_of

    other = cargo_of(tmp_path / "other", {"dog.png": b"dog"})
    client = dial(agent)
    runs = [launch(client, store, on_own(own), each, name="cats", token=CancelToken()) for each in (cargo, other)]
    tree = runs[0].spec.config.base.tree
    store.remove(runs[0].spec.job)
    assert store.cargoes.get(tree) is not None
    store.remove(runs[1].spec.job)
    assert store.cargoes.get(tree) is None


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("what is this", "base_not_found"),
        ("https://example.org/gallery", "base_no_link"),
        ("C:\\gone.safetensors", "base_not_here"),
        ("https://example.org/x.ckpt", "base_pickled"),
        (Path("/gone/x.safetensors").absolute().as_uri(), "base_not_here"),
    ],
)
def test_what_can_be_no_base_is_refused_before_anything_is_sent(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, source: str, code: str
) -> None:
    with pytest.raises(ProblemError) as caught:
        launch(
            dial(agent), store, replace_at(TrainConfig(), "base.source", source), cargo, name="n", token=CancelToken()
        )
    assert caught.value.problem.code == code
    assert (agent.puts, agent.fetched, store.runs()) == ([], [], [])


@pytest.mark.parametrize("code", ["fetch_not_found", "fetch_interrupted"])
def test_a_model_that_does_not_exist_is_told_before_the_run_is_queued(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo, code: str
) -> None:
    order = launching.fetch_order(HUB)
    assert order is not None
    named = {"name": HUB, "place": "hub"} if code == "fetch_not_found" else {"name": HUB}
    agent.fetches = (FetchState(id=order.id, name=HUB, state="failed", problem=problem(code, **named)),)
    if code == "fetch_interrupted":  # the trainer tries that again
        launch(dial(agent), store, REMOTE, cargo, name="cats", token=CancelToken())
        return
    with pytest.raises(ProblemError) as caught:
        launch(dial(agent), store, REMOTE, cargo, name="cats", token=CancelToken())
    assert caught.value.problem.code == code
    assert (agent.submits, store.runs()) == ([], [])


def test_a_path_where_nothing_is_is_told_before_anything_is_sent(
    store: RunStore, agent: LoopbackAgent, dial: Dial, cargo: Cargo
) -> None:
    missing = problem("base_not_found", source="/gone")
    agent.refuse = lambda message: missing if isinstance(message, m.FindModels) and message.place == "/gone" else None
    for place, refused in (("/gone", True), ("/there", False)):
        config = replace_at(TrainConfig(), "base.source", place)
        if refused:
            with pytest.raises(ProblemError) as caught:
                launch(dial(agent), store, config, cargo, name="cats", token=CancelToken())
            assert caught.value.problem == missing
            assert (agent.puts, store.runs()) == ([], [])
        else:
            launch(dial(agent), store, config, cargo, name="cats", token=CancelToken())
    assert [submit.spec.config.base.source for submit in agent.submits] == ["/there"]
