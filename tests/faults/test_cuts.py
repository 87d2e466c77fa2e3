"""F1: the line is cut after any byte of an upload, a submission, a replay or a pull; what is there in the end is exact.

Each trial goes on over one new connection, and that is the one the next trial cuts.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.ferry.follow import Follower
from loraferry.remote.client import AgentClient
from loraferry.remote.link import Connection
from loraferry.remote.pull import pull
from loraferry.remote.sync import upload
from loraferry.runs.store import RunStore
from loraferry_core.events import Artifact
from loraferry_core.jobs import ENDED, JobSpec, JobState
from loraferry_core.problems import ProblemError
from tests.fakes.agent_process import spec_for
from tests.fakes.fake_trainer import lora_bytes
from tests.fakes.relay import Direction
from tests.faults.box import Box, Home, await_that, ignore, make_files, manifest_name, manifest_of_files, remember
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import BROKEN, naive

pytestmark = pytest.mark.ssh
SIZES = (0, 10, 1000, 40_000, 70_000, 300_000)
PULLED = 20 * 2**20 + 7
TRIALS = count(50, 3)
"""Of each kind: together the 200 places that are promised."""


@pytest.fixture(scope="module")
def home(box: Box) -> Iterator[Home]:
    made = box.home("cuts 家")
    yield made
    made.end()


class Line:
    """A connection that is there whenever it is asked for, and the place where it is cut next."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._connection: Connection | None = None

    @property
    def client(self) -> AgentClient:
        if self._connection is not None and self._connection.client.ended is not None:
            self.close()
        if self._connection is None:
            self._connection = self.home.open()
        return self._connection.client

    def cost(self, direction: Direction, work: Callable[[AgentClient], object]) -> int:
        """How many bytes go over the line for this."""
        client, relay = self.client, self.home.box.relay
        before = relay.up_bytes, relay.down_bytes
        work(client)
        return relay.up_bytes - before[0] if direction == "up" else relay.down_bytes - before[1]

    def cut(self, direction: Direction, after: int, work: Callable[[AgentClient], object]) -> None:
        """Do the work while the line is cut after so many bytes, then again until it is done."""
        client, relay = self.client, self.home.box.relay
        relay.cut_after(after, direction)
        try:
            work(client)
        except ProblemError as error:
            assert error.problem.code == "link_lost", error
        relay.reset()
        await_that(lambda: client.ended is not None)
        work(self.client)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@pytest.fixture
def line(home: Home) -> Iterator[Line]:
    line = Line(home)
    yield line
    line.close()
    home.box.relay.reset()


def places(total: int, trials: int = TRIALS) -> list[int]:
    """Byte offsets from the first to the last, evenly spread."""
    return [round(number * (total - 1) / max(1, trials - 1)) for number in range(trials)]


def test_an_upload_cut_anywhere(home: Home, line: Line) -> None:
    def send(seed: int) -> Callable[[AgentClient], object]:
        files = make_files(seed, SIZES)
        return lambda client: upload([client], manifest_of_files(files), files, ignore, CancelToken())

    total = line.cost("up", send(10_000))
    for seed, after in enumerate(places(total)):
        with LEDGER.trial("F1"):
            line.cut("up", after, send(seed))
            files = make_files(seed, SIZES)
            LEDGER.shipped(home, manifest_of_files(files), files)
            assert line.client.have(manifest_name(manifest_of_files(files))).indexes == ()


def test_a_naive_upload_keeps_a_torn_file(box: Box, tmp_path: Path) -> None:
    files = make_files(1, SIZES)
    folder = tmp_path / "naive"
    with pytest.raises(BROKEN), naive(box) as client:
        box.relay.cut_after(120_000, "up")
        client.put_all(files, folder)
    with naive(box) as client:
        client.put_all(files, folder)
    LEDGER.naive_fails("F1", any((folder / name).read_bytes() != data for name, data in files.items()))


