"""Names from the other end: what may become a path, what may be shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loraferry_core.names import is_safe_relative, without_control_characters

HOSTILE = [
    "", ".", "..", "/", "/etc/passwd", "../x", "a/../b", "a/..", "a/./b", "a//b", "a/", "./a",
    "C:\\x", "C:/x", "c:x", "\\\\host\\share", "a\\b", "a:stream", "a*", "a?", 'a"b', "a<b", "a>b", "a|b",
    "a\0b", "a\nb", "a\rb", "a\tb", "\x1b[31mred", "a\x7f", "a\x9b31m", "a\x85b",
    "photo\u202egnp.exe", "a\u2066b", "a\u2069b", "a\u200eb", "a\u061cb", "a\u2028b", "\ud800", "a\udcffb",
    "con", "CON", "con.txt", "con .txt", "Aux.tar.gz", "nul", "prn.", "com1", "COM9.log", "lpt0.x", "com¹", "conin$",
    "a/con/b", "a.", "a ", "a./b", "a /b", "...", " ", "a" * 201, "龙" * 67, "/".join(["abcdefghi"] * 101),
]  # fmt: skip
ORDINARY = [
    "a", "a.png", "samples/step_000010_0.png", "output/星.safetensors", "with space.txt", "it's", ".hidden", "..a",
    "a..b", " a", "console", "com10", "com", "a.con", "👩‍🎨.png", "é", "a" * 200, "unet/config.json", "(1) [x] {y} #&%$@!~`",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE, ids=[ascii(n)[:40] for n in HOSTILE])
def test_refused(name):
    assert not is_safe_relative(name)


@pytest.mark.parametrize("name", ORDINARY, ids=[ascii(n)[:40] for n in ORDINARY])
def test_accepted(name):
    assert is_safe_relative(name)


@given(st.text(alphabet=st.characters(), max_size=30) | st.text("./\\:con \n\u202e\ud800", max_size=12))
def test_what_is_accepted_stays_inside(name):
    if is_safe_relative(name):
        depth = [part not in ("", ".", "..") for part in name.split("/")]
        assert all(depth)
        assert name.encode().decode() == name
        assert name.isprintable() or not any(ord(c) < 32 for c in name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text\n\twith lines", "plain text\n\twith lines"),
        ("龙 👩‍🎨 é", "龙 👩‍🎨 é"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x1b]0;title\x07after", "after"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;cGF5bG9hZA", "52;c;cGF5bG9hZA"),
        ("\x1bcreset", "reset"),
        ("end\x1b", "end"),
        ("\x1b\x1b[31mx", "[31mx"),
        ("10%\r100%", "10%100%"),
        ("a\x00b\x08c\x7fd\x9b31me\x85", "abcd31me"),
        ("abc\u202egnp.exe\u202c", "abcgnp.exe"),
        ("\u2066x\u2069\u200e\u200f\u061c", "x"),
        ("a\u2028b\u2029", "ab"),
        ("a\udcffb", "ab"),
    ],
)
def test_what_is_shown(text, shown):
    assert without_control_characters(text) == shown


@given(st.text(alphabet=st.characters(), max_size=60) | st.text("\x1b[]0;m\x07\\\n\u202e", max_size=30))
def test_nothing_that_acts_is_left(text):
    shown = without_control_characters(text)
    assert not any(c != "\n" and c != "\t" and (ord(c) < 32 or 127 <= ord(c) < 160) for c in shown)
    assert not set(shown) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert without_control_characters(shown) == shown
    shown.encode()
