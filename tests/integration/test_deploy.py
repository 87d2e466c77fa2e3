"""The whole way to a machine over a real OpenSSH server: deploy, hello, ferry, fall off the line, come back."""

import hashlib
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.address import parse_address
from loraferry.remote.agent_code import read_agent_code
from loraferry.remote.bootstrap import Deployment, deploy, uninstall
from loraferry.remote.dial import dial
from loraferry.remote.link import open_agent
from loraferry.remote.local import LocalTransport
from loraferry.remote.pull import pull
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.sync import SyncProgress, upload
from loraferry.remote.transport import Transport
from loraferry_core.dataset.manifest import ManifestEntry, manifest_of
from loraferry_core.events import Artifact
from loraferry_core.jobs import JobState, JobStatus
from loraferry_core.problems import ProblemError
from tests.fakes.deployable import quick_code
from tests.fakes.leftovers import end_processes_of
from tests.fakes.sshd import Sshd, SshdUnavailable, running_sshd

# The self-test imports torch, which takes minutes on a busy disk.
pytestmark = [pytest.mark.ssh, pytest.mark.timeout(900)]
CODE = read_agent_code()
"""Read once, so that an edit during the tests makes no second version."""
FILES = {f"图 {number}.png": Random(number).randbytes(number * 40_000) for number in range(30)}
MANIFEST = manifest_of(
    [ManifestEntry(name=n, size=len(d), sha256=hashlib.sha256(d).hexdigest(), caption="猫") for n, d in FILES.items()]
)


def ignore(*_: object) -> None:
    pass


