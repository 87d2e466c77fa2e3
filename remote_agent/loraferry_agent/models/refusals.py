"""What a plan names as its base model and cannot be one, told before the job waits for its turn."""

import os
from pathlib import Path

from loraferry_agent.models.fitness import refuse_unfit
from loraferry_core.jobs import JobSpec
from loraferry_core.model_links import is_pickled, is_place, trouble_with
from loraferry_core.problems import ProblemError, fail


def refuse_base(spec: JobSpec) -> None:
    """Raise the ProblemError of a base model that can be none: a path that is not here, an address that leads to no
    model, a pickled file, a model that does not fit the plan. A mere name is left to the trainer, which knows what it
    may stand for."""
    source = spec.config.base.source
    if spec.config.base.tree or spec.fetch is not None:
        return
    path = place_of(source)
    if is_place(source) or path is not None:
        refuse_place(source)
        assert path is not None
        refuse_unfit(spec.config.base, path)
        return
    trouble = trouble_with(source)
    if trouble is not None and trouble.code != "base_not_found":
        raise ProblemError(trouble)


def refuse_place(source: str) -> None:
    """Raise ProblemError base_not_found for a path where nothing is, base_pickled for a pickled file."""
    path = place_of(source)
    if path is None:
        raise fail("base_not_found", source=source)
    if is_pickled(path.name) and path.is_file():
        raise fail("base_pickled", source=source)


def place_of(source: str) -> Path | None:
    """The file or folder that a plan names by its path; None where there is none."""
    # Unlike Path's methods these raise nothing for unknown users and for what is too long to be a path.
    path = os.path.expanduser(source)  # noqa: PTH111
    return Path(path) if os.path.exists(path) else None  # noqa: PTH110
