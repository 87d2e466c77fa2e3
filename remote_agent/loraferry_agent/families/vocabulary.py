"""CLIP's vocabulary, which all families share, from its list of merges."""

import json
from pathlib import Path

from loraferry_core.dataset.tokens import byte_symbols, merges


def vocabulary_of(merges: str) -> dict[str, int]:
    """CLIP's vocabulary: every byte, every byte at a word's end, what each merge makes, and the two marks.

    Source: openai/CLIP, `simple_tokenizer.py`.
    """
    # Bytes that are printable stand for themselves and come first.
    symbols = sorted(byte_symbols())
    made = ["".join(line.split()) for line in merges.splitlines()[1:] if line.strip()]
    entries = [*symbols, *(f"{symbol}</w>" for symbol in symbols), *made, "<|startoftext|>", "<|endoftext|>"]
    return {entry: index for index, entry in enumerate(entries)}


def write_vocabulary(folder: Path) -> None:
    """Write the two files that a tokenizer of transformers reads into a folder. Raises OSError."""
    text = merges()
    (folder / "merges.txt").write_text(text, newline="\n", encoding="utf-8")
    (folder / "vocab.json").write_text(json.dumps(vocabulary_of(text), ensure_ascii=False), encoding="utf-8")
