"""The agent is updated while a job runs: the job goes on under its old code, driven by the new; old code goes when idle."""

import hashlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.agent_code import AgentCode
from loraferry.remote.bootstrap import Deployment, deploy, uninstall
from loraferry.remote.client import AgentClient
from loraferry.remote.link import open_agent
from loraferry.remote.local import LocalTransport
from loraferry.remote.sync import upload
from loraferry_agent import platform
from loraferry_agent.jobs.atomic import read_json
from loraferry_agent.layout import layout_of
from loraferry_core.dataset.manifest import ManifestEntry, manifest_hash, manifest_of
from loraferry_core.jobs import JobSpec, JobState
from loraferry_core.problems import ProblemError
from loraferry_core.protocol import messages as m
from tests.fakes.agent_process import DEADLINE, end_all, processes_of, spec_for
from tests.fakes.deployable import quick_code

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
    pytest.mark.timeout(600),
]
PICTURE = b"picture"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "家 home"
    yield folder
    end_all(folder)
    assert processes_of(folder) == []


def version(number: int) -> AgentCode:
    return quick_code(release=f"NUMBER = {number}\n".encode())


def put(home: Path, code: AgentCode, unused_s: float = 3600.0) -> Deployment:
    return deploy(LocalTransport(), lambda *_: None, CancelToken(), home=str(home), code=code, unused_s=unused_s)


def connect(deployment: Deployment) -> AgentClient:
    return open_agent(LocalTransport(), deployment, "--trainer=fake_trainer", "--idle-seconds=1")


def wait(what: Callable[[], Any]) -> Any:
    give_up_at = time.monotonic() + DEADLINE
    while not (found := what()):
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
    return found


