"""Small models of this computer: fetched once, resumed, checked, from wherever they can be had."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from loraferry.cancellation import Cancelled, CancelToken
from loraferry.ferry.local_models import LocalModel, addresses_of, adopt, fetch, kept, local_models
from loraferry_core.problems import ProblemError
from tests.fakes.model_server import ModelServer, running_model_server

DATA = bytes(range(256)) * 1000
MODEL = LocalModel(
    id="small",
    label="Small model",
    file="small.onnx",
    licence="MIT",
    size=len(DATA),
    sha256=hashlib.sha256(DATA).hexdigest(),
    sources=(),
)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with running_model_server(ModelServer()) as model:
        model.files["/small.safetensors"] = DATA
        yield model


def at(server: ModelServer, *paths: str) -> list[str]:
    return [server.url + path for path in paths or ("/small.safetensors",)]


def test_it_is_fetched_once_and_progress_is_told(server: ModelServer, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = fetch(MODEL, tmp_path / "models", CancelToken(told.append), at(server))
    assert path.read_bytes() == DATA
    assert told[-1] == (len(DATA), len(DATA))
    assert len(told) > 1
    assert fetch(MODEL, tmp_path / "models", CancelToken(), at(server)) == path
    assert len(server.asked) == 1
    assert sorted(found.name for found in path.parent.iterdir()) == ["small.onnx"]


def test_a_cut_download_goes_on_where_it_was(server: ModelServer, tmp_path: Path) -> None:
    server.cuts.append(100_000)
    with pytest.raises(ProblemError) as caught:
        fetch(MODEL, tmp_path, CancelToken(), at(server))
    assert caught.value.problem.code == "local_model_failed"
    begun = (tmp_path / "small.onnx.part").stat().st_size
    assert 0 < begun <= 100_000
    assert fetch(MODEL, tmp_path, CancelToken(), at(server)).read_bytes() == DATA
    assert server.asked[-1].range == f"bytes={begun}-"


def test_a_server_without_ranges_begins_anew(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "small.onnx.part").write_bytes(DATA[:1000])
    server.ranges = False
    assert fetch(MODEL, tmp_path, CancelToken(), at(server)).read_bytes() == DATA


def test_a_part_of_something_else_is_thrown_away(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "small.onnx.part").write_bytes(b"x" * 1000)
    with pytest.raises(ProblemError) as caught:
        fetch(MODEL, tmp_path, CancelToken(), at(server))
    assert caught.value.problem.code == "local_model_corrupt"
    assert not (tmp_path / "small.onnx.part").exists()
    assert fetch(MODEL, tmp_path, CancelToken(), at(server)).read_bytes() == DATA


def test_the_next_address_is_tried_where_one_fails(server: ModelServer, tmp_path: Path) -> None:
    server.html.add("/login")
    wanted = at(server, "/not-there", "/login", "/small.safetensors")
    assert fetch(MODEL, tmp_path, CancelToken(), wanted).read_bytes() == DATA
    assert [asked.path for asked in server.asked] == ["/not-there", "/login", "/small.safetensors"]


def test_a_page_to_log_in_does_not_cost_what_has_come(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "small.onnx.part").write_bytes(DATA[:5000])
    server.html.add("/login")
    assert fetch(MODEL, tmp_path, CancelToken(), at(server, "/login", "/small.safetensors")).read_bytes() == DATA
    assert server.asked[-1].range == "bytes=5000-"


def test_another_file_of_the_same_length_is_refused(server: ModelServer, tmp_path: Path) -> None:
    server.files["/small.safetensors"] = DATA[::-1]
    with pytest.raises(ProblemError) as caught:
        fetch(MODEL, tmp_path, CancelToken(), at(server))
    assert caught.value.problem.code == "local_model_corrupt"
    assert list(tmp_path.iterdir()) == []


def test_a_longer_file_is_not_taken_for_the_rest_of_the_model(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "small.onnx.part").write_bytes(DATA[:5000])
    server.files["/small.safetensors"] = DATA + b"and more"
    with pytest.raises(ProblemError) as caught:
        fetch(MODEL, tmp_path, CancelToken(), at(server))
    assert caught.value.problem.code == "local_model_corrupt"
    assert (tmp_path / "small.onnx.part").read_bytes() == DATA[:5000]


def test_a_redirect_to_a_file_of_this_computer_is_refused(server: ModelServer, tmp_path: Path) -> None:
    server.redirects["/away"] = "file:///etc/hostname"
    server.redirects["/plain"] = "http://192.0.2.1/small.safetensors"
    for path in ("/away", "/plain"):
        with pytest.raises(ProblemError) as caught:
            fetch(MODEL, tmp_path, CancelToken(), at(server, path))
        assert caught.value.problem.code == "local_model_failed"


def test_cancelling_keeps_what_has_come(server: ModelServer, tmp_path: Path) -> None:
    token = CancelToken(lambda _: token.cancel())
    with pytest.raises(Cancelled):
        fetch(MODEL, tmp_path, token, at(server))
    assert (tmp_path / "small.onnx.part").stat().st_size > 0


def test_a_file_that_somebody_downloaded_is_taken(tmp_path: Path) -> None:
    brought, folder = tmp_path / "Downloads" / "x.onnx", tmp_path / "models"
    brought.parent.mkdir()
    brought.write_bytes(DATA)
    assert adopt(MODEL, brought, folder) == kept(MODEL, folder)
    brought.write_bytes(DATA[:-1] + b"!")
    with pytest.raises(ProblemError) as caught:
        adopt(MODEL, brought, folder)
    assert caught.value.problem.code == "local_model_corrupt"
    with pytest.raises(ProblemError) as caught:
        adopt(MODEL, tmp_path / "nowhere.onnx", folder)
    assert caught.value.problem.code == "file_unreadable"


def test_a_folder_that_cannot_be_written_is_told(server: ModelServer, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        fetch(MODEL, tmp_path / "models", CancelToken(), at(server))
    assert caught.value.problem.code == "file_unwritable"


def test_the_catalogue_says_what_each_model_is_and_where_it_is_got() -> None:
    yunet = local_models()["yunet"]
    assert (yunet.licence, yunet.size) == ("MIT", 229_738)
    assert all(len(model.sha256) == 64 and model.sources for model in local_models().values())
    addresses = list(addresses_of(yunet))
    assert all(address.startswith("https://") and address.endswith(yunet.file) for address in addresses)
    assert "https://huggingface.co/opencv/face_detection_yunet/resolve/main/" + yunet.file in addresses
    assert any(address.startswith("https://hf-mirror.com/") for address in addresses)
