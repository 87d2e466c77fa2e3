"""The environment a machine's owner meant its programs to have: read from files and process 1, never run."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from loraferry_agent.layout import read_setup
from loraferry_agent.setup.package_index import index_hosts, pip_settings

MAX_BYTES = 2**20
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
VENDOR = re.compile(r"RUNPOD_[A-Z0-9_]+|VAST_[A-Z0-9_]+|CONTAINER_(ID|API_KEY|LABEL)|AutoDL[A-Za-z]+")
"""What RunPod, Vast.ai and AutoDL put into the environment of process 1, and an ssh session may lack."""
VENDOR_KEY = re.compile(r"(RUNPOD|VAST|CONTAINER)_([A-Z0-9_]*_)?API_KEY")
OURS = re.compile(r"PYTHON[A-Z]*|LORAFERRY_.*|HOME|PWD|OLDPWD|SHLVL|_")
"""What no file may change for us."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy")
NEAR = ("localhost", "127.0.0.1", "::1", ".cn")
"""Not to be reached through a proxy that a vendor offers: those lead abroad."""


def surroundings(home: Path, session: Mapping[str, str], initial: Path = Path("/proc/1/environ")) -> dict[str, str]:
    """What is to be added to, or replaced in, the environment `session`, as the home's `HostSetup` says.

    The vendor's variables of process 1 where the session lacks them, then the files, then the variables set by name.
    """
    setup = read_setup(home)
    found = {name: value for name, value in vendor_variables(initial).items() if name not in session}
    added: dict[str, str] = {}
    files = setup.get("environment_files")
    for path in files if isinstance(files, list) else []:
        added.update(parse_assignments(_read(Path(str(path)))))
    named = setup.get("environment")
    if isinstance(named, dict):
        added.update({str(name): str(value) for name, value in named.items() if NAME.fullmatch(str(name))})
    added = {name: value for name, value in added.items() if not OURS.fullmatch(name) and "\0" not in value}
    if any(name.lower() in PROXIES and value for name, value in added.items()):
        added.update(_around_proxy({**session, **found, **added}))
    return {**found, **added}


def parse_assignments(text: str) -> dict[str, str]:
    """`KEY=VALUE` and `export KEY="v"` of a shell file. What the shell would compute (`$…`, backticks) is left out."""
    found = {}
    for line in text.splitlines():
        lexer = shlex.shlex(line.strip(), posix=True, punctuation_chars=True)
        lexer.whitespace_split, lexer.commenters = True, ""
        try:
            words = list(lexer)
        except ValueError:  # a quotation mark without its like
            continue
        for word in words:
            if word in ("export", "declare", "-x", "&&", ";", "set", "-a"):
                continue
            match = ASSIGNMENT.fullmatch(word)
            if match is None:
                break
            if "$" not in match.group(2) and "`" not in match.group(2):
                found[match.group(1)] = match.group(2)
    return found


def vendor_variables(initial: Path) -> dict[str, str]:
    """The vendor's variables in the environment of process 1."""
    pairs = (pair.partition("=") for pair in _read(initial).split("\0"))
    return {name: value for name, _, value in pairs if VENDOR.fullmatch(name)}


def _around_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """`no_proxy` with what lies near: this machine, domestic names, and the mirrors that were chosen."""
    told = (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(",")
    mirrors = [urlsplit(environment.get("HF_ENDPOINT", "")).hostname or "", *index_hosts(pip_settings(environment))]
    names = dict.fromkeys(name.strip() for name in [*told, *NEAR, *mirrors] if name.strip())
    joined = ",".join(names)
    return {"no_proxy": joined, "NO_PROXY": joined}


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
