"""Model families, one declarative spec each. To add one: its spec here, its file in the agent's `families`."""

from loraferry_core.families.sd1 import SD1
from loraferry_core.families.sd2 import SD2
from loraferry_core.families.sdxl import SDXL
from loraferry_core.families.spec import FamilySpec

FAMILIES: dict[str, FamilySpec] = {spec.id: spec for spec in (SD1, SD2, SDXL)}

__all__ = ["FAMILIES", "FamilySpec"]
