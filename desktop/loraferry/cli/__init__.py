"""The same core without a window."""

from loraferry.cli.main import parse, run, wants_window

__all__ = ["parse", "run", "wants_window"]
