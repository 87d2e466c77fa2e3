"""Machines that have next to nothing, set up for real: no pip, no venv, no Python that is new enough; and what happens
when an installation is called off, killed, or begun twice."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.remote import plan, uv
from loraferry.remote.bootstrap import Deployment, deploy, uninstall
from loraferry_agent.setup.removal import agent_processes, processes
from loraferry_core.host import HostSetup
from loraferry_core.problems import ProblemError
from tests.fakes.agent_process import DEADLINE
from tests.fakes.deployable import BareHost, make_wheel, quick_code

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="rented machines are Linux"),
    pytest.mark.timeout(600),
]
LOCK = "tinybase==1.0\ntinytop==2.0\n"
CODE = quick_code(LOCK, "import tinybase, tinytop; print(tinybase.version, tinytop.version)\n")
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
Step = tuple[str, int, int, str]


@pytest.fixture(scope="session")
def uv_wheel(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """uv as a user's computer gets it; skips where there is no way to it."""
    machine = os.uname().machine
    if machine not in uv.WHEELS:
        pytest.skip(f"no uv is pinned for {machine}")
    try:
        return uv.fetch_uv(machine, tmp_path_factory.mktemp("uv"), CancelToken())
    except ProblemError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter without pip and without what `venv` needs."""
    return _without_pip(tmp_path_factory.mktemp("bare"))


def _without_pip(folder: Path) -> str:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    hide = "import sys\nfor name in ('ensurepip', 'pip'):\n    sys.modules[name] = None\n"
    (site / "sitecustomize.py").write_text(hide, encoding="utf-8")
    return str(folder / "bin" / "python")


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of the machine's user, to see what is left in it."""
    folder = tmp_path / "user 猫"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "XDG_"))]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture
def packages(tmp_path: Path) -> HostSetup:
    """A package index of two packages, which the machine's pip is told of."""
    make_wheel(tmp_path / "wheels", "tinybase")
    make_wheel(tmp_path / "wheels", "tinytop", "2.0", ["tinybase"])
    return HostSetup(environment={"PIP_FIND_LINKS": str(tmp_path / "wheels"), "PIP_NO_INDEX": "1"})


def found_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_without_pip_and_venv_and_leaves_nothing(
    own_home: Path, packages: HostSetup, bare_python: str, uv_wheel: bytes
) -> None:
    host, told = BareHost(bare_python), list[Step]()
    deployment = deploy(
        host, lambda *step: told.append(step), CancelToken(), pythons=(bare_python,), code=CODE, setup=packages,
        get_uv=lambda machine, cancel: uv_wheel,
    )  # fmt: skip
    home = own_home / ".loraferry"
    assert deployment.python.startswith(str(home))
    assert ("uv", len(uv_wheel), len(uv_wheel), "") in told
    assert ("environment", 2, 2, "") in told
    assert any(line == "1.0 2.0" for _, _, _, line in told)
    assert "tinytop==2.0" in (home / "deploy.log").read_text(encoding="utf-8")
    assert not (home / "caches" / "packages").exists()
    assert [path.name for path in own_home.iterdir()] == [".loraferry"]

    again: list[Step] = []
    found = deploy(host, lambda *step: again.append(step), CancelToken(), pythons=(bare_python,), code=CODE)
    assert found.python == deployment.python
    assert not any(line for *_, line in again)

    done = uninstall(host, CancelToken(), pythons=(bare_python,))
    assert str(home) in done.removed and done.left == ()
    assert found_in(own_home) == []


