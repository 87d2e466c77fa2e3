"""What stands in the way of a run or is worth a thought, and what one click does about it."""

from PySide6.QtCore import QObject, Signal

from loraferry.ferry.outlook import Outlook
from loraferry.ferry.preflight import Finding, Ground, about_machine, about_plan, edit_of, in_order, repaired
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.dataset import DatasetViewModel
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_machines import PlanMachines
from loraferry.viewmodels.plan_pictures import PlanPictures

OF_THE_PLAN = frozenset({"no_images_approved"})
"""Errors that the plan knows by itself."""


class Preflight(QObject):
    """Puts together what is found in plan, pictures and machine; errors keep the plan from being trained."""

    changed = Signal()
    pictures_requested = Signal(object)
    """Somebody wants to see the pictures of a finding: their names."""
    query_requested = Signal(str)
    """Somebody wants to see the pictures that a query finds."""

    def __init__(
        self,
        plan: PlanViewModel,
        dataset: DatasetViewModel,
        pictures: PlanPictures,
        machines: PlanMachines,
        bases: BaseModels,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._plan, self._dataset, self._pictures = plan, dataset, pictures
        self._machines, self._bases = machines, bases
        self.findings: tuple[Finding, ...] = ()
        """What blocks first."""
        pictures.changed.connect(self.look)
        # Tells of the plan as well.
        machines.changed.connect(self.look)
        self.look()

    def look(self) -> None:
        """Look at everything anew."""
        plan, config, outlook = self._plan, self._plan.config, self._machines.chosen
        trouble = plan.base_trouble
        found = in_order(
            [
                *([Finding(trouble)] if trouble is not None else []),
                *about_plan(config, plan.images),
                *(self._pictures.seen.findings if plan.images else ()),
                *self._about_machine(outlook),
            ]
        )
        changed = found != self.findings
        self.findings = found
        plan.note_blockers(
            [
                one.problem
                for one in found
                if one.problem.severity == "error" and one.problem != trouble and one.problem.code not in OF_THE_PLAN
            ]
        )
        if changed:
            self.changed.emit()

    def repair(self, finding: Finding) -> None:
        """Do what the finding offers: as one step that can be undone, in the library or in the plan."""
        library = self._dataset.library
        edit = edit_of(self._plan.config, finding, library.items if library is not None else ())
        if edit is None:
            self._plan.mend(repaired(self._plan.config, finding))
        elif edit:
            self._dataset.save_caption()
            self._dataset.apply(edit)
        self._pictures.look()

    def show_pictures(self, finding: Finding) -> None:
        """Go to the pictures that a finding is about."""
        self.pictures_requested.emit(finding.names)

    def _about_machine(self, outlook: Outlook | None) -> list[Finding]:
        if outlook is None:
            return []
        ground = self._ground(outlook)
        seconds = outlook.seconds.most if outlook.seconds is not None else None
        return list(about_machine(self._plan.config, ground, seconds, self._pictures.seen.size))

    def _ground(self, outlook: Outlook) -> Ground:
        place, fetch = outlook.place, self._bases.fetch
        left = fetch.total - fetch.done if fetch is not None and fetch.state == "running" else 0
        return Ground(
            card=place.card,
            memory_mb=place.free_mb,
            disk_mb=place.disk_mb,
            left_s=place.left_s,
            disk_path=place.disk_path,
            cardless=place.asked and not place.card,
            fetch_bytes=max(0, left),
        )
