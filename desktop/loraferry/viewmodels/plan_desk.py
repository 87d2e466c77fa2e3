"""What stands beside the plan itself: pictures and machines as it sees them, what is in its way, presets."""

from dataclasses import dataclass

from loraferry.viewmodels.plan_machines import PlanMachines
from loraferry.viewmodels.plan_pictures import PlanPictures
from loraferry.viewmodels.plan_presets import PlanPresets
from loraferry.viewmodels.preflight import Preflight


@dataclass(frozen=True)
class PlanDesk:
    """One bundle for the page."""

    pictures: PlanPictures
    machines: PlanMachines
    preflight: Preflight
    presets: PlanPresets
