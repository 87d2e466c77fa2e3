"""The command line: `loraferry demo`, `loraferry export`. Without arguments the window opens instead, see `__main__`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from loraferry import platform
from loraferry.cli.demo import DemoRequest, run_demo
from loraferry.cli.export import run_export
from loraferry.cli.terminal import ProgressLine
from loraferry.texts.languages import Languages
from loraferry.texts.problems import render
from loraferry_core import __version__
from loraferry_core.lora_file.export import Form
from loraferry_core.problems import ProblemError

FAILED, DETACHED = 1, 130
"""Exit codes: something is wrong (the words say what), and left with Ctrl+C while the run goes on."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """What the arguments ask for; ends the program on its own where they make no sense or only want help."""
    return _parser().parse_args(arguments)


def wants_window(options: argparse.Namespace) -> bool:
    """Whether the demo is to run in the window: where there is a display, unless told otherwise."""
    return options.command == "demo" and platform.has_display() and not options.headless and not options.ssh


def run(options: argparse.Namespace) -> int:
    """Carry out a command in this terminal; the exit code is 0, `FAILED` or `DETACHED`."""
    Languages().switch(options.language)
    line = ProgressLine()
    if options.command == "export":
        return run_export(options.file, options.output or options.file.with_suffix(""), options.form, line)
    output = (options.output or Path.cwd() / "demo_output").absolute()
    request = DemoRequest(output=output, ssh=options.ssh, key=options.key, home=options.home)
    try:
        return run_demo(request, line)
    except ProblemError as error:
        line.clear()
        print(render(error.problem), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        line.say(_detached())
        return DETACHED


def _detached() -> str:
    from PySide6.QtCore import QCoreApplication

    return QCoreApplication.translate("Demo", "Left. A run that has begun goes on by itself.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="loraferry", description="Train image LoRAs on a rented GPU.")
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--language", default="", help="en or zh_CN; the system's where left out")
    commands = parser.add_subparsers(required=True, dest="command")
    demo = commands.add_parser("demo", help="teach the sample pictures to the toy model, start to end")
    demo.add_argument("--headless", action="store_true", help="in this terminal, even where there is a display")
    demo.add_argument("--ssh", metavar="USER@HOST:PORT", default="", help="train on that machine")
    demo.add_argument("--key", metavar="FILE", default="", help="private key for --ssh")
    demo.add_argument("--home", metavar="FOLDER", default="", help="where the agent lives there (~/.loraferry)")
    demo.add_argument("--output", metavar="FOLDER", type=Path, help="where LoRA and contact sheet go (demo_output)")
    export = commands.add_parser("export", help="write a LoRA in the form of diffusers or of peft")
    export.add_argument("file", metavar="FILE", type=Path, help="a LoRA as image programs read it")
    export.add_argument("--form", choices=get_args(Form), default="diffusers", help="whose form (diffusers)")
    export.add_argument("--output", metavar="FOLDER", type=Path, help="where it goes (a folder named like the file)")
    return parser
