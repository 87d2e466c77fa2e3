"""Files that ship with LoRA Ferry: where they are on disk. Nothing here imports torch."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def toy_base_path() -> Path:
    """The toy Stable Diffusion 1.x pipeline, a folder in the layout of diffusers."""
    return _ROOT / "toy_base"


def sample_dataset_path() -> Path:
    """The 24 captioned pictures (PNG + .txt) of the thing that the toy base has never seen."""
    return _ROOT / "sample_dataset"


def icons_path() -> Path:
    """The icons of the desktop app."""
    return _ROOT / "icons"


def themes_path() -> Path:
    """The colour themes of the desktop app."""
    return _ROOT / "themes"


def translations_path() -> Path:
    """The translation catalogues of the desktop app."""
    return _ROOT / "translations"


def presets_path() -> Path:
    """The presets: one JSON file for each model family and goal."""
    return _ROOT / "presets"


def catalogue_path() -> Path:
    """The catalogues of base models."""
    return _ROOT / "catalogue"


def vendors_path() -> Path:
    """The profiles of those who rent out machines: one JSON file each."""
    return _ROOT / "vendors"


def resource_path(name: str) -> Path:
    """A file or folder that ships, by its name here."""
    return _ROOT / name