def test_uv_fetches_an_interpreter_where_none_is_new_enough(
    own_home: Path, packages: HostSetup, uv_wheel: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a mirror on this disk, which holds this very Python under its own version."""
    version = VERSION
    mirror = _mirror(tmp_path / "mirror")
    monkeypatch.setattr(plan, "MANAGED_PYTHON", version)
    monkeypatch.setattr(plan, "OLDEST_PYTHON", (99,))
    setup = packages.replace(environment={**packages.environment, **mirror})
    host = BareHost(sys.executable)
    deployment = deploy(
        host, lambda *_: None, CancelToken(), pythons=(sys.executable,), code=CODE, setup=setup,
        get_uv=lambda machine, cancel: uv_wheel,
    )  # fmt: skip
    ask = [deployment.python, "-c", "import sys, tinytop; print(sys.base_prefix)"]
    base = subprocess.run(ask, capture_output=True, check=True, encoding="utf-8").stdout
    assert base.startswith(str(own_home / ".loraferry" / "pythons"))
    uninstall(host, CancelToken(), pythons=(sys.executable,))
    assert found_in(own_home) == []


def _mirror(folder: Path) -> dict[str, str]:
    """This interpreter packed as uv's own builds are; skips where it does not run in another place."""
    tree, version = folder / "python", VERSION
    (tree / "bin").mkdir(parents=True)
    real = Path(os.path.realpath(sys.executable))
    shutil.copy(real, tree / "bin" / f"python{version}")
    for name in ("python3", "python"):
        (tree / "bin" / name).symlink_to(f"python{version}")
    library = Path(sys.base_prefix, "lib", f"python{version}")
    left_out = shutil.ignore_patterns("site-packages", "dist-packages", "test", "idlelib", "config-*", "__pycache__")
    shutil.copytree(library, tree / "lib" / f"python{version}", ignore=left_out)
    (tree / "lib" / f"python{version}" / "site-packages").mkdir()
    ask = [str(tree / "bin" / "python3"), "-E", "-c", "import sys, ssl, zlib; print(sys.base_prefix)"]
    done = subprocess.run(ask, capture_output=True, check=False, encoding="utf-8")
    if done.stdout.strip() != str(tree):
        pytest.skip("this Python cannot be moved to another folder")
    release = folder / "20240101"
    release.mkdir()
    with tarfile.open(release / "python.tar.gz", "w:gz", compresslevel=1) as archive:
        archive.add(tree, "python")
    entry = {
        "name": "cpython", "arch": {"family": os.uname().machine, "variant": None}, "os": "linux", "libc": "gnu",
        "major": sys.version_info[0], "minor": sys.version_info[1], "patch": sys.version_info[2], "prerelease": "",
        "url": "https://github.com/astral-sh/python-build-standalone/releases/download/20240101/python.tar.gz",
        "sha256": hashlib.sha256((release / "python.tar.gz").read_bytes()).hexdigest(), "variant": None,
    }  # fmt: skip
    key = f"cpython-{version}.{sys.version_info[2]}-linux-{os.uname().machine}-gnu"
    (folder / "downloads.json").write_text(json.dumps({key: entry}), encoding="utf-8")
    return {
        "UV_PYTHON_DOWNLOADS_JSON_URL": str(folder / "downloads.json"),
        "UV_PYTHON_INSTALL_MIRROR": f"file://{folder}",
    }


@pytest.mark.parametrize("tool", ["pip", "uv"])
def test_the_images_torch_is_seen_also_in_an_environment_of_the_image(
    own_home: Path, tmp_path: Path, uv_wheel: bytes, tool: str
) -> None:
    """The torch here is a module of one line; what counts is whose it is."""
    wheels = tmp_path / "wheels"
    make_wheel(wheels, "tinytop", "2.0", ["torch", "numpy"])
    image = tmp_path / "image"
    if tool == "uv":
        python = _without_pip(image)
    else:
        subprocess.run([sys.executable, "-m", "venv", str(image)], check=True)
        python = str(image / "bin" / "python")
    (site,) = image.glob("lib/python*/site-packages")
    for name in ("torch", "numpy"):
        make_wheel(tmp_path / "image wheels", name, "2.9")
    for wheel in (tmp_path / "image wheels").iterdir():
        shutil.unpack_archive(wheel, site, "zip")
    code = quick_code("torch==9.9\nnumpy==9.9\ntinytop==2.0\n", "import tinytop, torch; print(torch.__file__)\n")
    card = {"name": "G", "memory_mb": 1, "free_mb": 1, "compute_capability": "8.9", "driver": "580.65.06"}
    told: list[Step] = []
    deployment = deploy(
        BareHost(python, gpus=[card]), lambda *step: told.append(step), CancelToken(), pythons=(python,), code=code,
        setup=HostSetup(environment={"PIP_FIND_LINKS": str(wheels), "PIP_NO_INDEX": "1"}),
        get_uv=lambda machine, cancel: uv_wheel,
    )  # fmt: skip
    assert any(line == str(site / "torch.py") for *_, line in told)
    assert deployment.python.startswith(str(own_home))


# ---- called off, killed, begun twice --------------------------------------------------------------------------------


class Slow:
    """An installation whose self-test waits for a file, so that it can be met in the middle."""

    def __init__(self, folder: Path, python: str) -> None:
        self.go, self.folder, self.python = folder / "go", folder, python
        self.home = folder / "home 家"
        program = (
            "import pathlib, time\nprint('in the middle', flush=True)\n"
            f"while not pathlib.Path({str(self.go)!r}).exists():\n    time.sleep(0.02)\n"
        )
        self.code = quick_code("pip==0\n", program)
        self.threads: list[threading.Thread] = []

    def start(self, host: BareHost, token: CancelToken | None = None) -> "Run":
        run = Run(self, host, token or CancelToken())
        thread = threading.Thread(target=run)
        self.threads.append(thread)
        thread.start()
        return run

    def processes(self) -> list[int]:
        """Everything that runs from this home."""
        told = os.fsencode(str(self.home))
        return [pid for pid, words in (processes() or {}).items() if any(told in word for word in words[1])]

    def environments(self) -> list[Path]:
        return list(self.home.glob("venvs/*/env-*"))


class Run:
    """One desktop's deployment, in a thread."""

    def __init__(self, slow: Slow, host: BareHost, token: CancelToken) -> None:
        self.slow, self.host, self.token = slow, host, token
        self.told: list[Step] = []
        self.result: Deployment | BaseException | None = None

    def __call__(self) -> None:
        try:
            self.result = deploy(
                self.host, lambda *step: self.told.append(step), self.token, home=str(self.slow.home),
                pythons=(self.slow.python,), code=self.slow.code,
            )  # fmt: skip
        except (ProblemError, Cancelled) as error:
            self.result = error

    def saw(self, phase: str, line: str = "") -> bool:
        return any(step[0] == phase and line in step[3] for step in list(self.told))


def wait(what: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    # Nothing is to be installed: what counts is who does it.
    monkeypatch.setattr(plan, "_whole", lambda facts, pins, build: [_nothing(facts.interpreters[0].path)])
    slow = Slow(tmp_path, sys.executable)
    yield slow
    slow.go.touch()
    for thread in slow.threads:
        thread.join(DEADLINE)
    assert agent_processes(slow.home) == []


def _nothing(python: str) -> plan.Build:
    return plan.Build(python, "pip", False, (), (), 1, 1, 1)


def test_calling_off_leaves_nothing_running(slow: Slow) -> None:
    token = CancelToken()
    run = slow.start(BareHost(sys.executable), token)
    wait(lambda: run.saw("environment", "in the middle"))
    assert slow.processes()
    token.cancel()
    wait(lambda: run.result)
    assert isinstance(run.result, Cancelled)
    wait(lambda: not slow.processes())
    assert slow.environments() == []
    assert not (slow.home / "locks" / "deploy").exists()


def test_two_laptops_at_once(slow: Slow) -> None:
    first = slow.start(BareHost(sys.executable))
    wait(lambda: first.saw("environment", "in the middle"))
    second = slow.start(BareHost(sys.executable))
    wait(lambda: second.saw("wait", "@"))
    assert len(slow.environments()) == 1
    slow.go.touch()
    wait(lambda: first.result and second.result)
    assert isinstance(first.result, Deployment) and isinstance(second.result, Deployment)
    assert first.result.python == second.result.python
    assert not second.saw("environment", "in the middle")
    assert len(slow.environments()) == 1


def test_a_killed_installation_is_begun_again(slow: Slow) -> None:
    first = slow.start(BareHost(sys.executable))
    wait(lambda: first.saw("environment", "in the middle"))
    holder = json.loads((slow.home / "locks" / "deploy").read_bytes())
    os.kill(holder["pid"], signal.SIGKILL)
    wait(lambda: first.result)
    assert isinstance(first.result, ProblemError)
    (left,) = slow.environments()
    assert not list(slow.home.glob("venvs/*/python"))
    slow.go.touch()
    second = slow.start(BareHost(sys.executable))
    wait(lambda: second.result)
    assert isinstance(second.result, Deployment), second.result
    assert not second.result.python.startswith(str(left))
