"""Graphics cards on which LoRAs are trained, by how much memory they have."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A card, and its memory in MiB as its driver tells it."""

    name: str
    memory_mb: int


CARDS = (
    Card("RTX 4060 8 GB", 8188),
    Card("RTX 3060 Ti 8 GB", 8192),
    Card("RTX 3080 10 GB", 10240),
    Card("RTX 4070 12 GB", 12282),
    Card("RTX 3060 12 GB", 12288),
    Card("RTX 4080 16 GB", 16376),
    Card("RTX 4060 Ti 16 GB", 16380),
    Card("RTX 4090 24 GB", 24564),
    Card("RTX 3090 24 GB", 24576),
    Card("RTX 5090 32 GB", 32607),
    Card("A6000 48 GB", 49140),
    Card("H100 80 GB", 81559),
    Card("A100 80 GB", 81920),
)
"""As nvidia-smi lists them; smallest first."""
