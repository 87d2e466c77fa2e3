"""Cards are known by the names that drivers give them."""

import pytest

from loraferry_core.memory.cards import CARDS, card_of


def test_they_are_in_the_order_of_their_memory() -> None:
    assert [card.memory_mb for card in CARDS] == sorted(card.memory_mb for card in CARDS)


@pytest.mark.parametrize(
    ("told", "memory", "name"),
    [
        ("NVIDIA GeForce RTX 4090", 24564, "RTX 4090 24 GB"),
        ("NVIDIA GeForce RTX 4080 SUPER", 16376, "RTX 4080 16 GB"),
        ("NVIDIA GeForce RTX 4060 Ti", 16380, "RTX 4060 Ti 16 GB"),
        ("NVIDIA GeForce RTX 4060", 8188, "RTX 4060 8 GB"),
        ("NVIDIA A100-SXM4-80GB", 81920, "A100 80 GB"),
        ("NVIDIA H100 80GB HBM3", 81559, "H100 80 GB"),
        ("Tesla V100-SXM2-32GB", 32510, "V100 32 GB"),
        ("Tesla T4", 15360, "T4 16 GB"),
        ("NVIDIA RTX A6000", 49140, "RTX A6000 48 GB"),
        ("NVIDIA L40S", 46068, "L40S 48 GB"),
        ("NVIDIA L4", 23034, "L4 24 GB"),
        ("NVIDIA A10G", 23028, "A10G 24 GB"),
        ("NVIDIA A10", 23028, "A10 24 GB"),
        ("NVIDIA A100-PCIE-40GB", 40536, "A100 40 GB"),
    ],
)
def test_a_card_is_found(told: str, memory: int, name: str) -> None:
    card = card_of(told, memory)
    assert card is not None
    assert card.name == name


@pytest.mark.parametrize("told", ["", "NVIDIA A16", "NVIDIA GeForce RTX 4090 Laptop GPU", "GTX 1080 Ti"])
def test_others_are_not_guessed(told: str) -> None:
    assert card_of(told, 8192) is None
