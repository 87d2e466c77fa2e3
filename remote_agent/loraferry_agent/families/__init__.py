"""Model families, one file each. To add one: its file here and its line in `FAMILIES`."""

from loraferry_agent.families.protocol import Family
from loraferry_agent.families.sd1 import Sd1

FAMILIES: dict[str, Family] = {family.spec.id: family for family in (Sd1(),)}

__all__ = ["FAMILIES", "Family"]
