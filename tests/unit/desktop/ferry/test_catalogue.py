"""Which base models are offered, and how a training machine gets the one that a plan names."""

import pytest

from loraferry.ferry import catalogue
from loraferry.ferry.catalogue import base_models, entry_of, fetch_order, trouble_with
from loraferry_core.families import FAMILIES


def test_every_entry_ships_or_can_be_fetched() -> None:
    for entry in base_models():
        assert bool(entry.tree) is not bool(entry.sources), entry.id
        assert entry.family in FAMILIES
        assert entry_of(entry.source) is entry
        if entry.sources:
            assert entry.licence


def test_what_ships_is_not_fetched() -> None:
    assert fetch_order("toy") is None


def test_an_entry_is_fetched_from_its_sources_in_order() -> None:
    entry = next(entry for entry in base_models() if entry.id == "sd15")
    order = fetch_order(entry.source)
    assert order is not None
    assert order.sources == entry.sources
    assert [source.kind for source in order.sources] == ["hub", "modelscope"]
    assert order.secret == "huggingface"
    assert fetch_order(entry.source) == order


@pytest.mark.parametrize("source", ["/root/models/a.safetensors", "~/a", "nothing", ""])
def test_a_place_on_the_machine_is_not_fetched(source: str) -> None:
    assert fetch_order(source) is None


def test_any_repository_is_fetched() -> None:
    order = fetch_order("someone/a-model")
    assert order is not None and order.sources[0].place == "someone/a-model"


def test_a_single_file_is_known_by_its_hash_wherever_it_comes_from() -> None:
    entry = next(entry for entry in base_models() if entry.id == "dreamshaper8")
    order = fetch_order(entry.source)
    assert order is not None
    assert [source.kind for source in order.sources] == ["hub", "url"]
    assert order.sources[0].file.endswith(".safetensors")
    assert (order.size, order.sha256[:10], order.sha256[-4:]) == (2_132_625_894, "879db523c3", "d7fd")


def test_a_drive_of_windows_is_a_place_where_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    place = "C:\\models\\sd.safetensors"
    found = trouble_with(place)
    assert found is not None
    assert found.code == "base_not_here"
    monkeypatch.setattr(catalogue, "found_here", lambda source: source)
    assert trouble_with(place) is None
