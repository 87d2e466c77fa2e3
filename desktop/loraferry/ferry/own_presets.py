"""Presets of a person's own: one small JSON file each, in a folder that they may copy, share and edit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from loraferry.ferry.presets import ANSWERS, Goal, exists
from loraferry.platform import write_atomically
from loraferry_core.config import Config, TrainConfig
from loraferry_core.config.dotted import read, replace_at
from loraferry_core.names import is_safe_relative, without_control_characters
from loraferry_core.problems import ProblemError, fail

SUFFIX = ".json"
MAX_BYTES = 1 << 20
MAX_NAME = 80
MAX_STEM = 40
"""Characters of a file's name: of any script they fit into what file systems allow."""


class OwnPreset(Config):
    """Settings under a name. What is asked of every plan (base model, words, name of the file) is in it too, but is not
    taken over when it is chosen."""

    format: Literal["loraferry-preset"] = "loraferry-preset"
    name: str = Field(min_length=1, max_length=MAX_NAME)
    goal: Goal = "character"
    config: TrainConfig


def preset_of(name: str, goal: Goal, config: TrainConfig) -> OwnPreset:
    """A plan under a name, without what belongs to one set of pictures."""
    plain = TrainConfig()
    for path in ("dataset.manifest", "dataset.concepts", "base.tree", "network.parent_tree"):
        config = replace_at(config, path, read(plain, path))
    return OwnPreset(name=plain_name(name), goal=goal, config=config)


def plain_name(name: str) -> str:
    """A name as it may be kept: one line, without control characters, not too long; empty where nothing is left."""
    return " ".join(without_control_characters(name).split())[:MAX_NAME].strip()


def with_answers(preset: OwnPreset, answers: TrainConfig) -> TrainConfig:
    """The preset's settings with what `answers` says of base model, pictures and words."""
    config = preset.config
    for path in sorted(ANSWERS, key=lambda path: path.count(".")):
        if exists(answers, path) and exists(config, path):
            config = replace_at(config, path, read(answers, path))
    return config


def parsed(data: bytes, name: str) -> OwnPreset:
    """A preset from a file's bytes. `name` is the file's, for the problem. Raises ProblemError `settings_unreadable`."""
    if len(data) > MAX_BYTES:
        raise fail("settings_unreadable", name=name, detail=f"> {MAX_BYTES >> 20} MB")
    try:
        return OwnPreset.model_validate_json(data)
    except ValidationError as error:
        raise fail("settings_unreadable", name=name, detail=error.errors(include_url=False)[0]["msg"]) from error


def written(preset: OwnPreset) -> bytes:
    """The inverse of `parsed`."""
    return json.dumps(preset.model_dump(mode="json"), ensure_ascii=False, indent=1).encode()


class OwnPresets:
    """The folder of presets, read anew each time, as people put files there too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[OwnPreset, ...]:
        """Every preset that can be read, by name."""
        found = {preset.name: preset for _, preset in self._read()}
        return tuple(sorted(found.values(), key=lambda preset: preset.name.casefold()))

    def free_name(self, wanted: str) -> str:
        """`wanted`, or with a number behind it where a preset has that name."""
        taken = {preset.name.casefold() for preset in self.all()}
        name, number = wanted[:MAX_NAME], 2
        while name.casefold() in taken:
            end = f" {number}"
            name, number = wanted[: MAX_NAME - len(end)] + end, number + 1
        return name

    def save(self, preset: OwnPreset) -> None:
        """Keep a preset in place of one of the same name. Raises ProblemError `file_unwritable`."""
        path = next((path for path, there in self._read() if there.name == preset.name), None)
        path = path or self._free_path(preset.name)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, written(preset))
        except OSError as error:
            raise fail("file_unwritable", path=path, detail=error.strerror or error) from error

    def delete(self, name: str) -> None:
        """Remove the preset of that name. Raises ProblemError `file_unwritable`."""
        for path, preset in list(self._read()):
            if preset.name == name:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise fail("file_unwritable", path=path, detail=error.strerror or error) from error

    def _read(self) -> Iterator[tuple[Path, OwnPreset]]:
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            try:
                if path.stat().st_size <= MAX_BYTES:
                    yield path, parsed(path.read_bytes(), path.name)
            except (OSError, ProblemError):
                continue  # of a newer program, or no preset: it stays where it is and is not offered

    def _free_path(self, name: str) -> Path:
        """A name that every system allows, near the preset's own."""
        plain = (
            "".join(sign if sign.isalnum() or sign in " -_" else "_" for sign in name)[:MAX_STEM].strip() or "preset"
        )
        stem = plain if is_safe_relative(plain + SUFFIX) else f"preset {plain}"
        path, number = self.folder / f"{stem}{SUFFIX}", 2
        while path.exists():
            path, number = self.folder / f"{stem} {number}{SUFFIX}", number + 1
        return path
