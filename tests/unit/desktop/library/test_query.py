"""The language of queries: what is understood, what is told, what clicks and completions make of a text."""

import pytest

from loraferry.library.concepts import Concept
from loraferry.library.fields import Project
from loraferry.library.items import Item
from loraferry.library.query import And, Bucket, Compare, Node, Not, Or, State, Tag, Text, plain_tag, quoted
from loraferry.library.query_completion import completions
from loraferry.library.query_parser import MAX_DEPTH, MAX_LENGTH, parse
from loraferry.library.query_terms import holds, toggled
from loraferry.library.text_index import TextIndex


def word(text: str) -> Text:
    return Text("any", text)


def test_the_whole_language_in_one_line() -> None:
    parsed = parse('tag:smile -hat blur<0.3 stars>=3 size<768 tokens>75 caption:"Red Hat"')
    assert parsed.errors == ()
    assert [term.node for term in parsed.terms] == [
        Tag("smile"),
        Not(word("hat")),
        Compare("blur", "<", 0.3),
        Compare("stars", ">=", 3),
        Compare("size", "<", 768),
        Compare("tokens", ">", 75),
        Text("caption", "red hat"),
    ]
    assert isinstance(parsed.node, And)


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("", None),
        ("  ", None),
        ("()", None),
        ('""', None),
        ("hat", word("hat")),
        ("a | b", Or((word("a"), word("b")))),
        ("a b OR c d", Or((And((word("a"), word("b"))), And((word("c"), word("d")))))),
        ("a AND b", And((word("a"), word("b")))),
        ("(a OR b) c", And((Or((word("a"), word("b"))), word("c")))),
        ("NOT -a", word("a")),
        ("-(a b)", Not(And((word("a"), word("b"))))),
        ("long-hair", word("long-hair")),
        ("dark OR light", Or((word("dark"), word("light")))),
        ("tag:Long_Hair", Tag("long hair")),
        ("tag:miku_(vocaloid)", Tag("miku (vocaloid)")),
        ("(tag:a_(b))", Tag("a (b)")),
        (r"tag:miku_\(x\)", Tag("miku (x)")),
        ("TAG:smile*", Tag("smile*")),
        ("tag：猫 （a）", And((Tag("猫"), word("a")))),
        ("“red hat”", word("red hat")),
        ("re:zero", word("re:zero")),
        (":d", word(":d")),
        ("is:KEEP", State("keep")),
        ("is=keep", State("keep")),
        ("folder:Cats", Text("folder", "cats")),
        ('concept:""', Text("concept", "")),
        ("bucket:832x1216", Bucket((832, 1216))),
        ("bucket:832×1216", Bucket((832, 1216))),
        ("blur < 0.3", Compare("blur", "<", 0.3)),
        ("blur≤30%", Compare("blur", "<=", 0.3)),
        ("blur=0", Compare("blur", "=", 0.0, 0.05)),
        ("stars:3", Compare("stars", "=", 3.0, 0.5)),
        ("stars!=3", Not(Compare("stars", "=", 3.0, 0.5))),
        ("pixels>1.5m", Compare("pixels", ">", 1.5e6)),
        ("ratio=16:9", Compare("ratio", "=", 16 / 9, 16 / 900)),
        ("ratio=2", Compare("ratio", "=", 2.0, 0.02)),
        ("size:512..768", And((Compare("size", ">=", 512), Compare("size", "<=", 768)))),
        ("tags:5", Compare("tags", "=", 5.0, 0.5)),
    ],
)  # fmt: skip
def test_what_is_understood(text: str, node: Node | None) -> None:
    parsed = parse(text)
    assert parsed.node == node
    assert parsed.errors == ()


@pytest.mark.parametrize(
    ("text", "code", "marked", "unfinished"),
    [
        ("a ) b", "bracket_extra", ")", False),
        ("a (b", "bracket_open", "(", True),
        ('caption:"open', "quote_open", '"open', True),
        ("tag:", "value_missing", "tag:", True),
        ("tag: x", "value_missing", "tag:", False),
        ("size<", "value_missing", "size<", True),
        ("size<abc x", "number_wrong", "size<abc", False),
        ("size<1..2 x", "number_wrong", "size<1..2", False),
        ("size:1..x y", "number_wrong", "size:1..x", False),
        ("bucket:8 x", "size_wrong", "bucket:8", False),
        ("is:nothing x", "state_unknown", "is:nothing", False),
        ("is:ke", "state_unknown", "is:ke", True),
        ("tga:smile", "key_unknown", "tga", False),
        ("name<3 x", "operator_wrong", "name<3", False),
        ("a OR", "part_missing", "OR", True),
        ("OR a", "part_missing", "OR", False),
        ("a -", "part_missing", "-", True),
    ],
)
def test_what_is_told_and_where(text: str, code: str, marked: str, unfinished: bool) -> None:
    (error,) = parse(text).errors
    assert error.code == code
    assert text[error.start : error.stop] == marked
    assert error.unfinished == unfinished


