"""CLIP tokenizers and text encoders: captions of any length, in as many chunks as they need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from loraferry_agent.families.folder import finite, load_part, read_settings
from loraferry_agent.families.protocol import Base
from loraferry_core.problems import fail

# The run tells its progress itself; bars would only fill the log.
transformers_logging.disable_progress_bar()


class Tokens:
    """One tokenizer. A chunk is what the encoder reads at once: a start, `room` tokens at most, an end, padding."""

    def __init__(self, tokenizer: CLIPTokenizer) -> None:
        self._tokenizer = tokenizer
        self.room = tokenizer.model_max_length - 2

    def chunks(self, text: str) -> int:
        """How many chunks a text needs; at least one."""
        return max(1, -(-len(self._plain(text)) // self.room))

    def split(self, text: str, chunks: int) -> Tensor:
        """Token numbers (chunks × length); what does not fit is cut, what is left over stays empty.

        WebUI and ComfyUI read long prompts in the same way.
        """
        ids, tokenizer = self._plain(text), self._tokenizer
        rows = []
        for start in range(0, chunks * self.room, self.room):
            row = [tokenizer.bos_token_id, *ids[start : start + self.room], tokenizer.eos_token_id]
            rows.append(row + [tokenizer.pad_token_id] * (self.room + 2 - len(row)))
        return torch.tensor(rows)

    def _plain(self, text: str) -> list[int]:
        # `verbose` would warn of texts that are longer than one chunk.
        return list(self._tokenizer(text, add_special_tokens=False, verbose=False).input_ids)


def load_tokens(base: Base, name: str) -> Tokens:
    """The tokenizer in the sub-folder `name`. Raises ProblemError `base_unreadable`."""
    try:
        return Tokens(CLIPTokenizer.from_pretrained(base.folder / name, local_files_only=True))
    except (OSError, ValueError, KeyError) as error:
        raise fail("base_unreadable", source=base.source, detail=f"{name}: {error}") from error


ClipModel: TypeAlias = CLIPTextModel | CLIPTextModelWithProjection


@dataclass(frozen=True)
class Read:
    """What one encoder makes of captions: states (… × tokens of all chunks × width), and where it makes one a projected
    summary of the first chunk (… × width)."""

    states: Tensor
    pooled: Tensor | None

    def each(self, change: Callable[[Tensor], Tensor]) -> "Read":
        """The same with every tensor changed."""
        return Read(change(self.states), None if self.pooled is None else change(self.pooled))


class TextEncoder:
    """One text encoder. It gives its last states after the final norm, or, `penultimate`, those before its last layer."""

    def __init__(self, model: ClipModel, *, penultimate: bool) -> None:
        self.model = model
        self._penultimate = penultimate

    def read(self, ids: Tensor) -> Read:
        """What token numbers (n × chunks × length) mean."""
        found = self.model(ids.flatten(0, 1).to(self.model.device), output_hidden_states=self._penultimate)
        states = found.hidden_states[-2] if self._penultimate else found.last_hidden_state
        pooled = getattr(found, "text_embeds", None)
        return Read(
            states.unflatten(0, ids.shape[:2]).flatten(1, 2),
            None if pooled is None else pooled.unflatten(0, ids.shape[:2])[:, 0],
        )

    @property
    def layers(self) -> int:
        """How many layers it has."""
        return int(self.model.config.num_hidden_layers)

    @property
    def unread(self) -> int | None:
        """The layer that nothing reads; None where all count."""
        summary = isinstance(self.model, CLIPTextModelWithProjection)
        return self.layers - 1 if self._penultimate and not summary else None


def load_encoder(
    base: Base, encoder: str, kind: type[ClipModel], device: torch.device, dtype: torch.dtype
) -> ClipModel:
    """The frozen encoder in this sub-folder; nothing in it is left to chance. Raises ProblemError `base_unreadable`."""
    model: ClipModel = load_part(base, encoder, kind.from_pretrained, "model", dtype=dtype, attention_dropout=0.0)
    return finite(base, encoder, model.to(device)).eval().requires_grad_(False)


class BlankTokens(Tokens):
    """Stands for a tokenizer where only the number of tokens matters."""

    def __init__(self, length: int) -> None:
        self.room = length - 2

    def split(self, text: str, chunks: int) -> Tensor:
        """Token numbers (chunks × length), all the same."""
        return torch.zeros((chunks, self.room + 2), dtype=torch.int64)


def blank_tokens(base: Base, encoder: str) -> BlankTokens:
    """As many as the encoder in this sub-folder reads at once. Raises `base_unreadable`."""
    settings = CLIPTextConfig(**read_settings(base, f"{encoder}/config.json"))
    return BlankTokens(settings.max_position_embeddings)


def hollow_encoder(base: Base, encoder: str, kind: type[ClipModel], dtype: torch.dtype) -> ClipModel:
    """The encoder in this sub-folder on torch's `meta` device, built from its settings. Raises `base_unreadable`."""
    settings = CLIPTextConfig(**read_settings(base, f"{encoder}/config.json"))
    with torch.device("meta"):
        model = kind(settings)
    return model.to(dtype).eval().requires_grad_(False)


def path_in(model: nn.Module, module: str) -> str:
    """Where a layer with this canonical path within its encoder (`text_model.encoder.…`) is in a model.

    CLIPTextModel has lost the level in transformers 5.6, CLIPTextModelWithProjection has kept it.
    """
    return module if hasattr(model, "text_model") else module.removeprefix("text_model.")


def chunks_of(tokenizers: Sequence[Tokens], texts: Sequence[str]) -> list[int]:
    """How many chunks each text needs of the tokenizer that needs the most."""
    return [max(tokens.chunks(text) for tokens in tokenizers) for text in texts]
