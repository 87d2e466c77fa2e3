"""What a machine still lacks to be an agent's, decided from what the probe found. Pure."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath, PureWindowsPath

from loraferry.remote.torch_builds import CPU, TorchBuild, choose_build, version_of
from loraferry_core.host import Disk, HostFacts, Interpreter
from loraferry_core.problems import fail

OLDEST_PYTHON = (3, 11)
"""What the locked diffusers and transformers need."""
OLDEST_TORCH = (2, 6)
"""Of an image's own torch that is worth a try."""
LIKED_PYTHONS = ((3, 12), (3, 11), (3, 13))
"""Those for which every package has built files for certain, the best first."""


@dataclass(frozen=True)
class Adopt:
    """Use an interpreter that has everything in the right version already."""

    python: str


@dataclass(frozen=True)
class Build:
    """Make an environment with `python`; on top of the image's packages where `system_site`. `installs` are further
    arguments of pip, each with the lines it installs."""

    python: str
    system_site: bool
    installs: tuple[tuple[tuple[str, ...], str], ...]
    needed_mb: int


Environment = Adopt | Build


@dataclass(frozen=True)
class Plan:
    """Code and environment by name. `ready` is the interpreter to use where the environment is there; otherwise
    `ways` lists how to come to one, the cheapest first, to be tried until one passes the self-test."""

    code: str
    send_code: bool
    environment: str
    ready: str
    ways: tuple[Environment, ...]


def plan_deployment(facts: HostFacts, code: str, lock: str) -> Plan:
    """Decide what to do on a machine for agent code of version `code` and the text of the lock.

    Raises ProblemError: `python_missing`, `driver_too_old`, `gpu_too_old`, `disk_full`.
    """
    build = choose_build(facts.gpus)
    name = environment_name(lock, build)
    pins = parse_lock(lock)
    ready = facts.pythons.get(name, "")
    if ready and not _still_good(ready, facts, pins):
        ready = ""
    ways = () if ready else _ways(facts, pins, build)
    return Plan(code, code not in facts.codes, name, ready, ways)


def environment_name(lock: str, build: TorchBuild) -> str:
    """The folder of the environment: a hash of what is in it."""
    return sha256(f"{build.name}\n{lock}".encode()).hexdigest()[:16]


def parse_lock(lock: str) -> dict[str, str]:
    """Versions by normalised distribution name."""
    lines = (line.partition("#")[0].strip() for line in lock.splitlines())
    return {
        name.strip().lower().replace("-", "_"): version
        for name, _, version in (line.partition("==") for line in lines if line)
    }


def has_everything(interpreter: Interpreter, pins: dict[str, str]) -> bool:
    """Whether each pinned package is there in that version; a build's suffix, as in `2.13.0+cpu`, does not count."""
    return _is_new_enough(interpreter) and all(
        interpreter.packages.get(name, "").partition("+")[0] == version for name, version in pins.items()
    )


def _still_good(python: str, facts: HostFacts, pins: dict[str, str]) -> bool:
    """An environment of ours is as it was made; an adopted interpreter may have changed since."""
    pure = PureWindowsPath if facts.system == "Windows" else PurePosixPath
    inside_home = pure(python).is_relative_to(pure(facts.home))
    return inside_home or any(found.path == python and has_everything(found, pins) for found in facts.interpreters)


def _ways(facts: HostFacts, pins: dict[str, str], build: TorchBuild) -> tuple[Environment, ...]:
    usable = [found for found in facts.interpreters if _is_new_enough(found)]
    if not usable:
        found = ", ".join(f"{python.path} ({python.version})" for python in facts.interpreters)
        raise fail("python_missing", found=found)
    ways: list[Environment] = [Adopt(python.path) for python in usable if has_everything(python, pins)]
    makers = sorted((python for python in usable if python.has_venv), key=_liking)
    if not ways and not makers:
        found = ", ".join(f"{python.path} ({python.version}, no venv)" for python in usable)
        raise fail("python_missing", found=found)
    on_image = [python for python in makers if version_of(python.torch) >= OLDEST_TORCH]
    ways += [_on_top_of(python, pins) for python in on_image[:1] if build is not CPU]
    if makers:
        whole = _whole(makers[0], pins, build)
        if not ways:
            _check_space(facts, whole.needed_mb)
        ways.append(whole)
    return tuple(ways)


def _on_top_of(python: Interpreter, pins: dict[str, str]) -> Build:
    """Everything but torch, which the image has for its own card."""
    return Build(python.path, True, (((), _lines(pins, without=("torch", "numpy"))),), 1500)


def _whole(python: Interpreter, pins: dict[str, str], build: TorchBuild) -> Build:
    installs: list[tuple[tuple[str, ...], str]] = []
    if build.index:
        installs.append((("--index-url", build.index), f"torch=={pins['torch']}\n"))
    installs.append(((), _lines(pins)))
    return Build(python.path, False, tuple(installs), build.disk_mb)


def _lines(pins: dict[str, str], without: tuple[str, ...] = ()) -> str:
    return "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()) if name not in without)


def _is_new_enough(python: Interpreter) -> bool:
    return version_of(python.version) >= OLDEST_PYTHON


def _liking(python: Interpreter) -> int:
    version = version_of(python.version)[:2]
    return LIKED_PYTHONS.index(version) if version in LIKED_PYTHONS else len(LIKED_PYTHONS)


def _check_space(facts: HostFacts, needed_mb: int) -> None:
    disk = disk_of(facts, facts.home)
    if disk is not None and disk.free_mb < needed_mb:
        raise fail("disk_full", path=facts.home, needed_mb=needed_mb, free_mb=disk.free_mb)


def disk_of(facts: HostFacts, path: str) -> Disk | None:
    """The disk on which a path lies: the longest mount above it."""
    pure = PureWindowsPath if facts.system == "Windows" else PurePosixPath
    holding = [disk for disk in facts.disks if pure(path).is_relative_to(pure(disk.path))]
    return max(holding, key=lambda disk: len(disk.path), default=None)
