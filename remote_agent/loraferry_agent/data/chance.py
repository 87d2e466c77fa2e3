"""All chance of a run: numbers that depend on the seed and the place in the run, and on nothing else."""

import hashlib
import random

import torch


def seed_of(*place: int | str) -> int:
    """A 63-bit seed for one place in the run, such as (seed, "noise", step)."""
    text = "\0".join(str(part) for part in place).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big") >> 1


def chance(*place: int | str) -> random.Random:
    """Python's generator for one place in the run."""
    return random.Random(seed_of(*place))


def generator(*place: int | str) -> torch.Generator:
    """Torch's generator on the processor for one place in the run."""
    return torch.Generator().manual_seed(seed_of(*place))
