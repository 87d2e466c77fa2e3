"""The shelf of finished LoRAs on this computer: a folder of safetensors files and what they tell about themselves."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from loraferry_core.lora_file.check import check_lora
from loraferry_core.lora_file.header import NotSafetensors
from loraferry_core.lora_file.metadata import LoraFacts, read_facts
from loraferry_core.problems import Problem, fail, problem

PREVIEW_SUFFIX = ".png"


@dataclass(frozen=True)
class Model:
    """One LoRA on the shelf. `facts` is None and `problems` says why when the file cannot be read."""

    path: Path
    size: int
    modified: float
    facts: LoraFacts | None
    preview: Path | None
    problems: tuple[Problem, ...]


class Shelf:
    """A folder of LoRAs. Reads the folder each time, so files that people put there themselves show up too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def models(self) -> list[Model]:
        """All LoRAs, newest first."""
        if not self.folder.is_dir():
            return []
        found = [_read(path) for path in self.folder.glob("*.safetensors")]
        return sorted(found, key=lambda model: -model.modified)

    def free_path(self, name: str) -> Path:
        """Where a LoRA named `name` may be put: never over another one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stem = Path(name).stem
        path, number = self.folder / f"{stem}.safetensors", 2
        while path.exists():
            path, number = self.folder / f"{stem}-{number}.safetensors", number + 1
        return path

    def add(self, file: Path, name: str, preview: Path | None = None) -> Model:
        """Check a pulled file and put a copy on the shelf. Raises ProblemError when it is not a sound LoRA."""
        found = check_lora(file)
        if found:
            raise fail(found[0].code, **found[0].params)
        path = self.free_path(name)
        partial = path.with_suffix(".part")
        shutil.copyfile(file, partial)
        partial.replace(path)
        if preview is not None:
            shutil.copyfile(preview, path.with_suffix(PREVIEW_SUFFIX))
        return _read(path)


def _read(path: Path) -> Model:
    stat = path.stat()
    preview = path.with_suffix(PREVIEW_SUFFIX)
    facts: LoraFacts | None = None
    problems: tuple[Problem, ...] = ()
    try:
        facts = read_facts(path)
    except NotSafetensors as error:
        problems = (problem("lora_not_safetensors", name=path.name, detail=error),)
    return Model(path, stat.st_size, stat.st_mtime, facts, preview if preview.is_file() else None, problems)
