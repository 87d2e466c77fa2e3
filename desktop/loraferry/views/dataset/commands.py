"""What the actions of the Dataset page do; the window binds them when the page is built."""

from functools import partial
from typing import TYPE_CHECKING

from loraferry.library.fields import MAX_STARS, Verdict
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.dataset_arrivals import Arrivals
from loraferry.views.commands.registry import Binding
from loraferry.views.dataset import drops
from loraferry.views.dataset.parts import DIALOGS, MODES, PANELS

if TYPE_CHECKING:
    from loraferry.views.dataset.page import DatasetPage


def bindings(page: "DatasetPage", model: DatasetViewModel, arrivals: Arrivals) -> dict[str, Binding]:
    """By the actions' ids. Keys without Ctrl work in the grid alone, where nobody types."""

    def is_open() -> bool:
        return bool(model.selected)

    def judge(verdict: Verdict) -> None:
        model.toggle(verdict)
        move_on()

    def rate(stars: int) -> None:
        model.give_stars(stars)
        move_on()

    def move_on() -> None:
        if page.look.moves_on and len(model.selected) == 1:
            model.step(1)

    found = {
        "dataset.open": Binding(page.choose_folder),
        "dataset.sample": Binding(model.open_sample),
        "dataset.paste": Binding(partial(drops.paste, arrivals)),
        "dataset.refresh": Binding(model.refresh, enabled=lambda: model.folder is not None),
        "dataset.undo": Binding(model.undo, enabled=lambda: model.can_undo),
        "dataset.redo": Binding(model.redo, enabled=lambda: model.can_redo),
        "dataset.previous": Binding(partial(model.step, -1), enabled=is_open),
        "dataset.next": Binding(partial(model.step, 1), enabled=is_open),
        "dataset.grid": Binding(partial(page.show_mode, "grid"), enabled=is_open),
    }
    verdicts: tuple[Verdict, ...] = ("keep", "reject", "unsure")
    for verdict in verdicts:
        found[f"dataset.{verdict}"] = Binding(partial(judge, verdict), page.grid, is_open)
    for stars in range(MAX_STARS + 1):
        found[f"dataset.stars.{stars}"] = Binding(partial(rate, stars), page.grid, is_open)
    for kind, parts, show in (
        ("mode", MODES, page.show_mode),
        ("panel", PANELS, page.side.show_panel),
        ("dialog", DIALOGS, page.open_dialog),
    ):
        for part in parts:
            found[f"dataset.{kind}.{part}"] = Binding(partial(show, part), enabled=is_open)
    return found
