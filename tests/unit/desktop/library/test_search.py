"""Which pictures a query finds, and in which order they come."""

import random
from dataclasses import replace

import pytest

from loraferry.cancellation import Cancelled
from loraferry.library.concepts import Concept
from loraferry.library.fields import VERDICTS, Project
from loraferry.library.items import Item
from loraferry.library.order import ORDER_KEYS, Order, is_known, ordered, similar
from loraferry.library.quality import Quality
from loraferry.library.query import STATES, plain_tag
from loraferry.library.query_parser import parse
from loraferry.library.search import Search
from loraferry.library.shapes import Crop, Turn
from loraferry.library.text_index import TextIndex, plain_tags
from loraferry.library.token_counts import TokenCounts, count_all
from loraferry.library.trained_sizes import Training
from loraferry_core.dataset.caption import tags
from loraferry_core.problems import problem


def quality(blur: float = 0.5, hash: int = 0) -> Quality:
    return Quality(blur, 0.1, 0.2, 0.3, 0.0, 0.5, hash, 0)


ITEMS = [
    Item("cats/IMG_1.png", "", caption="Smile, long_hair", width=1000, height=600, stars=3, quality=quality(0.2)),
    Item("cats/IMG_2.png", "", caption="hat, smile", width=600, height=600, verdict="reject", concept="c1"),
    Item("dogs/3.png", "", caption="A Woman stands in the rain.", width=400, height=800, verdict="keep", new=True),
    Item("4.png", "", caption="", verdict="unsure", crops=(Crop(0, 0, 100, 100),), turn=Turn(1, True)),
    Item("5.png", "", caption=None, mask="ab", image_problem=problem("image_unreadable", name="5.png", detail="")),
]


@pytest.fixture
def search() -> Search:
    index = TextIndex(ITEMS)
    index.work()
    tokens = TokenCounts()
    tokens.add({item.caption: len(item.caption.split()) for item in ITEMS if item.caption is not None})
    return Search(index, tokens, Project(concepts=(Concept("c1", "Red Fox"),)), Training(512, 64))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", "12345"),
        ("smile", "12"),
        ("img", "12"),
        ("caption:img", ""),
        ("name:img_2", "2"),
        ("name:img*", "12"),
        ("name:img", "12"),
        ("name:mg*", ""),
        ("name:cats", ""),
        ("folder:cat", "12"),
        ("folder:c*s", "12"),
        ("folder:at*", ""),
        ("tag:smile", "12"),
        ("tag:smil", ""),
        ("tag:smi*", "12"),
        ("tag:*a*", "12"),
        ('tag:"long hair"', "1"),
        ("-smile", "345"),
        ("-nothing", "12345"),
        ("hat | rain", "23"),
        ("smile -(hat | rain)", "1"),
        ("concept:fox", "2"),
        ("concept:red*", "2"),
        ("concept:re", "2"),
        ("concept:other", ""),
        ('concept:""', "1345"),
        ("is:keep", "3"),
        ("is:reject", "2"),
        ("is:unsure", "4"),
        ("is:open", "15"),
        ("is:approved", "134"),
        ("is:new", "3"),
        ("is:broken", "5"),
        ("is:captioned", "123"),
        ("is:uncaptioned", "4"),
        ("is:tags", "12"),
        ("is:prose", "3"),
        ("is:cropped", "4"),
        ("is:turned", "4"),
        ("is:flipped", "4"),
        ("is:masked", "5"),
        ("is:portrait", "3"),
        ("is:landscape", "1"),
        ("is:square", "2"),
        ("blur<0.3", "1"),
        ("noise=0.3", "1"),
        ("-blur<0.3", "2345"),
        ("stars>=3", "1"),
        ("size<600", "3"),
        ("size:600", "12"),
        ("width>500 height<700", "12"),
        ("pixels>0.5m", "1"),
        ("mp=0.4", "2"),
        ("ratio>1", "1"),
        ("ratio=5:3", "1"),
        ("tokens>3", "3"),
        ("tokens=0", "4"),
        ("tags=2", "12"),
        ("words>=6", "3"),
        ("words=0", "45"),
        ("bucket:64x64", "4"),
    ],
)
def test_what_is_found(search: Search, query: str, found: str) -> None:
    assert "".join(str(place + 1) for place in search.find(parse(query).node)) == found