def test_what_is_wrong_spoils_nothing_else() -> None:
    assert parse("is:nothing hat").node == word("hat")
    assert parse("hat )( | smile").node is not None
    assert parse("tga:smile").node == word("tga:smile")


def test_endless_queries_are_refused() -> None:
    (error,) = parse("a" * (MAX_LENGTH + 1)).errors
    assert error.code == "too_long"
    deep = parse("(" * (MAX_DEPTH + 2) + "a")
    assert "too_deep" in [error.code for error in deep.errors]
    assert parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH).node == word("a")


@pytest.mark.parametrize("length", range(66))
def test_every_beginning_of_a_query_is_taken(length: int) -> None:
    text = '-tag:"long hair" (blur<0.3 | size:512..768) NOT is:keep OR ratio=16:9'
    parse(text[:length], typing=True)


def test_only_the_last_word_is_unfinished() -> None:
    assert parse("tag:a tag:b", typing=True).node == And((Tag("a"), Tag("b", open=True)))
    assert parse("tag:b ", typing=True).node == Tag("b")
    assert parse('tag:"b"', typing=True).node == Tag("b")


def test_terms_are_taken_out_with_their_space() -> None:
    parsed = parse('x  caption:"a  b"   y')
    assert parsed.without(parsed.terms[:1]) == 'caption:"a  b"   y'
    assert parsed.without(parsed.terms[1:2]) == "x y"
    assert parsed.without(parsed.terms) == ""


@pytest.mark.parametrize(
    ("text", "query", "then"),
    [
        ("", "tag:a", "tag:a"),
        ("tag:a", "tag:a", ""),
        ("tag:a b", "tag:c", "tag:a b tag:c"),
        ("size>=512 size<640 x", "size>=640 size<768", "x size>=640 size<768"),
        ("x size>=640 size<768", "size>=640 size<768", "x"),
        ("x", "tag:a | tag:b", "x (tag:a | tag:b)"),
        ("x (tag:a | tag:b)", "tag:a | tag:b", "x"),
        ("a | b", "tag:c", "(a | b) tag:c"),
        ("bucket:1x1", "bucket:2x2", "bucket:2x2"),
    ],
)
def test_clicks(text: str, query: str, then: str) -> None:
    assert toggled(text, query) == then
    assert holds(then, query) != holds(text, query)


def test_values_are_quoted_where_they_must_be() -> None:
    assert quoted("hat") == "hat"
    assert quoted("long hair") == '"long hair"'
    assert quoted("-x") == '"-x"'
    assert quoted("") == '""'
    for tag in ("long hair", "miku (vocaloid)", "a|b", "-x", ":d"):
        assert parse(f"tag:{quoted(tag)}").node == Tag(plain_tag(tag))


@pytest.fixture
def index() -> TextIndex:
    captions = {"cats/1.png": "smile, long hair", "cats/2.png": "closed smile, hat", "3.png": "long hair, smirk, hat"}
    found = TextIndex([Item(name, "", caption=caption) for name, caption in captions.items()])
    found.work()
    return found


@pytest.mark.parametrize(
    ("text", "inserted"),
    [
        ("", []),
        ("x ", []),
        ("-", []),
        ("blur<", []),
        ("ta", ["tag:", "tags"]),
        ("hat", ["tag:hat "]),
        ("tag:smi", ["tag:smile ", "tag:smirk ", 'tag:"closed smile" ']),
        ("tag:long_h", ['tag:"long hair" ']),
        ('tag:"long h', ['tag:"long hair" ']),
        ("(a -tag:ha", ["tag:hat ", 'tag:"long hair" ']),
        ("is:un", ["is:unsure ", "is:uncaptioned "]),
        ("folder:c", ["folder:cats "]),
        ("concept:f", ['concept:"Red Fox" ']),
    ],
)
def test_completions(index: TextIndex, text: str, inserted: list[str]) -> None:
    found = completions(text, len(text), index, Project(concepts=(Concept("c", "Red Fox"),)))
    assert [completion.insert for completion in found] == inserted
    for completion in found:
        assert text[: completion.start] in ("", "-", "(a -")
        assert completion.stop == len(text)


def test_completions_count_pictures_and_end_somewhere(index: TextIndex) -> None:
    assert [(found.value, found.count) for found in completions("tag:h", 5, index, Project())] == [
        ("hat", 2),
        ("long hair", 2),
    ]
    assert [found.count for found in completions("folder:", 7, index, Project())] == [2]
    assert completions("concept:x", 9, index, Project()) == []
    assert len(completions("s", 1, index, Project(), most=3)) == 3
