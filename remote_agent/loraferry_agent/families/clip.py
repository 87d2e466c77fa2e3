"""CLIP tokenizers and text encoders: captions of any length, in as many chunks as they need."""

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer
from transformers.utils import logging as transformers_logging

from loraferry_agent.families.folder import load_part, read_settings
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


class TextEncoder:
    """One text encoder with its tokenizer."""

    def __init__(self, tokens: Tokens, model: CLIPTextModel | CLIPTextModelWithProjection) -> None:
        self._tokens = tokens
        self._model = model

    @torch.inference_mode()
    def last(self, text: str, chunks: int) -> Tensor:
        """The last hidden states, after the final norm (tokens of all chunks × width), on the processor."""
        states = self._model(self._ids(text, chunks)).last_hidden_state
        return states.flatten(0, 1).cpu().clone()

    @torch.inference_mode()
    def penultimate(self, text: str, chunks: int) -> tuple[Tensor, Tensor | None]:
        """The hidden states before the last layer (tokens × width), and the projected summary of the first chunk
        (width) where the encoder makes one; on the processor."""
        found = self._model(self._ids(text, chunks), output_hidden_states=True)
        pooled = getattr(found, "text_embeds", None)
        return found.hidden_states[-2].flatten(0, 1).cpu().clone(), None if pooled is None else pooled[0].cpu().clone()

    def _ids(self, text: str, chunks: int) -> Tensor:
        return self._tokens.split(text, chunks).to(self._model.device)


def load_encoder(
    base: Base,
    tokenizer: str,
    encoder: str,
    kind: type[CLIPTextModel] | type[CLIPTextModelWithProjection],
    device: torch.device,
    dtype: torch.dtype,
) -> TextEncoder:
    """Tokenizer and encoder in these sub-folders. Raises ProblemError `base_unreadable`."""
    tokens = load_tokens(base, tokenizer)
    model = load_part(base, encoder, kind.from_pretrained, "model", dtype=dtype)
    return TextEncoder(tokens, model.to(device).eval().requires_grad_(False))


class BlankTokens(Tokens):
    """Stands for a tokenizer where only the number of tokens matters."""

    def __init__(self, length: int) -> None:
        self.room = length - 2

    def split(self, text: str, chunks: int) -> Tensor:
        """Token numbers (chunks × length), all the same."""
        return torch.zeros((chunks, self.room + 2), dtype=torch.int64)


def hollow_encoder(
    base: Base, encoder: str, kind: type[CLIPTextModel] | type[CLIPTextModelWithProjection], dtype: torch.dtype
) -> TextEncoder:
    """The encoder in this sub-folder on torch's `meta` device, built from its settings. Raises `base_unreadable`."""
    settings = CLIPTextConfig(**read_settings(base, f"{encoder}/config.json"))
    with torch.device("meta"):
        model = kind(settings)
    tokens = BlankTokens(settings.max_position_embeddings)
    return TextEncoder(tokens, model.to(dtype).eval().requires_grad_(False))


def most_chunks(tokenizers: Sequence[Tokens], texts: Sequence[str]) -> int:
    """As many chunks as the longest text needs."""
    return max((tokens.chunks(text) for tokens in tokenizers for text in texts), default=1)