def test_all_states_can_be_asked_for(search: Search) -> None:
    for state in STATES:
        search.find(parse(f"is:{state}").node)


def test_only_among_some(search: Search) -> None:
    assert search.find(None, [1, 3]) == [1, 3]
    assert search.find(parse("tag:smile").node, [1, 3]) == [1]
    assert search.find(parse("-hat").node, [1, 3]) == [3]


def test_a_beginning_finds_only_what_has_no_better_name() -> None:
    index = TextIndex([Item("1", "", caption="hat, hats"), Item("2", "", caption="hats")])
    index.work()
    found = Search(index)
    assert found.find(parse("tag:hat", typing=True).node) == [0]
    assert found.find(parse("tag:ha", typing=True).node) == [0, 1]
    assert found.find(parse("tag:hats", typing=True).node) == [0, 1]


def test_however_a_query_is_put_the_same_is_found() -> None:
    """Against the plainest way to do it, over many random sets and queries."""
    chance = random.Random(5)
    words = ("hat", "smile", "tree", "red hat")
    for _ in range(60):
        items = [
            Item(
                f"{n}.png",
                "",
                caption=", ".join(chance.sample(words, chance.randint(0, 3))),
                stars=chance.randint(0, 2),
            )
            for n in range(12)
        ]
        index = TextIndex(items)
        index.work()
        first, second = chance.choice(words), chance.choice(words)
        query = f'tag:"{first}" stars>0 | -(tag:"{second}" stars=2)'
        found = Search(index).find(parse(query).node)
        having = [tags(item.caption or "") for item in items]
        assert found == [
            place
            for place, item in enumerate(items)
            if (first in having[place] and item.stars > 0) or not (second in having[place] and item.stars == 2)
        ]


# --- the index


def test_tags_are_cut_as_the_core_cuts_them() -> None:
    chance = random.Random(0)
    pool = (
        "a",
        "long_hair",
        "Red Hat",
        "red  hat",
        r"miku \(x\)",
        " ",
        "\t",
        "\n",
        "，",
        "、",
        ",",
        ", ",
        "\x07",
        "b.",
        "É",
    )
    for _ in range(3000):
        caption = "".join(chance.choices(pool, k=chance.randint(0, 10)))
        wanted = dict.fromkeys(plain_tag(tag) for tag in tags(caption))
        wanted.pop("", None)
        assert plain_tags(caption) == tuple(wanted)


def test_an_index_that_followed_equals_a_new_one() -> None:
    chance = random.Random(3)
    pool = ("hat", "smile", "Long Hair", "tree", "A man stands here.", "")
    items = [Item(f"{n}.png", "", caption=None) for n in range(30)]
    index = TextIndex(items)
    assert index.due == 0
    for _ in range(200):
        place = chance.randrange(30)
        items[place] = replace(items[place], caption=", ".join(chance.sample(pool, chance.randint(0, 3))))
        index.mark([place])
        if chance.random() < 0.5:
            index.work(1)
    index.work()
    fresh = TextIndex(items)
    fresh.work()
    assert index.due == 0
    assert index.counts() == fresh.counts()
    assert index.snapshot() == fresh.snapshot()
    for tag in fresh.all_tags():
        assert list(index.with_tag(tag)) == list(fresh.with_tag(tag))
        assert index.count(tag) == fresh.count(tag)
    assert index.count("nothing") == 0


def test_work_is_done_in_pieces() -> None:
    index = TextIndex([Item(f"{n}.png", "", caption="hat") for n in range(5)])
    index.work(2)
    assert (index.due, index.count("hat")) == (3, 2)
    index.work(9)
    assert (index.due, index.count("hat")) == (0, 5)
    assert index.tags(4) == ("hat",)


# --- order


def names(items: list[Item], order: Order, tokens: TokenCounts | None = None) -> str:
    project = Project(concepts=(Concept("c1", "Red Fox"),))
    found = ordered(items, order, project, tokens or TokenCounts())
    return "".join(items[place].name.rpartition("/")[2].removeprefix("IMG_")[0] for place in found.places)


