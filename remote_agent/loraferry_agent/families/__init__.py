"""Model families, one file each. To add one: its file here and its line in `FAMILIES`."""

from loraferry_agent.families.protocol import Family
from loraferry_agent.families.sd1 import Sd1
from loraferry_agent.families.sd2 import Sd2
from loraferry_agent.families.sdxl import Sdxl

FAMILIES: dict[str, Family] = {family.spec.id: family for family in (Sd1(), Sd2(), Sdxl())}

__all__ = ["FAMILIES", "Family"]
