"""CLIP's tokens are counted as its tokenizer counts them; the agent's tests compare with transformers itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_core.dataset.tokens import byte_symbols, count_tokens, cut, merges


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("  \n", 0),
        ("a photo of a cat", 5),
        ("1girl, solo, long hair", 7),
        ("It's what they're CALLED", 6),
        ("长发", 5),
        ("cafe\u0301", 1),
        ("ΣΑΣ", 6),
        ("½ ³ Ⅷ", 6),
        ("🙂", 1),
        ("a\u3000b\u00a0c", 3),
        ("<|startoftext|>cat<|endoftext|>", 3),
        ("a <| b", 4),
    ],
)
def test_tokens_are_counted(text: str, count: int) -> None:
    assert count_tokens(text) == count


def test_what_is_short_is_not_cut() -> None:
    assert cut("") == 0
    assert cut("a photo of a cat ") == 17
    assert cut("cat " * 75) == 300


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("cat " * 80, "cat " * 74 + "cat"),
        # A word that the chunk ends within: its tokens are "xxxx".
        ("cat " * 74 + "x" * 20, "cat " * 74 + "x" * 4),
        # The letter of which one byte is read is not read, and so the cut is where the word before it ends.
        ("cat " * 74 + "长", "cat " * 73 + "cat"),
        # Composed, the text is shorter than written.
        ("cafe\u0301 " * 80, "cafe\u0301 " * 74 + "cafe\u0301"),
        ("<|endoftext|>" * 80, "<|endoftext|>" * 75),
        ("a <|endoftext|>" + "cat " * 80, "a <|endoftext|>" + "cat " * 72 + "cat"),
    ],
)
def test_the_cut_is_where_the_first_chunk_is_full(text: str, read: str) -> None:
    assert text[: cut(text)] == read


@given(st.text(max_size=120))
def test_what_is_before_the_cut_fits(text: str) -> None:
    place = cut(text)
    assert 0 <= place <= len(text)
    assert (place < len(text)) <= (count_tokens(text) > 75)


def test_a_byte_has_one_symbol() -> None:
    assert len(set(byte_symbols())) == 256
    assert byte_symbols()[ord("a")] == "a"
    assert merges().splitlines()[1] == "i n"