class Heard:
    """What is pushed about one job."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.seqs: list[int] = []
        self.states: list[JobState] = []

    def __call__(self, frame: Any) -> None:
        with self._changed:
            if isinstance(frame, m.Events):
                self.seqs += [event.seq for event in frame.events]
            elif isinstance(frame, m.JobChanged):
                self.states.append(frame.status.state)
            self._changed.notify_all()

    def wait_for(self, done: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(done, DEADLINE), (self.seqs[-3:], self.states)


def submit(client: AgentClient, name: str) -> JobSpec:
    manifest = manifest_of([ManifestEntry(name="a.png", size=len(PICTURE), sha256=hashlib.sha256(PICTURE).hexdigest())])
    upload([client], manifest, {"a.png": PICTURE}, lambda _: None, CancelToken())
    spec = spec_for(name, manifest_hash(manifest))
    client.submit(spec)
    return spec


def code_of(pid: int) -> str:
    """The code folder that a process imports from."""
    words = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return next(word.partition("=")[2].split(os.pathsep)[0] for word in words if word.startswith("PYTHONPATH="))


def supervisor(home: Path) -> int:
    beat = read_json(home / "supervisor.json")
    pid = 0 if beat is None or beat["retired"] else int(beat["process"]["pid"])
    return pid if pid and platform.started_at(pid) else 0


def test_a_running_job_survives_an_update_and_is_driven_by_the_new_code(home: Path) -> None:
    old = put(home, version(1))
    client = connect(old)
    spec = submit(client, "steps=100000 pause=0.02")
    heard = Heard()
    client.subscribe(spec.job, 0, heard)
    heard.wait_for(lambda: JobState.RUNNING in heard.states and len(heard.seqs) > 5)
    client.close()
    folder = layout_of(home).job(spec.job)
    runner = read_json(folder.runner)
    assert runner is not None
    old_supervisor = wait(lambda: supervisor(home))
    assert code_of(old_supervisor) == old.code

    new = put(home, version(2), unused_s=0.0)
    assert new.code != old.code
    client = connect(new)
    after = heard.seqs[-1]
    again = Heard()
    client.subscribe(spec.job, after, again)
    again.wait_for(lambda: len(again.seqs) > 20)
    assert again.seqs == list(range(after + 1, after + 1 + len(again.seqs)))

    # The supervisor is the new code's now; runner and trainer are those from before, on the old code.
    pid = wait(lambda: (found := supervisor(home)) and found != old_supervisor and found)
    assert code_of(pid) == new.code
    assert wait(lambda: platform.started_at(old_supervisor) is None)
    now = read_json(folder.runner)
    assert now == {**runner, **now} and now["runner"] == runner["runner"]
    assert code_of(now["runner"]["pid"]) == code_of(now["trainer"]["pid"]) == old.code

    # What an uninstallation would harm stays, and so does code in use.
    with pytest.raises(ProblemError) as caught:
        uninstall(LocalTransport(), CancelToken(), home=str(home))
    assert caught.value.problem.code == "job_state"
    put(home, version(2), unused_s=0.0)
    assert Path(old.code).is_dir()

    # An order reaches the old trainer, and the next attempt begins on the new code.
    assert client.stop(spec.job).state in (JobState.STOPPING, JobState.STOPPED)
    again.wait_for(lambda: JobState.STOPPED in again.states)
    client.resume(spec.job)
    again.wait_for(lambda: again.states[-1] is JobState.RUNNING)
    now = wait(lambda: (found := read_json(folder.runner)) and "trainer" in found and found)
    assert now["attempt"] == 2
    assert code_of(now["trainer"]["pid"]) == new.code
    assert again.seqs == list(range(after + 1, after + 1 + len(again.seqs)))

    put(home, version(2), unused_s=0.0)
    assert not Path(old.code).exists()
    assert Path(new.code).is_dir()
    client.stop(spec.job)
    again.wait_for(lambda: again.states[-1] is JobState.STOPPED)
    client.close()


def test_a_killed_supervisor_comes_back_as_the_newest_even_from_an_old_runner(home: Path) -> None:
    old = put(home, version(1))
    client = connect(old)
    spec = submit(client, "steps=100000 pause=0.02")
    heard = Heard()
    client.subscribe(spec.job, 0, heard)
    heard.wait_for(lambda: JobState.RUNNING in heard.states)
    client.close()
    new = put(home, version(2))
    connect(new).close()
    pid = wait(lambda: (found := supervisor(home)) and code_of(found) == new.code and found)
    platform.kill(pid)
    # Nobody is connected: the old code's runner starts it.
    assert wait(lambda: (found := supervisor(home)) and found != pid and code_of(found) == new.code)

    # An older desktop that comes by does not turn the clock back.
    client = connect(old)
    assert [status.state for status in client.list_jobs()] == [JobState.RUNNING]
    assert code_of(wait(lambda: supervisor(home))) == new.code
    client.close()

    done = uninstall(LocalTransport(), CancelToken(), home=str(home), force=True)
    assert str(home / "jobs") in done.removed
    assert done.left == ()
    assert not home.exists()
    assert processes_of(home) == []
    assert list(home.parent.iterdir()) == []


def test_what_a_newer_agent_wrote_is_read(home: Path) -> None:
    """Fields that this version does not know, in every file that both may read."""
    client = connect(put(home, version(1)))
    spec = submit(client, "steps=3")
    heard = Heard()
    client.subscribe(spec.job, 0, heard)
    heard.wait_for(lambda: JobState.FINISHED in heard.states)
    folder = layout_of(home).job(spec.job)
    for path in (folder.state, folder.spec):
        text = path.read_text(encoding="utf-8").rstrip()
        path.write_text(text.removesuffix("}") + ', "from_the_future": {"a": 1}}', encoding="utf-8")
    lines = folder.events.read_text(encoding="utf-8").splitlines()
    newer = [line.removesuffix("}") + ', "from_the_future": 1}\n' for line in lines]
    folder.events.write_text("".join(newer), encoding="utf-8")
    assert [status.state for status in client.list_jobs()] == [JobState.FINISHED]
    again = Heard()
    client.subscribe(spec.job, 0, again)
    again.wait_for(lambda: again.seqs == heard.seqs)
    client.close()
