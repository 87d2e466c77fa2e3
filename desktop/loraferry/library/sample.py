"""Copies the sample pictures into a folder of the user's, because the program's own may be read-only."""

import os
import shutil
from pathlib import Path

from loraferry_core.problems import fail


def copy_sample(source: Path, target: Path) -> Path:
    """Copy the files of `source` into `target`, leave what is there already as it is, and hand `target` back.

    Raises ProblemError `folder_unwritable` or `folder_unreadable`.
    """
    try:
        files = sorted(path for path in source.iterdir() if path.is_file())
    except OSError as error:
        raise fail("folder_unreadable", path=source, detail=error.strerror or str(error)) from error
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            copy = target / file.name
            if copy.exists():
                continue
            part = target / f".{file.name}.{os.getpid()}.part"
            shutil.copyfile(file, part)
            part.replace(copy)
    except OSError as error:
        raise fail("folder_unwritable", path=target) from error
    return target
