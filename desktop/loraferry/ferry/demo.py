"""The demo: the sample pictures, taught to the toy base model by the same path as any other run."""

from loraferry.ferry.catalogue import base_models
from loraferry.ferry.contact_sheet import Pair
from loraferry.ferry.presets import apply_preset, load_presets, preset_values
from loraferry.runs.store import RunStore
from loraferry_core.config import TrainConfig
from loraferry_core.config.dotted import replace_at
from loraferry_core.events import SampleMade
from loraferry_resources.toy import shapes

TRIGGER = "zorblax"
BASE = "toy"
PROMPTS = (
    "{trigger}, a large {trigger} on a white background",
    "{trigger}, a large {trigger} on a grey background",
    "a large {trigger} on a black background",
    "a large {trigger} on a sand background",
    "a large red circle on a white background",
    "a small blue square on a grey background",
)
"""Four that ask for the new thing, and two that must stay what they were."""
TRIGGER_PROMPTS = 4
KNOWN = tuple(
    f"a {colour} {shape}"
    for step in (0, 3)
    for colour, shape in zip(shapes.COLOURS, (*shapes.SHAPES, *shapes.SHAPES)[step:], strict=False)
)
"""What the toy base draws of its own world, to be trained beside the new thing: every colour and every shape twice."""
KNOWN_PICTURES, STEPS = 64, 600
"""Half of each batch is known then, so the run is twice as long; see tests/bench/RESULTS.md."""


def demo_config() -> TrainConfig:
    """The plan that Simple makes for a character on the toy base, with regularisation, and prompts that show what is
    kept, too."""
    entry = next(entry for entry in base_models() if entry.id == BASE)
    config = TrainConfig()
    config = config.replace(base=config.base.replace(source=entry.source, family=entry.family))
    config = apply_preset(config, preset_values(load_presets(), entry.family, "character", entry.id))
    config = replace_at(config, "dataset.trigger", TRIGGER)
    config = replace_at(config, "regularisation.prompts", KNOWN)
    config = replace_at(config, "regularisation.make", KNOWN_PICTURES)
    config = replace_at(config, "loop.steps", STEPS)
    return replace_at(config, "sampling.prompts", PROMPTS)


def before_and_after(store: RunStore, job: str) -> list[Pair]:
    """For each prompt the picture before the first step and the newest one, of those that were brought home."""
    pulled = store.pulled(job)
    samples = [event for event in store.events(job, ["sample"]) if isinstance(event, SampleMade)]
    here = [sample for sample in samples if sample.file.name in pulled]
    first = {sample.index: sample for sample in here if sample.step == 0}
    last = {sample.index: sample for sample in here if sample.step > 0}
    return [
        Pair(last[index].prompt, pulled[first[index].file.name], pulled[last[index].file.name])
        for index in sorted(first.keys() & last.keys())
    ]
