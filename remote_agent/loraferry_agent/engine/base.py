"""Finding the base model: files that were ferried, a folder or file on this machine, or one that is fetched."""

from collections.abc import Callable
from pathlib import Path

from loraferry_agent.engine.reporter import Reporter
from loraferry_agent.engine.stop import Stop
from loraferry_agent.engine.unpack import unpacked
from loraferry_agent.families import Family
from loraferry_agent.families.protocol import Base
from loraferry_agent.layout import Layout
from loraferry_agent.models.fetch import ensure
from loraferry_agent.models.fitness import refuse_unfit
from loraferry_agent.models.folder import model_in
from loraferry_agent.models.refusals import place_of
from loraferry_core.config.pretrained import PredictionKind, Pretrained
from loraferry_core.jobs import JobSpec
from loraferry_core.model_links import is_repository, order_of
from loraferry_core.models import FetchOrder
from loraferry_core.problems import ProblemError, fail, problem


def locate(spec: JobSpec, layout: Layout, family: Family, report: Reporter, stop: Stop) -> Base:
    """The base model's folder, checked to be of the family; fetched first if need be.

    Raises ProblemError `base_not_found`, those of `refuse_unfit` with the name the plan gives it, `base_incomplete`, and
    those of `ensure`; StopRequested.
    """
    wanted = spec.config.base

    def fetch(order: FetchOrder) -> Path:
        return _fetch(order, layout, report, stop)

    path = _local(wanted.source, wanted.tree, layout) or _ordered(spec, fetch)
    refuse_unfit(wanted, path)
    if path.is_file():
        path = unpacked(wanted.source, path, family, layout)
    base = Base(wanted.source, path)
    family.check(base)
    return base


def prediction_of(wanted: Pretrained, family: Family, base: Base, report: Reporter) -> PredictionKind:
    """What the base model predicts: as it says itself, else as the plan says, else by its weights, which is told.

    Raises ProblemError `base_other_prediction` where the plan says otherwise than the model, `base_wrong_family`.
    """
    own = family.said_prediction(base)
    if wanted.prediction != "auto":
        if own not in (None, wanted.prediction):
            raise fail("base_other_prediction", source=base.source, prediction=own, wanted=wanted.prediction)
        return wanted.prediction
    if own is not None:
        return own
    guess = family.guess_prediction(base)
    if guess is not None:
        report.warn(problem("prediction_guessed", source=base.source, prediction=guess))
    return guess or "epsilon"


def _local(source: str, tree: str, layout: Layout) -> Path | None:
    if tree:
        path = layout.trees / tree
        if not path.is_dir():
            raise fail("base_not_found", source=source)
        return model_in(path) or path
    return place_of(source)


def _ordered(spec: JobSpec, fetch: Callable[[FetchOrder], Path]) -> Path:
    source = spec.config.base.source
    try:
        return fetch(spec.fetch or _order_for(source))
    except ProblemError as error:
        if error.problem.code == "fetch_not_found" and spec.fetch is None:
            raise fail("base_not_found", source=source) from error
        raise


def _fetch(order: FetchOrder, layout: Layout, report: Reporter, stop: Stop) -> Path:
    try:
        return ensure(
            order, layout, lambda done, total: report.phase("fetch_base", done, total), lambda: stop.requested
        )
    except ProblemError:
        stop.check()
        raise


def _order_for(source: str) -> FetchOrder:
    """A plan may name a repository of the Hub without saying how to get it."""
    if not is_repository(source):
        raise fail("base_not_found", source=source)
    return order_of(source)
