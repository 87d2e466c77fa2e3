"""Written by `python -m tests.bench.memory --fit`: bytes, as `table` reads them."""

WEIGHTS = {}
ENCODERS = {}
OPTIMIZERS = {}
PICTURES = {}
PASSES = {}
