"""What a machine still lacks to be an agent's, decided from what the probe found. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Literal

from loraferry.remote.torch_builds import CPU, IMAGE, WITHOUT, TorchBuild, choose_build, version_of
from loraferry.remote.uv import MANAGED_PYTHON, WHEELS
from loraferry_core.host import Disk, HostFacts, Interpreter
from loraferry_core.problems import Problem, ProblemError, fail, problem

OLDEST_PYTHON = (3, 11)
"""What the locked diffusers and transformers need."""
OLDEST_TORCH = (2, 6)
"""Of an image's own torch that is worth a try."""
LIKED_PYTHONS = ((3, 12), (3, 11), (3, 13))
"""Those for which every package has built files for certain, the best first."""
CODE_MB = 20
CODE_FILES = 500
UV_MB = 120
"""uv, and an interpreter if it must fetch one, unpacked."""
WORK_MB = 500
WORK_FILES = 1000
"""Below this not even a small run has room for its pictures and its first checkpoint."""
ON_IMAGE_MB = 1500
ON_IMAGE_FILES = 15_000
WHOLE_FILES = 40_000


@dataclass(frozen=True)
class Adopt:
    """Use an interpreter that has everything in the right version already."""

    python: str
    tool: Literal[""] = ""


@dataclass(frozen=True)
class Build:
    """Make an environment with `tool` from `python`, a path or, for uv, the version of one that it is to fetch.

    It stands on the image's packages where `system_site`; then `without` are those that must come from there.
    `installs` are lines, each with the index they come from (empty: the machine's own). Sizes in MB.
    """

    python: str
    tool: Literal["pip", "uv"]
    system_site: bool
    installs: tuple[tuple[str, str], ...]
    without: tuple[str, ...]
    needed_mb: int
    packages_mb: int
    files: int


Environment = Adopt | Build
Installs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Plan:
    """Code and environment by name. `ready` is the interpreter to use where the environment is there; otherwise
    `ways` lists how to come to one, the cheapest first, to be tried until one passes the self-test on `cards`.
    `otherwise` is what is wrong where none does, if that is known already. A `tagger` trains nothing, so it needs no
    torch and no card."""

    code: str
    send_code: bool
    environment: str
    ready: str
    ways: tuple[Environment, ...]
    cards: tuple[int, ...] = ()
    otherwise: Problem | None = None
    tagger: bool = False


def plan_deployment(
    facts: HostFacts, code: str, lock: str, work: str = "", caches: str = "", *, tagger: bool = False
) -> Plan:
    """Decide what to do on a machine for agent code of version `code` and the text of the lock. `work` and `caches` are
    the folders that were chosen; empty: in the home. With `tagger` the lock is the tagger's, which has no torch.

    Raises ProblemError: `python_missing`, `driver_too_old`, `gpu_too_old`, `disk_full`, `inodes_full`.
    """
    pins = parse_lock(lock)
    otherwise = None
    try:
        build = WITHOUT if tagger else choose_build(facts.gpus, facts.machine)
    except ProblemError as error:
        if not _on_image(facts):
            raise
        build, otherwise = IMAGE, error.problem
    name = environment_name(lock, build)
    every_card = build in (IMAGE, WITHOUT)
    cards = tuple(range(len(facts.gpus))) if every_card else build.cards(facts.gpus, facts.machine)
    send_code = code not in facts.codes
    ready = facts.pythons.get(name, "")
    if ready and not _still_good(ready, facts, pins):
        ready = ""
    ways = () if ready else _ways(facts, pins, build)
    ways = _with_room(facts, send_code, ways, work, caches)
    return Plan(code, send_code, name, ready, ways, cards, otherwise, tagger)


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


# ---- ways to an environment -----------------------------------------------------------------------------------------


def has_everything(interpreter: Interpreter, pins: dict[str, str]) -> bool:
    """Whether each pinned package is there in that version; a build's suffix, as in `2.13.0+cpu`, does not count."""
    return _is_new_enough(interpreter) and all(
        interpreter.packages.get(name, "").partition("+")[0] == version for name, version in pins.items()
    )


def _still_good(python: str, facts: HostFacts, pins: dict[str, str]) -> bool:
    """An environment of ours is as it was made; an adopted interpreter may have changed since."""
    return _is_ours(python, facts) or any(
        found.path == python and has_everything(found, pins) for found in facts.interpreters
    )


def _is_ours(python: str, facts: HostFacts) -> bool:
    pure = _pure(facts)
    return pure(python).is_relative_to(pure(facts.home))


def _usable(facts: HostFacts) -> list[Interpreter]:
    """Interpreters of the machine that are new enough, those first that have what an environment is made with."""
    found = [python for python in facts.interpreters if _is_new_enough(python) and not _is_ours(python.path, facts)]
    return sorted(found, key=lambda python: (not python.has_venv, _liking(python)))


def _takes_uv(facts: HostFacts) -> bool:
    return facts.system == "Linux" and facts.machine in WHEELS


def _makers(facts: HostFacts) -> list[Interpreter]:
    return [python for python in _usable(facts) if python.has_venv or _takes_uv(facts)]


def _on_image(facts: HostFacts) -> list[Interpreter]:
    """Interpreters whose own torch is worth a try."""
    return [python for python in _makers(facts) if version_of(python.torch) >= OLDEST_TORCH]


