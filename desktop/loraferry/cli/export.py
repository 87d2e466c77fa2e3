"""`loraferry export` in a terminal: a LoRA for programs that read diffusers' or peft's form. Needs no PyTorch."""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from loraferry.cli.terminal import ProgressLine
from loraferry.texts.problems import render
from loraferry_core.lora_file.export import Form, export
from loraferry_core.problems import ProblemError, problem


def run_export(file: Path, folder: Path, form: Form, line: ProgressLine) -> int:
    """Write the LoRA and say where; the exit code."""
    try:
        path = export(file, folder, form)
    except ProblemError as error:
        found = error.problem
    except OSError as error:
        found = problem("file_unreadable", path=error.filename or file, detail=error.strerror or error)
    else:
        line.say(QCoreApplication.translate("Export", "Written: {path}").format(path=path))
        return 0
    print(render(found), file=sys.stderr)
    return 1
