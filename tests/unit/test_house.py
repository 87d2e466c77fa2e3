"""The rules of the house: layers that really are enforced, one place for the system's differences, a light desktop."""

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "desktop/loraferry",
    "remote_agent/loraferry_agent",
    "shared/loraferry_core",
    "resources/loraferry_resources",
)
SYSTEM_MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "msvcrt", "winreg", "ctypes"}

# Contract, file that breaks it, the line that is planted there.
VIOLATIONS = [
    ("The two ends never import each other", "desktop/loraferry/runs/shelf.py", "import loraferry_agent.layout"),
    ("Core is pure", "shared/loraferry_core/jobs.py", "import numpy"),
    ("The desktop never loads the training stack", "desktop/loraferry/library/scan.py", "import torch"),
    ("The agent never loads the desktop's libraries", "remote_agent/loraferry_agent/train.py", "import paramiko"),
    ("The agent's control plane starts fast", "remote_agent/loraferry_agent/jobs/store.py", "import torch"),
    ("What is below the view-models knows no Qt", "desktop/loraferry/ferry/launch.py", "import PySide6.QtCore"),
    ("Layers of the desktop", "desktop/loraferry/library/scan.py", "import loraferry.remote.address"),
]


def modules(*folders: str) -> Iterator[Path]:
    """All Python files of these folders."""
    for folder in folders:
        yield from (ROOT / folder).rglob("*.py")


def imported(path: Path) -> set[str]:
    """Top-level names that a file imports anywhere."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and the contracts, to be broken."""
    folder = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            folder / package,
            ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.mark.parametrize(("contract", "file", "line"), VIOLATIONS, ids=[v[0] for v in VIOLATIONS])
def test_a_planted_violation_breaks_its_contract(copy: Path, contract: str, file: str, line: str) -> None:
    target = copy / file
    sound = target.read_text(encoding="utf-8")
    target.write_text(f"{sound}\n{line}\n", encoding="utf-8")
    roots = os.pathsep.join(str(copy / package.partition("/")[0]) for package in PACKAGES)
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as l; l()", "--no-cache"]
    try:
        done = subprocess.run(
            command, cwd=copy, env={**os.environ, "PYTHONPATH": roots}, capture_output=True, text=True, check=False
        )
    finally:
        target.write_text(sound, encoding="utf-8")
    assert done.returncode != 0, done.stdout
    broken = re.findall(r"^(.*) BROKEN$", done.stdout, re.MULTILINE)
    assert any(name.startswith(contract) for name in broken), done.stdout


def test_what_only_one_system_has_is_in_the_two_platform_modules() -> None:
    for path in modules("desktop/loraferry", "remote_agent/loraferry_agent", "shared/loraferry_core"):
        if path.name not in ("platform.py", "probe.py"):  # the probe runs alone, before anything of ours is there
            assert not imported(path) & SYSTEM_MODULES, path


def test_no_text_file_is_opened_in_the_systems_encoding() -> None:
    """Windows would read it as something else than UTF-8."""
    careless = re.compile(r"\.(?:read_text|write_text)\(\s*\)|\.write_text\([^()]*\)(?<!encoding=\"utf-8\"\))")
    for path in modules("desktop/loraferry", "remote_agent/loraferry_agent", "shared/loraferry_core"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert not careless.search(line), f"{path}:{number}"


def test_the_desktop_extra_brings_no_torch_scipy_or_opencv() -> None:
    """Everything that `pip install '.[desktop]'` would bring, followed through what is installed here."""
    wanted = [("loraferry", "desktop")]
    brought: set[str] = set()
    while wanted:
        name, extra = wanted.pop()
        for text in metadata.requires(name) or ():
            requirement = Requirement(text)
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            if requirement.name.lower() not in brought:
                brought.add(requirement.name.lower())
                wanted += [(requirement.name, e) for e in (*requirement.extras, "")]
    assert {"paramiko", "pyqtgraph", "pydantic"} <= brought
    assert not brought & {"torch", "scipy", "opencv-python", "opencv-python-headless", "diffusers", "transformers"}