def _ways(facts: HostFacts, pins: dict[str, str], build: TorchBuild) -> tuple[Environment, ...]:
    ways: list[Environment] = [Adopt(python.path) for python in _usable(facts) if has_everything(python, pins)]
    if build not in (CPU, WITHOUT):
        ways += [_on_top_of(python, pins) for python in _on_image(facts)[:1]]
    if build is not IMAGE:
        ways += _whole(facts, pins, build)
    if not ways:
        found = ", ".join(f"{python.path} ({python.version})" for python in facts.interpreters)
        raise fail("python_missing", found=found)
    return tuple(ways)


def _on_top_of(python: Interpreter, pins: dict[str, str]) -> Build:
    """Everything but torch, which the image has for its own card."""
    without = ("torch", "numpy")
    installs = (("", _lines(pins, without)),)
    return Build(python.path, _tool(python), True, installs, without, ON_IMAGE_MB, ON_IMAGE_MB // 2, ON_IMAGE_FILES)


def _whole(facts: HostFacts, pins: dict[str, str], build: TorchBuild) -> Iterator[Build]:
    """Everything, from the machine's own index where that has the build, and from PyTorch's."""
    makers = _makers(facts)
    if makers:
        python, tool = makers[0].path, _tool(makers[0])
    elif _takes_uv(facts):
        python, tool = MANAGED_PYTHON, "uv"
    else:
        return
    everything = ("", _lines(pins))
    theirs: Installs = ((build.index, f"torch=={pins['torch']}\n"), everything) if "torch" in pins else (everything,)
    own: Installs = (everything,)
    choices: tuple[Installs, ...]
    if facts.system == "Linux" and build is not CPU:
        choices = (own, theirs) if build.on_indexes else (theirs,)
    elif facts.system == "Linux":
        # There the machine's own index has the large build.
        choices = (theirs, own)
    else:
        choices = (own,) if build is CPU else (theirs,)
    for installs in dict.fromkeys(choices):
        yield Build(python, tool, False, installs, (), build.disk_mb, build.packages_mb, WHOLE_FILES)


def _tool(python: Interpreter) -> Literal["pip", "uv"]:
    return "pip" if python.has_venv else "uv"


def _lines(pins: dict[str, str], without: tuple[str, ...] = ()) -> str:
    return "".join(f"{name}=={version}\n" for name, version in sorted(pins.items()) if name not in without)


def _is_new_enough(python: Interpreter) -> bool:
    return version_of(python.version) >= OLDEST_PYTHON


def _liking(python: Interpreter) -> int:
    version = version_of(python.version)[:2]
    return LIKED_PYTHONS.index(version) if version in LIKED_PYTHONS else len(LIKED_PYTHONS)


# ---- room -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """So much is wanted at a place, in MB and in files."""

    path: str
    mb: int
    files: int


def _with_room(
    facts: HostFacts, send_code: bool, ways: tuple[Environment, ...], work: str, caches: str
) -> tuple[Environment, ...]:
    """The ways that there is room for. Raises ProblemError where there is none, or none for the code or the work."""
    always = [Need(facts.home, CODE_MB, CODE_FILES)] if send_code else []
    if work and not facts.agent_id:
        always.append(Need(work, WORK_MB, WORK_FILES))
    found = lacking(facts, always)
    if found is not None:
        raise ProblemError(found)
    fitting = []
    for way in ways:
        found = lacking(facts, [*always, *_needs(facts, way, caches or work)])
        if found is None:
            fitting.append(way)
    if ways and not fitting:
        assert found is not None
        raise ProblemError(found)
    return tuple(fitting)


def _needs(facts: HostFacts, way: Environment, caches: str) -> list[Need]:
    if isinstance(way, Adopt):
        return []
    tool = [Need(facts.home, UV_MB, 10)] if way.tool == "uv" else []
    packages = Need(caches or facts.home, way.packages_mb, 0)
    return [*tool, Need(facts.home, way.needed_mb, way.files), packages]


def lacking(facts: HostFacts, needs: list[Need]) -> Problem | None:
    """What is wrong where these together have no room on the disks that they lie on; None where they do."""
    by_disk: dict[Disk, list[Need]] = {}
    for need in needs:
        disk = disk_of(facts, need.path)
        if disk is not None:
            by_disk.setdefault(disk, []).append(need)
    for disk, here in by_disk.items():
        mb, files = sum(need.mb for need in here), sum(need.files for need in here)
        if disk.free_mb < mb:
            return problem("disk_full", path=here[0].path, needed_mb=mb, free_mb=disk.free_mb)
        # Some file systems do not count them, and say 0.
        if 0 < disk.inodes_free < files:
            return problem("inodes_full", path=here[0].path, needed=files, free=disk.inodes_free)
    return None


def disk_of(facts: HostFacts, path: str) -> Disk | None:
    """The disk on which a path lies: the longest mount above it; None for a path that is not absolute."""
    pure = _pure(facts)
    holding = [disk for disk in facts.disks if pure(path).is_relative_to(pure(disk.path))]
    return max(holding, key=lambda disk: len(disk.path), default=None)


def _pure(facts: HostFacts) -> type[PurePath]:
    return PureWindowsPath if facts.system == "Windows" else PurePosixPath
