"""F15: whoever logs in is not root, and has a home of his own and nothing else; it works, or what is missing is told."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.bootstrap import Deployment, deploy, uninstall
from loraferry.remote.pull import pull
from loraferry_core.events import Finished
from loraferry_core.jobs import JobState
from loraferry_core.problems import ProblemError
from tests.fakes.deployable import quick_code
from tests.fakes.leftovers import processes_of_user
from tests.fakes.login import Login, NoLogin, login
from tests.faults.box import Box, Home, await_that, ignore, running_box, voyage
from tests.faults.ledger import FULL, LEDGER
from tests.faults.naive import BROKEN, naive

pytestmark = [
    pytest.mark.ssh,
    pytest.mark.skipif(sys.platform != "linux", reason="rented machines are Linux"),
    pytest.mark.skipif(not FULL, reason="makes a user, and sets the agent up for it"),
]
CODE = quick_code()


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Path]:
    """A folder that any user may enter, which those of the tests are not."""
    with tempfile.TemporaryDirectory(prefix="loraferry-login-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def somebody(open_folder: Path) -> Iterator[Login]:
    try:
        with login(open_folder) as made:
            yield made
    except NoLogin as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def python(somebody: Login, open_folder: Path) -> str:
    try:
        return somebody.python(open_folder / "python")
    except NoLogin as reason:
        pytest.skip(str(reason))


@pytest.fixture(scope="module")
def theirs(somebody: Login, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A server that lets this user in."""
    keys = f"AuthorizedKeysFile {somebody.home}/.ssh/authorized_keys"
    with running_box(tmp_path_factory.mktemp("theirs"), keys) as running:
        somebody.let_in(running.server.key_path.with_suffix(".pub").read_text(encoding="utf-8"))
        running.user = somebody.name
        yield running


def set_up(box: Box, python: str, **choices: str) -> Deployment:
    transport = box.dial()
    try:
        return deploy(transport, ignore, CancelToken(), pythons=(python,), code=CODE, **choices)
    finally:
        transport.close()


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_user_who_is_not_root(theirs: Box, somebody: Login, python: str, tmp_path: Path) -> None:
    for number in range(2):
        with LEDGER.trial("F15"):
            before = listing(somebody.home)
            deployed = set_up(theirs, python)
            assert Path(deployed.home) == somebody.home / ".loraferry"
            home = Home(replace(theirs, code=Path(deployed.code)), Path(deployed.home), python=deployed.python)
            with voyage(home, tmp_path / f"laptop{number}") as running:
                job = running.launch("steps=7")
                running.await_over(job)
                LEDGER.job(home, job, JobState.FINISHED)
                LEDGER.gapless(home, job)
                LEDGER.mirror(home, running.store, job, tmp_path / "fresh")
                (finished,) = running.store.events(job, ["finished"])
                assert isinstance(finished, Finished)
                again = pull(running.client(), job, finished.file, tmp_path / f"pull{number}", ignore, CancelToken())
                LEDGER.file(again, finished.file.sha256)
            check_owned(Path(deployed.home), somebody.uid)
            transport = theirs.dial()
            removed = uninstall(transport, CancelToken(), pythons=(python,), code=CODE)
            transport.close()
            assert removed.left == ()
            assert listing(somebody.home) == before
            await_that(lambda: processes_of_user(somebody.uid) == [])


def check_owned(home: Path, uid: int) -> None:
    """All of it is this user's, and nobody else may enter."""
    assert home.stat().st_mode & 0o777 == 0o700
    assert {path.lstat().st_uid for path in home.rglob("*")} == {uid}


def test_a_folder_that_is_not_theirs(theirs: Box, python: str, open_folder: Path) -> None:
    workspace = open_folder / "workspace"
    workspace.mkdir(mode=0o755)
    for choices in (
        {"work": str(workspace / "loraferry")},
        {"work": str(workspace)},
        {"home": str(workspace / "home")},
    ):
        with LEDGER.trial("F15"):
            with pytest.raises(ProblemError) as caught:
                set_up(theirs, python, **choices)
            assert caught.value.problem.code == "home_unwritable"
            assert str(caught.value.problem.params["path"]).startswith(str(workspace))
            assert list(workspace.iterdir()) == []
    with pytest.raises(BROKEN), naive(theirs) as client:
        client.put_all({"a": b"x"}, workspace / "set")
    LEDGER.naive_fails("F15", not (workspace / "set").exists())
    shutil.rmtree(workspace)
