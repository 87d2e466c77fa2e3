"""What the text encoders of a family make of a caption together, also while some of them learn."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from loraferry_agent.families.clip import Read, TextEncoder, Tokens, path_in
from loraferry_agent.families.protocol import Base, Conditioning
from loraferry_core.lora_file.keys import text_modules
from loraferry_core.problems import fail

STATES, POOLED = "states", "pooled"
_TOKENS = "tokens"


def joined(read: Iterable[Read]) -> Conditioning:
    """The states of all encoders side by side, and the last one's summary where it makes one."""
    found = list(read)
    states = torch.cat([each.states for each in found], dim=-1) if len(found) > 1 else found[0].states
    pooled = found[-1].pooled
    return {STATES: states} if pooled is None else {STATES: states, POOLED: pooled}


class ClipText:
    """Reads captions ahead of the training; implements `protocol.TextCoder`."""

    def __init__(self, tokens: Mapping[str, Tokens], encoders: Mapping[str, TextEncoder]) -> None:
        """Both by the encoder's name. Encoders that are not here learn, and read in every step anew."""
        self._tokens = tokens
        self._encoders = encoders

    @torch.inference_mode()
    def encode(self, text: str, chunks: int) -> Conditioning:
        """Where an encoder learns, what each of them has to go on: `<name>.tokens` (chunks × length), or what has been
        read, `<name>.states` and `<name>.pooled`."""
        ids = {name: tokens.split(text, chunks) for name, tokens in self._tokens.items()}
        read = {name: encoder.read(ids[name][None]).each(_kept) for name, encoder in self._encoders.items()}
        if len(read) == len(ids):
            return joined(read.values())
        found = {_place(name, _TOKENS): numbers for name, numbers in ids.items() if name not in read}
        for name, each in read.items():
            found |= {_place(name, part): tensor for part, tensor in joined([each]).items()}
        return found


class ClipReader:
    """Reads captions in every step anew; implements `protocol.TextReader`."""

    def __init__(self, base: Base, names: tuple[str, ...], encoders: Mapping[str, TextEncoder]) -> None:
        """`names` are those of all encoders in order, `encoders` those that learn. Raises ProblemError `base_unreadable`
        where a layer is not in its canonical place."""
        self.models: dict[str, nn.Module] = {name: encoder.model for name, encoder in encoders.items()}
        self.modules = {name: text_modules(name, encoder.layers) for name, encoder in encoders.items()}
        self.untaught = frozenset(
            module for name, encoder in encoders.items() for module in self.modules[name] if _of(module, encoder.unread)
        )
        self._names = names
        self._encoders = encoders
        for name, model in self.models.items():
            present = {path for path, _ in model.named_modules()}
            missing = [module for module in self.modules[name] if self.path(module) not in present]
            if missing:
                raise fail("base_unreadable", source=base.source, detail=f"{name}: {missing[0]}")

    def path(self, module: str) -> str:
        """Where a layer with this canonical path is in its model."""
        name, _, inner = module.partition(".")
        return path_in(self.models[name], inner)

    def read(self, given: Conditioning) -> Conditioning:
        """What `ClipText.encode` gave, with a leading batch dimension, read to its end; all else stays as it is."""
        rest = {name: tensor for name, tensor in given.items() if name.partition(".")[0] not in self._names}
        return joined(self._one(name, given) for name in self._names) | rest

    def _one(self, name: str, given: Conditioning) -> Read:
        if name in self._encoders:
            return self._encoders[name].read(given[_place(name, _TOKENS)])
        return Read(given[_place(name, STATES)], given.get(_place(name, POOLED)))


def _kept(tensor: Tensor) -> Tensor:
    return tensor[0].cpu().clone()


def _place(name: str, part: str) -> str:
    return f"{name}.{part}"


def _of(module: str, layer: int | None) -> bool:
    return layer is not None and f".layers.{layer}." in module