@pytest.mark.parametrize(
    ("key", "ascending", "descending"),
    [
        ("name", "12345", "54321"),
        ("pixels", "32145", "12345"),
        ("size", "31245", "12345"),
        ("ratio", "32145", "12345"),
        ("verdict", "34152", "21543"),
        ("stars", "23451", "12345"),
        ("concept", "21345", "21345"),
        ("blur", "12345", "12345"),
        ("length", "42135", "31245"),
        ("tokens", "41235", "31245"),
    ],
)
def test_orders_are_stable_and_the_unknown_comes_last(key: str, ascending: str, descending: str) -> None:
    tokens = TokenCounts()
    tokens.add({item.caption: len(item.caption.split()) for item in ITEMS if item.caption})
    assert names(ITEMS, Order(key), tokens) == ascending  # type: ignore[arg-type]
    assert names(ITEMS, Order(key, descending=True), tokens) == descending  # type: ignore[arg-type]


def test_every_order_has_all_pictures_and_knows_what_it_knows() -> None:
    items = [replace(item, mtime_ns=place * 7 % 5, size=place) for place, item in enumerate(ITEMS)]
    for key in ORDER_KEYS:
        for descending in (False, True):
            order = Order(key, descending)
            found = ordered(items, order, Project(), TokenCounts())
            assert sorted(found.places) == list(range(len(items)))
            known = [is_known(items[place], order, Project(), TokenCounts()) for place in found.places]
            assert known == [True] * found.known + [False] * (len(items) - found.known)


def test_all_verdicts_have_a_rank() -> None:
    items = [Item(f"{verdict or 'x'}.png", "", verdict=verdict) for verdict in VERDICTS]
    assert names(items, Order("verdict")) == "kuxr"


def test_random_is_the_same_again_also_with_more_pictures() -> None:
    items = [Item(f"{letter}.png", "") for letter in "abcdefghij"]
    first = names(items, Order("random", seed=3))
    assert first == names(items, Order("random", seed=3))
    assert first != names(items, Order("random", seed=4))
    assert first == names([*items, Item("z.png", "")], Order("random", seed=3)).replace("z", "")


def test_what_looks_alike_comes_together() -> None:
    chance = random.Random(1)
    centres = [chance.getrandbits(64) for _ in range(20)]
    items = []
    for number in range(200):
        group = number % 20
        items.append(
            Item(f"{number}.png", "", concept=str(group), quality=quality(hash=centres[group] ^ (1 << number % 64)))
        )
    items.append(Item("unmeasured.png", ""))
    found = similar(items)
    assert found.places[-1] == 200
    assert found.known == 200
    changes = sum(
        items[a].concept != items[b].concept for a, b in zip(found.places[:199], found.places[1:200], strict=True)
    )
    assert changes == 19


def test_many_pictures_make_several_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loraferry.library.order._CHAIN", 16)
    items = [Item(f"{n}.png", "", quality=quality(hash=n << 40)) for n in range(50)]
    assert sorted(similar(items).places) == list(range(50))


def test_sorting_can_be_cancelled() -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        similar([Item(f"{n}.png", "", quality=quality(hash=n)) for n in range(600)], check)


# --- tokens


def test_tokens_are_counted_once() -> None:
    counts = TokenCounts()
    assert counts.known("") == 0
    assert counts.missing(["a", None, "b", "a", ""]) == ["a", "b"]
    counts.add(count_all(["a", "b"], len))
    assert counts.missing(["a", "b", "c"]) == ["c"]
    assert counts.known("b") == 1


def test_captions_that_are_gone_are_forgotten_when_there_are_many() -> None:
    counts = TokenCounts()
    counts.add({str(number): 1 for number in range(10)})
    counts.forget_all_but(str(number) for number in range(8))
    assert counts.known("9") == 1
    counts.forget_all_but(["1", None])
    assert counts.known("9") is None
    assert counts.known("1") == 1
    assert counts.known("") == 0


def test_counting_can_be_cancelled() -> None:
    def check() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        count_all(["a"], len, check)