@pytest.fixture
def transport(server: Sshd) -> Iterator[Transport]:
    transport = dial(parse_address(server.command), KnownHosts(server.folder / "own", server.known_hosts), Prompts())
    yield transport
    transport.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose supervisor is ended after the tests."""
    folder = tmp_path_factory.mktemp("agent")
    yield folder / "家 x"
    end_processes_of(folder)


@pytest.fixture(scope="module")
def deployed(server: Sshd, home: Path) -> Deployment:
    """The self-test imports torch, which takes its time, so all tests share one deployment."""
    transport = dial(parse_address(server.command), KnownHosts(server.folder / "own", server.known_hosts), Prompts())
    try:
        return deploy(transport, ignore, CancelToken(), home=str(home), pythons=(sys.executable,), code=CODE)
    finally:
        transport.close()


def test_deploys_once_then_ferries_exactly_the_files(transport: Transport, home: Path, deployed: Deployment) -> None:
    assert deployed.python == sys.executable
    assert Path(deployed.code).parent == home / "code"
    phases: list[tuple[str, str]] = []
    again = deploy(
        transport, lambda phase, done, total, line: phases.append((phase, line)), CancelToken(),
        home=str(home), pythons=(sys.executable,), code=CODE,
    )  # fmt: skip
    assert (again.python, again.code) == (deployed.python, deployed.code)
    assert not any(line for _, line in phases)

    client, lane = (open_agent(transport, deployed) for _ in range(2))
    try:
        assert client.facts().agent_id
        told: list[SyncProgress] = []
        committed = upload([client, lane], MANIFEST, FILES, told.append, CancelToken())
        assert (committed.files, committed.bytes) == (len(FILES), MANIFEST.total_bytes)
        assert told[-1].files_done == len(FILES)
        told.clear()
        upload([client], MANIFEST, {}, told.append, CancelToken())
        assert told[0].files_done == len(FILES)
    finally:
        client.close()
        lane.close()
    blobs = {path.parent.name + path.name: path for path in home.glob("blobs/??/*")}
    for data in FILES.values():
        assert blobs[hashlib.sha256(data).hexdigest()].read_bytes() == data


def test_brings_an_artifact_home(transport: Transport, home: Path, deployed: Deployment, tmp_path: Path) -> None:
    job = "00000000-0000-4000-8000-000000000001"
    folder = home / "jobs" / job
    data = Random(2).randbytes(20 * 2**20 + 5)
    (folder / "samples").mkdir(parents=True)
    (folder / "samples" / "猫.png").write_bytes(data)
    status = JobStatus(job=job, name="n", state=JobState.FINISHED, spec_hash="0" * 64)
    (folder / "state.json").write_text(status.model_dump_json(), encoding="utf-8")
    artifact = Artifact(name="samples/猫.png", size=len(data), sha256=hashlib.sha256(data).hexdigest())
    client = open_agent(transport, deployed)
    try:
        path = pull(client, job, artifact, tmp_path / "models", ignore, CancelToken())
        assert path.read_bytes() == data
        with pytest.raises(ProblemError) as caught:
            pull(client, job, artifact.replace(name="samples/gone.png"), tmp_path, ignore, CancelToken())
        assert caught.value.problem.code == "artifact_unknown"
    finally:
        client.close()


def test_a_cut_line_loses_nothing(server: Sshd, transport: Transport, deployed: Deployment) -> None:
    big = {"big": Random(1).randbytes(40 * 2**20)}
    manifest = manifest_of(
        [ManifestEntry(name="big", size=len(big["big"]), sha256=hashlib.sha256(big["big"]).hexdigest())]
    )
    client = open_agent(transport, deployed)

    def cut(progress: SyncProgress) -> None:
        if progress.bytes_done > 4 * 2**20:
            transport.close()

    with pytest.raises(ProblemError) as caught:
        upload([client], manifest, big, cut, CancelToken())
    assert caught.value.problem.code == "link_lost"
    client.close()

    again = dial(parse_address(server.command), KnownHosts(server.folder / "own", server.known_hosts), Prompts())
    try:
        client = open_agent(again, deployed)
        upload([client], manifest, big, ignore, CancelToken())
        client.close()
    finally:
        again.close()


def test_shell_noise_and_missing_programs(home: Path, server: Sshd, transport: Transport) -> None:
    with pytest.raises(ProblemError) as caught:
        open_agent(transport, Deployment("/no/such/python", "c", str(home), None))  # type: ignore[arg-type]
    assert caught.value.problem.code == "agent_silent"
    assert "/no/such/python" in str(caught.value.problem.params["output"])


def test_this_computer_is_deployed_like_any_host(home: Path, deployed: Deployment) -> None:
    transport = LocalTransport()
    deployment = deploy(transport, ignore, CancelToken(), home=str(home), code=CODE)
    assert (deployment.code, deployment.python) == (deployed.code, deployed.python)
    client = open_agent(transport, deployment)
    committed = upload([client], MANIFEST, FILES, ignore, CancelToken())
    assert committed.files == len(FILES)
    client.close()
    transport.close()


def test_a_shell_that_talks(tmp_path: Path) -> None:
    """Its start files print, before every command and on both streams, as rented images do."""
    noise = "printf '\\033[31mWelcome\\n\\005loraferry-'; echo mind your quota >&2; eval \"$SSH_ORIGINAL_COMMAND\""
    folder, code = tmp_path / "家 x", quick_code()
    try:
        with running_sshd(f"ForceCommand sh -c {shlex.quote(noise)}") as noisy:
            known = KnownHosts(noisy.folder / "own", noisy.known_hosts)
            transport = dial(parse_address(noisy.command), known, Prompts())
            try:
                made = deploy(transport, ignore, CancelToken(), home=str(folder), pythons=(sys.executable,), code=code)
                client = open_agent(transport, made)
                assert client.facts().home == str(folder)
                client.close()
                assert uninstall(transport, CancelToken(), home=str(folder), pythons=(sys.executable,)).left == ()
                assert not folder.exists()
            finally:
                transport.close()
    except SshdUnavailable as reason:
        pytest.skip(str(reason))
    finally:
        end_processes_of(tmp_path)


def test_a_lost_line_does_not_end_an_installation(server: Sshd, tmp_path: Path) -> None:
    """It goes on alone; the next connection waits for it and finds it done."""
    folder, go = tmp_path / "家 x", tmp_path / "go"
    program = (
        "import pathlib, time\nprint('in the middle', flush=True)\n"
        f"while not pathlib.Path({str(go)!r}).exists():\n    time.sleep(0.02)\n"
    )
    code = quick_code(selftest=program)
    known = KnownHosts(server.folder / "own", server.known_hosts)
    first = dial(parse_address(server.command), known, Prompts())
    second = dial(parse_address(server.command), known, Prompts())
    seen: list[str] = []

    def cut(phase: str, done: int, total: int, line: str) -> None:
        if "in the middle" in line:
            first.close()

    def let_go(phase: str, done: int, total: int, line: str) -> None:
        seen.append(phase)
        if phase == "wait":
            go.touch()

    try:
        with pytest.raises(ProblemError) as caught:
            deploy(first, cut, CancelToken(), home=str(folder), pythons=(sys.executable,), code=code)
        assert caught.value.problem.code == "link_lost"
        made = deploy(second, let_go, CancelToken(), home=str(folder), pythons=(sys.executable,), code=code)
        assert "wait" in seen
        assert made.python == sys.executable
    finally:
        go.touch()
        first.close()
        second.close()
        end_processes_of(tmp_path)


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("x", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        deploy(LocalTransport(), ignore, CancelToken(), home=str(tmp_path / "in the way"))
    assert caught.value.problem.code in ("deploy_failed", "home_unwritable")
