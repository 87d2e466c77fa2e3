"""Where base models lie on machines that other programs have used: their caches and folders, and the large disks."""

import os
from collections.abc import Mapping
from pathlib import Path

from loraferry_agent.layout import Layout

HUB_VARIABLES = ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "MODELSCOPE_CACHE")
_FIRST = ("autodl-pub", "autodl-tmp", "autodl-fs")
_COMMON = ("/root", "/workspace", "/data", "/mnt", "/opt", "/srv", "/hy-tmp", "/lambda/nfs", "/home")
_CACHES = (".cache/huggingface/hub", ".cache/modelscope/hub")
_MODEL_FOLDERS = ("ComfyUI/models", "stable-diffusion-webui/models", "stable-diffusion-webui-forge/models")
_MOUNTS = Path("/proc/mounts")
_PSEUDO = ("/proc", "/sys", "/dev", "/run", "/boot", "/etc", "/usr", "/var", "/tmp", "/snap")
"""No models there, but endless other files, or devices."""


def roots(layout: Layout, environment: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Folders to look through, the likeliest first; those that are there, each once."""
    named = [Path(environment[name]) for name in HUB_VARIABLES if environment.get(name)]
    tops = [home, *map(Path, _COMMON), *mounts()]
    wanted = [
        layout.models,
        *named,
        *(top / cache for top in (*tops, layout.caches) for cache in _CACHES),
        *(top / folder for top in tops for folder in _MODEL_FOLDERS),
        *(top / name for top in (Path("/root"), home) for name in _FIRST),
        *tops,
    ]
    return tuple(dict.fromkeys(path for path in wanted if path.is_dir()))


def mounts() -> list[Path]:
    """Mount points of disks. Empty where the system does not list them."""
    if not _MOUNTS.exists():
        return []
    lines = _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    points = [words[1] for words in map(str.split, lines) if len(words) > 1]
    # The kernel writes spaces in names as \040.
    paths = [Path(point.replace("\\040", " ")) for point in points]
    return [path for path in paths if path != Path("/") and not is_pseudo(path) and os.access(path, os.R_OK)]


def is_pseudo(path: Path) -> bool:
    """Whether a path leads into the system itself."""
    return any(path.is_relative_to(place) for place in _PSEUDO)
