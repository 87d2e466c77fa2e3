"""What is typed finds tags by any part of their names, in any language; lists of other programs can be imported."""

from pathlib import Path

import pytest

from loraferry.library import tag_book
from loraferry.library.tag_book import Entry, TagBook, TagList, import_list, lists_in, read_csv, read_list
from loraferry.texts.tag_categories import categories
from loraferry_core.problems import ProblemError
from loraferry_resources import resource_path

ENTRIES = (
    Entry("long hair", "hair", 900, ("lengthy hair",), "长发"),
    Entry("hair ribbon", "accessory", 500, (), "发带"),
    Entry("parallel speed lines", "style", 300),
    Entry("chair", "object", 200, (), "椅子"),
    Entry("Hatsune Miku", "character", 100, ("miku",), "初音未来"),
    Entry("^_^", "expression", 50),
)


def tags(book: TagBook, typed: str, **kwargs: object) -> list[str]:
    return [one.tag for one in book.suggest(typed, **kwargs)]  # type: ignore[arg-type]


@pytest.fixture
def book() -> TagBook:
    return TagBook([TagList(ENTRIES)])


def test_names_that_begin_so_come_first_then_words_then_the_rest(book: TagBook) -> None:
    assert tags(book, "hair") == ["hair ribbon", "long hair", "chair"]
    assert tags(book, "eed lin") == ["parallel speed lines"]
    assert tags(book, "HAIR_R") == ["hair ribbon"]
    assert tags(book, "") == tags(book, "\t") == tags(book, "zzz") == []


def test_other_names_and_chinese_find_a_tag(book: TagBook) -> None:
    (found,) = book.suggest("lengthy")
    assert (found.tag, found.alias, found.translation, found.category, found.count) == (
        "long hair", "lengthy hair", "长发", "hair", 900,
    )  # fmt: skip
    (found,) = book.suggest("长")
    assert (found.tag, found.alias) == ("long hair", "")
    assert tags(book, "miku") == ["Hatsune Miku"]
    assert tags(book, "object") == tags(book, "900") == []


def test_the_projects_own_come_first_with_their_counts(book: TagBook) -> None:
    book.know({"hair over shoulder": 2, "hair ribbon": 7, "my hat": 1, "^ ^": 3})
    found = book.suggest("hair")
    assert [(one.tag, one.own) for one in found] == [
        ("hair ribbon", 7), ("hair over shoulder", 2), ("long hair", 0), ("chair", 0),
    ]  # fmt: skip
    assert found[0].category == "accessory"
    assert tags(book, "my") == ["my hat"]
    assert tags(book, "^") == ["^_^"]
    assert tags(book, "hair", barred=["Hair_Ribbon"]) == ["hair over shoulder", "long hair", "chair"]
    assert tags(book, "hair", most=1) == ["hair ribbon"]


def test_a_long_list_is_searched_as_a_short_one() -> None:
    entries = [Entry(f"grey thing {number}", count=5000 - number) for number in range(3000)]
    book = TagBook([TagList([*entries, Entry("thing itself"), Entry("something"), Entry("a thing")])])
    assert tags(book, "thing", most=3) == ["thing itself", "grey thing 0", "grey thing 1"]
    assert tags(book, "omethi") == ["something"]
    assert book.look_up("A_Thing") == Entry("a thing")
    assert book.look_up("nothing") is None


def test_the_shipped_list_is_in_order() -> None:
    shipped = read_list(resource_path("tag_list") / "common.tsv")
    entries = [shipped.entry(place) for place in range(len(shipped))]
    assert len(entries) > 2000
    assert len({entry.name for entry in entries}) == len(entries)
    assert {entry.category for entry in entries} <= set(categories())
    assert all(entry.translation for entry in entries)
    assert not {other for entry in entries for other in entry.aliases} & {entry.name for entry in entries}
    assert entries[0].name == "1girl"


def test_a_usual_list_is_imported(tmp_path: Path) -> None:
    source = tmp_path / "dan booru.csv"
    source.write_text(
        'name,category,count,"aliases"\n'
        'solo,0,500,"alone,单人,only one"\n1girl,0,900,"1girls,sole_female"\nlong_hair,0,400,\nlong hair,0,1,\n'
        "some_artist,1,7,\n^_^,0,60,\nbroken\n,0,1,\nodd,x,3,\nbig,0,99999999999999999,\n",
        encoding="utf-8",
    )
    kept = import_list(source, tmp_path / "lists")
    assert lists_in(tmp_path / "lists") == [kept]
    listed = read_list(kept)
    assert [listed.entry(place) for place in range(3)] == [
        Entry("1girl", "general", 900, ("1girls", "sole female")),
        Entry("solo", "general", 500, ("alone", "only one"), "单人"),
        Entry("long hair", "general", 400),
    ]
    assert listed.find("some artist") == Entry("some artist", "artist", 7)
    assert listed.find("^_^") == Entry("^_^", "general", 60)
    assert listed.find("odd") == Entry("odd", "", 0, (), "x")
    assert listed.find("big") == Entry("big", "general", 0)
    assert lists_in(tmp_path / "none") == []


def test_what_is_no_list_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"\xff\xfe\x00")
    for path in (empty, tmp_path / "missing.csv"):
        with pytest.raises(ProblemError) as caught:
            read_csv(path)
        assert caught.value.problem.code == "tag_list_unreadable"
    monkeypatch.setattr(tag_book, "MAX_FILE", 2)
    with pytest.raises(ProblemError):
        read_csv(empty)
    source = tmp_path / "fine.csv"
    source.write_text("a,0,1\n", encoding="utf-8")
    monkeypatch.setattr(tag_book, "MAX_FILE", 200)
    (tmp_path / "file").touch()
    with pytest.raises(ProblemError):
        import_list(source, tmp_path / "file")
