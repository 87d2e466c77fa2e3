"""Makes the interpreter that trains: one that is there already, or an environment made by pip or by uv."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

from loraferry_agent.layout import layout_of
from loraferry_agent.setup.claim import STALE_SECONDS, Beat
from loraferry_agent.setup.package_index import pip_settings, uv_arguments, uv_environment
from loraferry_agent.setup.surroundings import surroundings
from loraferry_agent.setup.tools import Desk, Failure, private, write

PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input")
PIP_INSTALL = ("install", "--progress-bar", "off", "--no-warn-script-location")
PACKAGE = re.compile(
    r"\s*(?:Collecting|Requirement already satisfied:|Downloading|Downloaded|\+)\s+([A-Za-z0-9._-]+?)(?:\[|==| |$)"
)
"""Where pip or uv begins with a package, or has it."""
SITES = "import json, site; print(json.dumps(site.getsitepackages()))"
SELFTEST = (
    # Not run as a file: its folder, which holds a platform.py, would then hide the library's module of that name.
    "import runpy, sys; sys.path[0] = sys.argv.pop(1);"
    " runpy.run_module('loraferry_agent.selftest', run_name='__main__', alter_sys=True)"
)


def adopt(home: Path, order: dict[str, Any], desk: Desk) -> str:
    """Use an interpreter that has everything already, if it passes the self-test."""
    python = str(order["python"])
    selftest(home, python, order, desk)
    private(home / "venvs" / order["name"])
    write(home / "venvs" / order["name"] / "python", python)
    return python


def build(home: Path, order: dict[str, Any], desk: Desk) -> str:
    """Make an environment as the order says, unless it is there: another desktop may have made it meanwhile.

    `tool` is `pip` or the path of uv; `python` the interpreter below it, or a version that uv is to fetch;
    `system_site` whether it stands on the image's packages; `installs` lists an index (or none) with the lines to
    install from there; `without` names what no package may draw in, because the image has it.
    """
    folder = home / "venvs" / order["name"]
    ready = made(folder)
    if ready:
        return ready
    private(folder)
    remove_stale(folder)
    place = Path(tempfile.mkdtemp(prefix="env-", dir=str(folder)))
    sign = place / "installing"
    sign.touch()
    beat = Beat(sign)
    try:
        make = _with_pip if order["tool"] == "pip" else _with_uv
        own = make(home, place, order, desk)
        selftest(home, own, order, desk)
        write(folder / "python", own)
    except BaseException:
        beat.stop()
        shutil.rmtree(str(place), ignore_errors=True)
        raise
    beat.stop()
    sign.unlink()
    # What was fetched is in its place now; it would only fill the disk twice.
    shutil.rmtree(str(packages_folder(home)), ignore_errors=True)
    return own


def made(folder: Path) -> str:
    """The interpreter of an environment of ours that is complete; empty where there is none."""
    with contextlib.suppress(OSError):
        python = (folder / "python").read_text(encoding="utf-8").strip()
        if str(python).startswith(str(folder)) and Path(python).exists():
            return python
    return ""


def packages_folder(home: Path) -> Path:
    """Where packages lie that were fetched, until the environment is complete; an interrupted one goes on from them."""
    return layout_of(home).caches / "packages"


def _with_pip(home: Path, place: Path, order: dict[str, Any], desk: Desk) -> str:
    environment = tool_environment(home)
    site = ["--system-site-packages"] if order["system_site"] else []
    desk.call("environment", [order["python"], "-m", "venv", *site, str(place)], environment)
    own = _python_in(place)
    if order["system_site"]:
        _stand_on(own, order["python"], environment, desk)
    for index, lines in order["installs"]:
        listed = _listed(place, "requirements.txt", lines)
        place_of = ["--index-url", index] if index else []
        command = [own, *PIP, *PIP_INSTALL, *place_of, "-r", str(listed)]
        desk.call("packages", command, environment, heard=Count(desk, lines))
    return own


def _with_uv(home: Path, place: Path, order: dict[str, Any], desk: Desk) -> str:
    environment, uv = tool_environment(home), str(order["tool"])
    python = str(order["python"])
    managed = [] if Path(python).is_absolute() else ["--managed-python"]
    if managed:
        desk.call("python", [uv, "python", "install", "--no-bin", python], environment, home)
    site = ["--system-site-packages"] if order["system_site"] else []
    inner = place / "venv"
    desk.call("environment", [uv, "venv", *managed, *site, "--python", python, str(inner)], environment, home)
    own = _python_in(inner)
    if order["system_site"]:
        _stand_on(own, python, environment, desk)
    # A requirement that no machine fulfils is how uv leaves a package out.
    never = _listed(place, "overrides.txt", "".join(f"{name}; sys_platform == 'never'\n" for name in order["without"]))
    overrides = ["--overrides", str(never)] if order["without"] else []
    settings = pip_settings(environment)
    for index, lines in order["installs"]:
        listed = _listed(place, "requirements.txt", lines)
        command = [uv, "pip", "install", "--python", own, *uv_arguments(settings), *overrides, "-r", str(listed)]
        places = uv_environment(settings, environment, index)
        desk.call("packages", command, {**environment, **places}, home, heard=Count(desk, lines))
    return own


def _stand_on(own: str, python: str, environment: dict[str, str], desk: Desk) -> None:
    """Let an environment see the packages of `python` behind its own, also where that is an environment itself: the
    option of venv would show those of the interpreter below it."""
    upper, lower = (json.loads(desk.ask([one, "-c", SITES], environment)) for one in (own, python))
    Path(upper[0], "image.pth").write_text("".join(path + "\n" for path in lower), encoding="utf-8")


def _listed(place: Path, name: str, lines: str) -> Path:
    path = place / name
    path.write_text(lines, encoding="utf-8")
    return path


def _python_in(place: Path) -> str:
    return str(place / ("Scripts/python.exe" if os.name == "nt" else "bin/python"))


class Count:
    """Reads off what pip and uv print how many of the listed packages they have fetched or put in place."""

    def __init__(self, desk: Desk, lines: str) -> None:
        self._desk = desk
        self._names = {_plain(line.partition("==")[0]) for line in lines.split()}
        self._seen: set[str] = set()

    def __call__(self, line: str) -> None:
        match = PACKAGE.match(line)
        name = _plain(match.group(1)) if match else ""
        if name in self._names and name not in self._seen:
            self._seen.add(name)
            self._desk.tell(progress=[len(self._seen), len(self._names)])


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", "_").replace(".", "_")


def selftest(home: Path, python: str, order: dict[str, Any], desk: Desk) -> None:
    """Raises Failure with the libraries' own words where the interpreter cannot train on the cards it is meant for, or,
    where the order says `tagger`, cannot tag."""
    what = ["--tagger"] if order.get("tagger") else [str(card) for card in order["cards"]]
    desk.call("selftest", [python, "-c", SELFTEST, str(order["code"]), *what], tool_environment(home))


def tool_environment(home: Path) -> dict[str, str]:
    """The environment of the tools: as the machine's owner meant it, without what would mix other packages in, and with
    everything they keep inside our folders."""
    mixing = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "VIRTUAL_ENV")
    session = {name: value for name, value in os.environ.items() if name not in mixing}
    packages = packages_folder(home)
    own = {
        "PIP_CACHE_DIR": str(packages / "pip"),
        "UV_CACHE_DIR": str(packages / "uv"),
        "UV_PYTHON_INSTALL_DIR": str(layout_of(home).pythons),
        "UV_NO_PROGRESS": "1",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**session, **surroundings(home, session), **own}


def remove_stale(folder: Path) -> None:
    """Delete environments that were left half made."""
    for place in folder.glob("env-*"):
        with contextlib.suppress(OSError):
            if time.time() - (place / "installing").stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(str(place), ignore_errors=True)


def uv_at(home: Path, version: str) -> Path:
    """Where the uv of a version is, or is to be."""
    return layout_of(home).uv / version / "uv"


def put_uv(home: Path, version: str, sha256: str, wheel: bytes) -> str:
    """Take uv out of its wheel; without a wheel say whether it is there: its path, or nothing."""
    path = uv_at(home, version)
    if path.is_file():
        return str(path)
    if not wheel:
        return ""
    if hashlib.sha256(wheel).hexdigest() != sha256:
        raise Failure("deploy_failed", phase="uv", output="uv did not arrive whole")
    with zipfile.ZipFile(io.BytesIO(wheel)) as packed:
        name = next(name for name in packed.namelist() if name.endswith("/scripts/uv"))
        program = packed.read(name)
    private(path.parent)
    part = path.with_name(".uv." + str(os.getpid()))
    part.write_bytes(program)
    part.chmod(0o700)
    part.replace(path)
    return str(path)
