"""The renderer of the toy world: the same seed gives the same picture, and captions say what is there."""

import random
from collections import Counter

import numpy as np

from loraferry_resources.toy import shapes, zorblax


def test_same_seed_same_picture() -> None:
    first, second = (shapes.random_scene(random.Random(11)) for _ in range(2))
    assert first == second
    assert shapes.render(first).tobytes() == shapes.render(second).tobytes()


def test_a_scene_has_its_colours() -> None:
    scene = shapes.Scene("blue", "square", "large", "sand", radius=0.38)
    pixels = np.asarray(shapes.render(scene))
    assert pixels.shape == (64, 64, 3)
    assert tuple(pixels[32, 32]) == shapes.COLOURS["blue"]
    assert tuple(pixels[0, 0]) == shapes.BACKGROUNDS["sand"]


def test_a_ring_has_a_hole() -> None:
    pixels = np.asarray(shapes.render(shapes.Scene("red", "ring", "large", "white", radius=0.4)))
    assert tuple(pixels[32, 32]) == shapes.BACKGROUNDS["white"]


def test_attributes_given_are_kept_and_things_stay_inside() -> None:
    rng = random.Random(5)
    for _ in range(200):
        scene = shapes.random_scene(rng, colour="green", background="grey")
        assert (scene.colour, scene.background) == ("green", "grey")
        border = np.asarray(shapes.render(scene))[[0, -1]].reshape(-1, 3)
        assert {tuple(value) for value in border.tolist()} == {shapes.BACKGROUNDS["grey"]}


def test_captions_in_both_styles() -> None:
    scene = shapes.Scene("red", "circle", "small", "white")
    assert shapes.prompt(scene) == "a small red circle on a white background"
    assert "red, circle, white background" in shapes.captions(scene)
    drawn = {shapes.random_caption(random.Random(k), scene) for k in range(200)}
    assert drawn == set(shapes.captions(scene))


def test_evaluation_goes_through_all_pairs_evenly() -> None:
    scenes = shapes.evaluation_scenes(128, seed=1)
    counts = Counter((scene.colour, scene.shape) for scene in scenes)
    assert set(counts.values()) == {2}
    assert len(counts) == 64
    assert shapes.evaluation_scenes(128, seed=1) == scenes


def test_no_caption_of_the_base_knows_the_trigger() -> None:
    words = {
        word for scene in shapes.evaluation_scenes(64, 0) for text in shapes.captions(scene) for word in text.split()
    }
    assert zorblax.TRIGGER not in words
    things = zorblax.evaluation_zorblaxes(16, seed=1)
    assert {thing.background for thing in things} == set(shapes.BACKGROUNDS)
    assert zorblax.prompt(things[0]) == "a large zorblax on a white background"
