"""Which version supervises: the newest that has served here, also while jobs go on under older ones.

A newer `serve` announces itself; the supervisor hands over between two rounds, and whoever has to start one starts the
newest. Runners and trainers stay on the code that they began with.
"""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import loraferry_agent
import loraferry_core
from loraferry_agent.jobs.atomic import read_json, write_json
from loraferry_agent.layout import SCHEMA, Layout


@dataclass(frozen=True)
class Version:
    """Code and the interpreter it runs on. `deployed` is when, in nanoseconds since 1970; 0 for code that was not."""

    schema_number: int
    deployed: int
    roots: tuple[str, ...]
    python: str

    def is_newer_than(self, other: "Version") -> bool:
        """Whether this one supervises rather than the other."""
        return (self.schema_number, self.deployed) > (other.schema_number, other.deployed)


def own_version(layout: Layout) -> Version:
    """The code that is running now."""
    packages = (loraferry_agent, loraferry_core)
    roots = tuple(dict.fromkeys(str(Path(package.__path__[0]).parent) for package in packages))
    folder = Path(roots[0])
    deployed = folder.stat().st_mtime_ns if folder.parent == layout.code else 0
    return Version(SCHEMA, deployed, roots, sys.executable)


def newest_version(layout: Layout) -> Version:
    """The newest code that has announced itself and is still there; else the own."""
    own = own_version(layout)
    value = read_json(layout.newest)
    if value is None:
        return own
    names = ("schema_number", "deployed", "roots", "python")
    told = Version(**{name: value[name] for name in names})
    told = Version(told.schema_number, told.deployed, tuple(told.roots), told.python)
    is_there = Path(told.python).exists() and all(Path(root).is_dir() for root in told.roots)
    return told if is_there and told.is_newer_than(own) else own


def announce(layout: Layout) -> None:
    """Let an older supervisor know that newer code is here. Raises OSError."""
    own = own_version(layout)
    if own.deployed and newest_version(layout) == own:
        value = asdict(own)
        if read_json(layout.newest) != {**value, "roots": list(own.roots)}:
            write_json(layout.newest, value)


def is_superseded(layout: Layout) -> bool:
    """Whether newer code than this is to supervise."""
    return newest_version(layout) != own_version(layout)
