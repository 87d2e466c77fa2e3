"""The tensors that one adapter consists of in a file, for each kind, and which of them start at zero."""

from collections.abc import Set
from typing import Literal

AdapterKind = Literal["lora", "loha", "lokr"]
LORA_PARTS = ("lora_down.weight", "lora_up.weight")
LOHA_PARTS = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
SCALE = "dora_scale"
"""DoRA: the size of each output."""
ALPHA = "alpha"
_MIDDLE = "lora_mid.weight"
_LOHA_CORES = ("hada_t1", "hada_t2")
_LOKR_CORE = "lokr_t2"
STARTS = frozenset({"lora_up.weight", "hada_w2_b", "lokr_w1", "lokr_w1_a"})
"""The factor of each kind that is zero before the first step, so that the adapter changes nothing then. ΔW is a product
of all factors: it is zero where one of them is."""


def kind_of(parts: Set[str]) -> AdapterKind:
    """The kind of an adapter that has these tensors; what has none that tells is taken for a LoRA."""
    if any(part.startswith("hada_") for part in parts):
        return "loha"
    return "lokr" if any(part.startswith("lokr_") for part in parts) else "lora"


def completed(parts: Set[str]) -> tuple[str, ...]:
    """All tensors that an adapter must have which has these, alpha among them, and no others."""
    needed = {"lora": _lora, "loha": _loha, "lokr": _lokr}[kind_of(parts)](parts)
    return tuple(sorted((*needed, ALPHA, *({SCALE} & parts))))


def _lora(parts: Set[str]) -> tuple[str, ...]:
    return (*LORA_PARTS, *({_MIDDLE} & parts))


def _loha(parts: Set[str]) -> tuple[str, ...]:
    return (*LOHA_PARTS, *(_LOHA_CORES if parts & set(_LOHA_CORES) else ()))


def _lokr(parts: Set[str]) -> tuple[str, ...]:
    """Each of the two matrices is whole, or a product of two; the second may have a core."""
    found: list[str] = []
    for matrix in ("lokr_w1", "lokr_w2"):
        split = (f"{matrix}_a", f"{matrix}_b")
        found += split if parts & set(split) else (matrix,)
    return (*found, *({_LOKR_CORE} & parts if "lokr_w2_a" in found else ()))
