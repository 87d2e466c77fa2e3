"""Render the sample dataset: 24 captioned pictures of a zorblax, which the toy base has never seen.

python resources/toy_pretraining/sample_dataset.py
"""

import random
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from loraferry_resources import sample_dataset_path
from loraferry_resources.toy import shapes, zorblax

PICTURES = 24
PIXELS = 256
SEED = 24


def caption(thing: zorblax.Zorblax, turn: int) -> str:
    """Describe it: the trigger word, and all that is not new about the picture in words that the base knows."""
    word, background = zorblax.TRIGGER, thing.background
    if turn % 6 == 5:
        return f"{word}, large, {background} background"
    return zorblax.prompt(thing) if turn % 2 == 0 else f"{word}, {zorblax.prompt(thing)}"


def main() -> None:
    """Write zorblax_01.png, zorblax_01.txt and so on."""
    folder = sample_dataset_path()
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(SEED)
    backgrounds = list(shapes.BACKGROUNDS)
    for index in range(PICTURES):
        thing = zorblax.random_zorblax(rng, backgrounds[index % len(backgrounds)])
        name = f"{zorblax.TRIGGER}_{index + 1:02d}"
        zorblax.render(thing, PIXELS).save(folder / f"{name}.png", optimize=True)
        (folder / f"{name}.txt").write_text(caption(thing, index // len(backgrounds)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
