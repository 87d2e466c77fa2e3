"""Base models for the plan: found on the machine, fetched there, with the token that it takes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.ferry.own_base import address_of
from loraferry.remote.hosts import LOCAL
from loraferry.remote.secrets import token_name
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.plan import HostChoice, PlanViewModel
from loraferry_core.config.dotted import replace_at
from loraferry_core.models import FetchState, FoundModel
from loraferry_core.problems import fail, problem
from tests.fakes.machine import MODELS
from tests.unit.desktop.ferry.test_own_base import INPAINTING, SD1, pipeline, single
from tests.unit.desktop.viewmodels.conftest import Rented


class Desk:
    def __init__(self, rented: Rented, folder: Path) -> None:
        self.rented = rented
        self.plan = PlanViewModel(folder / "plan.json")
        self.plan.hosts = [HostChoice(rented.id, "A10G")]
        self.bases = BaseModels(rented.hosts, self.plan, lambda: rented.secrets, rented.tasks, rented.prompter)


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


def test_a_file_of_this_computer_is_chosen_and_recognised(desk: Desk, tmp_path: Path) -> None:
    file = single(tmp_path / "龙.safetensors")
    desk.rented.prompter.answers = [file, None]
    desk.bases.choose_file()
    assert desk.plan.config.base.source == address_of(file)
    assert desk.bases.own is not None
    assert (desk.bases.own.family, desk.bases.own.size) == ("sd1", file.stat().st_size)
    assert desk.plan.base_trouble is None
    assert desk.bases.order is None
    assert desk.bases.sent
    desk.bases.choose_file()
    assert desk.plan.config.base.source == address_of(file)
    desk.plan.set_base("toy")
    assert (desk.bases.own, desk.bases.own_path) == (None, None)


def test_a_folder_of_this_computer_is_chosen(desk: Desk, tmp_path: Path) -> None:
    folder = pipeline(tmp_path / "my model")
    desk.rented.prompter.answers = [folder]
    desk.bases.choose_folder()
    assert desk.bases.own_path == folder
    assert desk.bases.own is not None


def test_a_file_that_is_no_base_keeps_the_plan_from_being_trained(desk: Desk, tmp_path: Path) -> None:
    desk.plan.images = 20
    desk.rented.prompter.answers = [single(tmp_path / "inpainting.safetensors", INPAINTING)]
    desk.bases.choose_file()
    assert desk.plan.base_trouble is not None
    assert desk.plan.base_trouble.code == "base_untrainable"
    assert desk.plan.findings[0] == desk.plan.base_trouble
    assert not desk.plan.can_train
    desk.plan.set_base("toy")
    assert desk.plan.base_trouble is None
    assert desk.plan.can_train


def test_a_prediction_that_the_file_denies_is_told_as_soon_as_it_is_chosen(desk: Desk, tmp_path: Path) -> None:
    desk.rented.prompter.answers = [single(tmp_path / "v.safetensors", {**SD1, "v_pred": [0]})]
    desk.bases.choose_file()
    assert desk.plan.base_trouble is None
    for prediction, code in (("epsilon", "base_other_prediction"), ("v_prediction", None), ("auto", None)):
        desk.plan.set_config(replace_at(desk.plan.config, "base.prediction", prediction))
        assert (desk.plan.base_trouble and desk.plan.base_trouble.code) == code


def test_a_file_that_is_gone_is_noticed_at_the_next_look_and_when_it_is_back(desk: Desk, tmp_path: Path) -> None:
    file = single(tmp_path / "a.safetensors")
    desk.rented.prompter.answers = [file]
    desk.bases.choose_file()
    moved = file.rename(tmp_path / "b.safetensors")
    desk.bases.look_again()
    assert desk.plan.base_trouble == problem("base_not_here", path=file)
    moved.rename(file)
    desk.bases.look_again()
    assert desk.plan.base_trouble is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("what is this", "base_not_found"),
        ("https://example.org/gallery", "base_no_link"),
        ("https://civitai.com/images/5", "base_no_link"),
        ("C:\\gone\\x.safetensors", "base_not_here"),
        ("https://example.org/x.ckpt", "base_pickled"),
        ("owner/name", ""),
        ("https://huggingface.co/owner/name", ""),
        ("https://civitai.com/models/4384/dreamshaper", ""),
        ("/root/models/x.safetensors", ""),
    ],
)
def test_what_is_typed_is_judged_at_once(desk: Desk, text: str, code: str) -> None:
    desk.plan.images = 20
    desk.bases.take(text)
    assert desk.plan.config.base.source == text
    assert (desk.plan.base_trouble.code if desk.plan.base_trouble else "") == code
    assert desk.plan.can_train is not bool(code)


def test_a_path_that_is_typed_and_lies_here_is_one_of_this_computer(desk: Desk, tmp_path: Path) -> None:
    file = single(tmp_path / "a.safetensors")
    desk.bases.take(f'"{file}"')
    assert desk.plan.config.base.source == address_of(file)
    assert desk.bases.own is not None


def test_where_it_is_trained_here_nothing_is_sent_and_a_missing_path_is_told(desk: Desk, tmp_path: Path) -> None:
    desk.plan.hosts = [HostChoice(LOCAL, "This computer")]
    gone = str(tmp_path / "gone")
    desk.bases.take(gone)
    assert not desk.bases.sent
    assert desk.plan.base_trouble == problem("base_not_here", path=gone)
    desk.plan.set_base(str(tmp_path))
    assert desk.plan.base_trouble is None


def test_a_path_on_the_machine_is_looked_at_as_soon_as_it_can_be(desk: Desk) -> None:
    gone = "/root/models/gone.safetensors"
    desk.bases.take(gone)
    assert desk.plan.base_trouble is None
    client = desk.rented.connect()
    assert ("look_at_model", gone) in client.wanted
    client.refuse = fail("base_not_found", source=gone)
    desk.bases.look_again()
    assert desk.plan.base_trouble == problem("base_not_found", source=gone)
    client.refuse = fail("link_lost", host="box")
    desk.bases.look_again()
    assert desk.plan.base_trouble is None
    assert desk.rented.tasks.problems == []
    desk.bases.take(MODELS[1].path)
    assert client.wanted[-1] == ("look_at_model", MODELS[1].path)
    assert desk.plan.config.base.family == MODELS[1].family


def test_a_model_on_the_machine_that_cannot_be_trained_is_told(desk: Desk) -> None:
    path = "/root/models/flux1-dev.safetensors"
    client = desk.rented.connect()
    client.models = (FoundModel(path=path, form="single_file", family="flux"),)
    desk.bases.take(path)
    assert desk.plan.base_trouble == problem("base_untrainable", source=path, kind="FLUX.1")
    client.models = (FoundModel(path=path, form="single_file", family="sdxl"),)
    desk.bases.look_again()
    assert desk.plan.base_trouble is None
    assert desk.plan.config.base.family == "sdxl"
    assert desk.plan.config.dataset.resolution == 1024
