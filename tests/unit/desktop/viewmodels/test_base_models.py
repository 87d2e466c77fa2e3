"""Base models for the plan: found on the machine, fetched there, with the token that it takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.remote.secrets import token_name
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.plan import HostChoice, PlanViewModel
from loraferry_core.models import FetchState
from loraferry_core.problems import fail, problem
from tests.fakes.machine import MODELS
from tests.unit.desktop.viewmodels.conftest import Rented


class Desk:
    def __init__(self, rented: Rented, folder: Path) -> None:
        self.rented = rented
        self.plan = PlanViewModel(folder / "plan.json")
        self.plan.hosts = [HostChoice(rented.id, "A10G")]
        self.bases = BaseModels(rented.hosts, self.plan, lambda: rented.secrets, rented.tasks)


@pytest.fixture
def desk(rented: Rented, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(rented, tmp_path)
    yield made
    made.bases._timer.stop()
    made.plan.shutdown()


def test_the_chosen_machine_is_searched_once_when_it_comes_online(desk: Desk) -> None:
    assert not desk.bases.was_searched
    client = desk.rented.connect()
    assert desk.bases.found == MODELS
    desk.rented.hosts.disconnect_host(desk.rented.id)
    desk.rented.connect()
    assert client.wanted.count(("find_models",)) == 1
    assert desk.rented.door.kept[-1].client.wanted.count(("find_models",)) == 0
    desk.bases.look()
    assert desk.rented.door.kept[-1].client.wanted.count(("find_models",)) == 1


def test_looking_connects_where_nobody_did(desk: Desk) -> None:
    desk.bases.look()
    assert desk.bases.found == MODELS
    assert not desk.bases.searching


def test_a_model_of_the_machine_brings_its_family_along(desk: Desk) -> None:
    desk.plan.set_base("/models/a.safetensors", "sd1")
    assert desk.plan.config.base.source == "/models/a.safetensors"
    assert desk.plan.config.base.family == "sd1"
    desk.plan.set_base("/models/b.safetensors", "a family of tomorrow")
    assert desk.plan.config.base.family == "sd1"


def test_a_fetch_hands_its_token_over_first_and_is_followed(desk: Desk) -> None:
    desk.rented.secrets.put(token_name("huggingface"), "hf_abc")
    client = desk.rented.connect()
    desk.plan.set_base("owner/name")
    order = desk.bases.order
    assert order is not None
    desk.bases.fetch_now()
    assert client.wanted[-2:] == [("set_secret", "huggingface", "hf_abc"), ("fetch", order)]
    assert desk.bases.fetch is not None
    assert desk.bases.fetch.state == "running"
    client.states = (FetchState(id=order.id, name=order.name, state="done", done=9, total=9),)
    desk.bases._poll()
    assert desk.bases.fetch.state == "done"
    assert not desk.bases._timer.isActive()
    desk.plan.set_base("toy")
    assert desk.bases.fetch is None


def test_a_fetch_can_be_called_off(desk: Desk) -> None:
    client = desk.rented.connect()
    desk.plan.set_base("owner/name")
    desk.bases.fetch_now()
    desk.bases.cancel_fetch()
    assert client.wanted[-1][0] == "cancel_fetch"  # type: ignore[index]
    assert desk.bases.fetch is None


def test_what_is_there_or_comes_from_here_is_not_fetched(desk: Desk) -> None:
    client = desk.rented.connect()
    for source in ("toy", "/root/models/a.safetensors"):
        desk.plan.set_base(source)
        assert desk.bases.order is None, source
        desk.bases.fetch_now()
    assert not [wanted for wanted in client.wanted if wanted[0] == "fetch"]  # type: ignore[index]


def test_a_token_goes_to_the_store_and_to_the_machine(desk: Desk) -> None:
    desk.bases.put_token("civitai", "first")
    assert desk.rented.secrets.get(token_name("civitai")) == "first"
    client = desk.rented.connect()
    desk.bases.put_token("civitai", "second")
    assert ("set_secret", "civitai", "second") in client.wanted


def test_failures_are_told_but_for_a_lost_link(desk: Desk) -> None:
    client = desk.rented.connect()
    client.refuse = fail("link_lost", host="box")
    desk.bases.look()
    assert desk.rented.tasks.problems == []
    client.refuse = fail("disk_full", path="/", needed_mb=1, free_mb=0)
    desk.bases.look()
    assert desk.rented.tasks.problems == [problem("disk_full", path="/", needed_mb=1, free_mb=0)]
