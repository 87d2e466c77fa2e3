"""Where this machine gets its packages from: what its own pip was told, in the words of `uv` too."""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

OPTIONS = ("index-url", "extra-index-url", "find-links", "trusted-host", "constraint", "cert", "no-index")
OWN = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL")


def pip_settings(environment: Mapping[str, str]) -> dict[str, list[str]]:
    """The values of `OPTIONS` in pip's configuration: its files, the later ones over the earlier ones, then PIP_*."""
    found: dict[str, list[str]] = {}
    for path in configuration_files(environment):
        parser = configparser.RawConfigParser()
        try:
            parser.read(str(path), encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            for option in OPTIONS:
                if parser.has_option(section, option):
                    found[option] = parser.get(section, option).split()
    for option in OPTIONS:
        value = environment.get("PIP_" + option.upper().replace("-", "_"))
        if value is not None:
            found[option] = value.split()
    return found


def configuration_files(environment: Mapping[str, str]) -> list[Path]:
    """pip's configuration files in the order in which it reads them."""
    home = Path(environment.get("HOME") or Path.home())
    config = Path(environment.get("XDG_CONFIG_HOME") or home / ".config")
    own = environment.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    shared = (environment.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":")
    files = [Path(folder) / "pip" / "pip.conf" for folder in shared if folder] + [Path("/etc/pip.conf")]
    files += [home / ".pip" / "pip.conf", config / "pip" / "pip.conf", Path(sys.prefix) / "pip.conf"]
    return files + ([Path(own)] if own else [])


def uv_arguments(settings: dict[str, list[str]]) -> list[str]:
    """What `uv pip install` must be told on its command line to look where pip would."""
    arguments = [word for path in settings.get("constraint", []) for word in ("--constraints", path)]
    alone = settings.get("no-index", [""])[0].lower() in ("1", "true", "yes", "on")
    return [*arguments, "--no-index"] if alone else arguments


def uv_environment(settings: dict[str, list[str]], environment: Mapping[str, str], index: str = "") -> dict[str, str]:
    """And what in its environment, because an address may hold a password. `index` takes the place of pip's own; what
    uv has been told itself stands."""
    told = any(environment.get(name) for name in OWN)
    found = {}
    default = index or ("" if told else " ".join(settings.get("index-url", [])[:1]))
    if default:
        found["UV_DEFAULT_INDEX"] = default
    if settings.get("extra-index-url") and not told:
        # pip takes the best version of all places alike.
        found.update(UV_INDEX=" ".join(settings["extra-index-url"]), UV_INDEX_STRATEGY="unsafe-best-match")
    if settings.get("find-links"):
        found["UV_FIND_LINKS"] = ",".join(settings["find-links"])
    if settings.get("trusted-host"):
        found["UV_INSECURE_HOST"] = " ".join(settings["trusted-host"])
    if settings.get("cert"):
        found["SSL_CERT_FILE"] = settings["cert"][0]
    return {name: value for name, value in found.items() if name == "UV_DEFAULT_INDEX" or name not in environment}


def index_hosts(settings: dict[str, list[str]]) -> list[str]:
    """The names of the machines that pip's indexes live on."""
    places = settings.get("index-url", []) + settings.get("extra-index-url", [])
    return [host for host in (urlsplit(place).hostname for place in places) if host]
