"""Graphics cards on which LoRAs are trained: how much memory they have and how fast they multiply."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A card, its memory in MiB as its driver tells it, and the rate of its matrix products in half precision with sums
    in single precision, in 10¹² floating-point operations a second."""

    name: str
    memory_mb: int
    tflops: float


CARDS = (
    Card("RTX 4060 8 GB", 8188, 60),
    Card("RTX 3060 Ti 8 GB", 8192, 32),
    Card("RTX 3080 10 GB", 10240, 60),
    Card("RTX 2080 Ti 11 GB", 11264, 54),
    Card("RTX 5070 12 GB", 12227, 62),
    Card("RTX 4070 12 GB", 12282, 58),
    Card("RTX 3060 12 GB", 12288, 26),
    Card("T4 16 GB", 15360, 65),
    Card("RTX 4080 16 GB", 16376, 98),
    Card("RTX 4060 Ti 16 GB", 16380, 44),
    Card("V100 16 GB", 16384, 112),
    Card("A10 24 GB", 23028, 125),
    Card("A10G 24 GB", 23028, 70),
    Card("L4 24 GB", 23034, 121),
    Card("RTX 4090 24 GB", 24564, 165),
    Card("RTX 3090 24 GB", 24576, 71),
    Card("RTX 5090 32 GB", 32607, 210),
    Card("V100 32 GB", 32768, 112),
    Card("A100 40 GB", 40960, 312),
    Card("L40S 48 GB", 46068, 362),
    Card("RTX A6000 48 GB", 49140, 155),
    Card("H100 80 GB", 81559, 989),
    Card("A100 80 GB", 81920, 312),
    Card("H200 141 GB", 143771, 989),
)
"""Memory as nvidia-smi lists it, smallest first; rates of the makers' data sheets, without sparsity."""


def card_of(name: str, memory_mb: int) -> Card | None:
    """The card that a driver calls `name`, such as `NVIDIA GeForce RTX 4090`, with the memory that it tells; None for one
    that is not known, as those of laptops are not. Of two of one name the one with the nearest memory."""
    if "laptop" in name.lower():
        return None
    words = _words(name)
    known = [card for card in CARDS if _words(card.name) <= words and ("ti" in words) == ("ti" in _words(card.name))]
    return min(known, key=lambda card: abs(card.memory_mb - memory_mb), default=None)


def _words(name: str) -> set[str]:
    """What tells cards apart in a name: no maker, series or memory."""
    plain = re.sub(r"\b\d+ ?gb\b", " ", name.lower())
    return set(re.findall(r"[a-z]*\d+[a-z]*|ti|super", plain)) - {"super"}
