"""What the desktop counts is what the trainer reads."""

import random

import pytest
from transformers import CLIPTokenizer

from loraferry_agent.families.vocabulary import write_vocabulary
from loraferry_core.dataset.caption import CHUNK
from loraferry_core.dataset.tokens import count_tokens, cut

ODD = (
    "", "a photo of a cat", "1girl, solo, long_hair, :d, ^_^, >_<", "it's John's they're we'd I'LL 'so", "汉字和，标点。",
    "🙂👩‍👩‍👧 emoji", "ΣΑΣ ΟΔΥΣΣΕΥΣ İstanbul ǅ", "e\u0301 cafe\u0301 한글", "a\x1cb \x00 \x85 \xa0 \u3000x", "½ ² Ⅷ 三 ٣ 12345",
    "<|startoftext|>hi<|endoftext|>!", "x" * 500, "\u1100\u1161\u11a8", "(masterpiece:1.2), {a|b}", "﷽ ﬁ Ǆ ẞ",
)  # fmt: skip
ALPHABETS = (
    range(0x20, 0x7F), range(0x20, 0x250), range(0x370, 0x600), range(0x4E00, 0x4F00), range(0x3000, 0x3100),
    range(0x1F300, 0x1F650), [*range(0x300, 0x340), *range(97, 123)], [ord(sign) for sign in "'stremvld <|>"],
    range(0x1100, 0x11FF), range(0xAC00, 0xAD00),
)  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> CLIPTokenizer:
    folder = tmp_path_factory.mktemp("tokenizer")
    write_vocabulary(folder)
    return CLIPTokenizer.from_pretrained(folder, local_files_only=True)


def texts(most: int, count: int) -> list[str]:
    chance = random.Random(7)
    found = []
    for _ in range(count):
        letters = [*chance.choice(ALPHABETS), *chance.choice(ALPHABETS)]
        found.append("".join(chr(chance.choice(letters)) for _ in range(chance.randint(0, most))))
    return found


def test_counts_are_those_of_transformers(tokenizer: CLIPTokenizer) -> None:
    for text in (*ODD, *texts(60, 1500)):
        expected = len(tokenizer(text, add_special_tokens=False, verbose=False).input_ids)
        assert count_tokens(text) == expected, ascii(text)


def test_the_cut_is_where_transformers_would_cut(tokenizer: CLIPTokenizer) -> None:
    cuts = 0
    for text in texts(300, 300):
        places = tokenizer(text, add_special_tokens=False, verbose=False, return_offsets_mapping=True).offset_mapping
        if len(places) > CHUNK:
            # Both tokens of a letter that is cut in two claim it; it counts as not read.
            last, following = places[CHUNK - 1], places[CHUNK]
            before = {end for _, end in places if end <= following[0]}
            expected = last[1] if last[1] <= following[0] else max(before)
            assert cut(text) == expected, ascii(text)
            cuts += 1
    assert cuts > 50