def test_a_submission_cut_anywhere_is_one_job(home: Home, line: Line) -> None:
    manifest, specs = manifest_of_files(make_files(5, (10, 20))), list[JobSpec]()
    upload([line.client], manifest, make_files(5, (10, 20)), ignore, CancelToken())
    first = spec_for("steps=1000000 pause=0.05", manifest_name(manifest))
    line.client.submit(first)
    home.await_state(first.job, JobState.RUNNING)

    def submit(spec: JobSpec) -> Callable[[AgentClient], object]:
        specs.append(spec)
        return lambda client: client.submit(spec)

    for direction in ("up", "down"):
        total = line.cost(direction, submit(spec_for("steps=5", manifest_name(manifest))))
        for after in places(total, TRIALS // 2):
            with LEDGER.trial("F1"):
                spec = spec_for("steps=5", manifest_name(manifest))
                line.cut(direction, after, submit(spec))
                assert sum(status.job == spec.job for status in line.client.list_jobs()) == 1
                LEDGER.job(home, spec.job, JobState.QUEUED, attempts=0)
                LEDGER.job(home, first.job, JobState.RUNNING)
    LEDGER.one_job(home, [first.job, *(spec.job for spec in specs)])
    line.client.stop(first.job)
    for spec in specs[3:]:
        line.client.stop(spec.job)
    for spec in specs[:3]:
        home.await_state(spec.job, JobState.FINISHED)
        LEDGER.job(home, spec.job, JobState.FINISHED)
        LEDGER.gapless(home, spec.job)
    home.await_state(first.job, *ENDED)
    LEDGER.gapless(home, first.job)


@pytest.fixture(scope="module")
def finished(home: Home) -> str:
    """A job that has ended, with some hundred events."""
    with home.connected() as client:
        files = make_files(6, (10, 20))
        upload([client], manifest_of_files(files), files, ignore, CancelToken())
        spec = spec_for("steps=400 pause=0 size=9000", manifest_name(manifest_of_files(files)))
        client.submit(spec)
        home.await_state(spec.job, JobState.FINISHED)
    return spec.job


def test_a_replay_cut_anywhere_is_gapless(home: Home, line: Line, finished: str, tmp_path: Path) -> None:
    spec = JobSpec.model_validate_json(home.job(finished).spec.read_bytes())

    def mirror(number: int) -> Callable[[AgentClient], object]:
        store = RunStore(tmp_path / f"{number}.sqlite")
        remember(store, spec)
        stores.append(store)
        return lambda client: Follower(client, store, tmp_path / str(number), finished).follow(CancelToken())

    stores: list[RunStore] = []
    total = line.cost("down", mirror(10_000))
    for number, after in enumerate(places(total)):
        with LEDGER.trial("F1"):
            line.cut("down", after, mirror(number))
            LEDGER.mirror(home, stores[-1], finished, tmp_path / "fresh.sqlite")
            for event in home.events(finished):
                if event.type in ("sample", "finished"):
                    LEDGER.file(tmp_path / str(number) / finished / event.file.name, event.file.sha256)
    for store in stores:
        store.close()


def test_a_naive_tail_doubles_what_it_heard(box: Box, home: Home, finished: str) -> None:
    heard: list[int] = []
    events = len(home.events(finished))
    for _ in range(2):
        with naive(box) as client:
            client.tail(home.job(finished).events, heard)
            wanted = len(heard) + events
            await_that(lambda: len(heard) >= wanted)  # noqa: B023 - called at once
            box.relay.reset()
    LEDGER.naive_fails("F1", len(heard) != len(set(heard)))


def test_a_pull_cut_anywhere(home: Home, line: Line, finished: str, tmp_path: Path) -> None:
    data = lora_bytes("pulled", PULLED)
    path = home.job(finished).output / "pulled.safetensors"
    path.write_bytes(data)
    file = Artifact(name="output/pulled.safetensors", size=PULLED, sha256=sha256(data).hexdigest())

    def fetch(number: int) -> Callable[[AgentClient], object]:
        return lambda client: pull(client, finished, file, tmp_path / str(number), ignore, CancelToken())

    total = line.cost("down", fetch(10_000))
    for number, after in enumerate(places(total)):
        with LEDGER.trial("F1"):
            line.cut("down", after, fetch(number))
            fetched = tmp_path / str(number) / file.name
            LEDGER.file(fetched, file.sha256)
            assert [path.name for path in fetched.parent.iterdir()] == [fetched.name]
            fetched.unlink()


def test_a_naive_pull_leaves_a_torn_file_under_the_final_name(
    box: Box, home: Home, finished: str, tmp_path: Path
) -> None:
    remote, local = home.job(finished).output / "lora.safetensors", tmp_path / "lora.safetensors"
    with pytest.raises(BROKEN), naive(box) as client:
        box.relay.cut_after(5_000, "down")
        client.get(remote, local)
    with naive(box) as client:
        client.get(remote, local)
    LEDGER.naive_fails("F1", local.read_bytes() != remote.read_bytes())
