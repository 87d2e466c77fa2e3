"""CLIP's vocabulary, which all families share: its list of merges ships with this package (see `clip_merges.license.txt`)."""

import gzip
import json
from importlib.resources import files
from pathlib import Path


def merges() -> str:
    """CLIP's list of merges, with the heading that transformers expects."""
    packed = files("loraferry_agent.families").joinpath("clip_merges.txt.gz").read_bytes()
    return gzip.decompress(packed).decode("utf-8")


def vocabulary_of(merges: str) -> dict[str, int]:
    """CLIP's vocabulary: every byte, every byte at a word's end, what each merge makes, and the two marks.

    Source: openai/CLIP, `simple_tokenizer.py`.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAC + 1), *range(0xAE, 0xFF + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    symbols = [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]
    made = ["".join(line.split()) for line in merges.splitlines()[1:] if line.strip()]
    entries = [*symbols, *(f"{symbol}</w>" for symbol in symbols), *made, "<|startoftext|>", "<|endoftext|>"]
    return {entry: index for index, entry in enumerate(entries)}


def write_vocabulary(folder: Path) -> None:
    """Write the two files that a tokenizer of transformers reads into a folder. Raises OSError."""
    text = merges()
    (folder / "merges.txt").write_text(text, newline="\n", encoding="utf-8")
    (folder / "vocab.json").write_text(json.dumps(vocabulary_of(text), ensure_ascii=False), encoding="utf-8")
