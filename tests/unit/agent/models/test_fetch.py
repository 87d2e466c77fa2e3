"""Fetching: from the first source that gives it, gone on with after cuts, checked, with the token only for its site."""

import errno
import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loraferry_agent.layout import Layout
from loraferry_agent.models import download as download_module
from loraferry_agent.models import fetch as fetch_module
from loraferry_agent.models.fetch import ensure
from loraferry_agent.models.folder import model_folder
from loraferry_agent.models.sources import Endpoints, endpoints_from
from loraferry_agent.storage.secrets import set_secret
from loraferry_core.model_links import order as make_order
from loraferry_core.models import FetchOrder, FetchSource
from loraferry_core.problems import Problem, ProblemError
from tests.fakes.model_server import ModelServer, sha
from tests.unit.agent.models.conftest import weights

DATA = weights()
SECRET = "hf_canary0123456789"
FOLDER = {
    "model_index.json": b'{"_class_name": "StableDiffusionPipeline"}',
    "README.md": b"read me",
    "v1-5-pruned.safetensors": weights(5000),
    "unet/config.json": b"{}",
    "unet/diffusion_pytorch_model.safetensors": weights(200_000, 1),
    "unet/diffusion_pytorch_model.fp16.safetensors": weights(100_000, 2),
    "unet/diffusion_pytorch_model.non_ema.safetensors": weights(9000),
    "unet/diffusion_pytorch_model.bin": b"pickle",
    "vae/config.json": b"{}",
    "vae/diffusion_pytorch_model.safetensors": weights(50_000, 3),
    "text_encoder/config.json": b"{}",
    "text_encoder/model.fp16.safetensors": weights(40_000, 4),
    "tokenizer/vocab.json": b'{"a": 1}',
    "tokenizer/merges.txt": b"#version: 0.2\n",
    "scheduler/scheduler_config.json": b"{}",
    "safety_checker/model.safetensors": weights(3000),
}
NEEDED = {
    "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors", "vae/config.json",
    "vae/diffusion_pytorch_model.safetensors", "text_encoder/config.json", "text_encoder/model.fp16.safetensors",
    "tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json",
}  # fmt: skip


def sites(hub: ModelServer, modelscope: ModelServer | None = None, civitai: ModelServer | None = None) -> Endpoints:
    nowhere = "http://127.0.0.1:1"
    return Endpoints((hub.url,), modelscope.url if modelscope else nowhere, civitai.url if civitai else nowhere)


def hub(place: str = "org/repo", file: str = "") -> FetchSource:
    return FetchSource(kind="hub", place=place, file=file)


def order(*sources: FetchSource, **more: Any) -> FetchOrder:
    return make_order(sources, name="a model", **more)


class Run:
    """Calls `ensure` and keeps what it told."""

    def __init__(self, layout: Layout, endpoints: Endpoints) -> None:
        self.layout, self.endpoints = layout, endpoints
        self.told: list[tuple[int, int]] = []
        self.pauses: list[float] = []

    def __call__(self, wanted: FetchOrder, cancelled: Callable[[], bool] = lambda: False) -> Path:
        return ensure(
            wanted,
            self.layout,
            lambda done, total: self.told.append((done, total)),
            cancelled,
            sites=self.endpoints,
            pause=self.pauses.append,
        )

    def fails(self, wanted: FetchOrder) -> Problem:
        with pytest.raises(ProblemError) as caught:
            self(wanted)
        state = model_folder(self.layout, wanted.id).state()
        assert state is not None
        assert (state.state, state.problem) == ("failed", caught.value.problem)
        return caught.value.problem


@pytest.fixture
def run(layout: Layout, server: ModelServer) -> Run:
    return Run(layout, sites(server))


@pytest.fixture(autouse=True)
def _told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "RECORD_INTERVAL", 0.0)


def files_below(path: Path) -> set[str]:
    return {found.relative_to(path).as_posix() for found in path.rglob("*") if found.is_file()}


def test_a_file_of_a_repository(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"sub/x.safetensors": DATA})
    wanted = order(hub(file="sub/x.safetensors"))
    path = run(wanted)
    assert path.name == "x.safetensors"
    assert path.read_bytes() == DATA
    assert run.told[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in run.told] == sorted(done for done, _ in run.told)
    state = model_folder(run.layout, wanted.id).state()
    assert state is not None
    assert (state.state, state.done, state.total, state.problem) == ("done", len(DATA), len(DATA), None)
    asked = len(server.asked)
    assert run(wanted) == path
    assert len(server.asked) == asked


def test_a_file_with_known_hash_needs_no_list(run: Run, server: ModelServer) -> None:
    server.files["/org/repo/resolve/main/x.safetensors"] = DATA
    assert run(order(hub(file="x.safetensors"), sha256=sha(DATA), size=len(DATA))).read_bytes() == DATA
    assert [asked.path for asked in server.asked] == ["/org/repo/resolve/main/x.safetensors"]


def test_a_folder_has_what_training_needs_and_no_more(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", FOLDER)
    path = run(order(hub()))
    assert files_below(path) == NEEDED
    assert all((path / name).read_bytes() == FOLDER[name] for name in NEEDED)
    total = sum(len(FOLDER[name]) for name in NEEDED)
    assert run.told[-1] == (total, total)


def test_a_repository_with_one_file(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"README.md": b"", "x.safetensors": DATA, "x.ckpt": b"pickle"})
    assert run(order(hub())).name == "x.safetensors"


def test_a_repository_without_a_model(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"README.md": b"", "../../x.safetensors": DATA})
    assert run.fails(order(hub())).code == "fetch_no_model"


@pytest.mark.parametrize("cut", [0, 1, 70, 5000, 999_999])
def test_a_cut_connection_is_gone_on_with(run: Run, server: ModelServer, cut: int) -> None:
    server.repository("org/repo", {"x.safetensors": DATA})
    server.cuts = [cut]
    assert run(order(hub(file="x.safetensors"))).read_bytes() == DATA
    assert server.ranges_asked() == ["", f"bytes={cut}-" if cut else ""]


def test_a_server_that_cuts_for_ever_is_given_up_but_not_one_that_goes_on(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"x.safetensors": DATA})
    server.cuts = [1000] * 30
    assert run(order(hub(file="x.safetensors"))).read_bytes() == DATA
    server.cuts = [0] * 30
    assert run.fails(order(hub(file="x.safetensors"), hub())).code == "fetch_failed"


def test_what_came_serves_the_next_process(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"x.safetensors": DATA})
    wanted = order(hub(file="x.safetensors"))
    server.cuts = [600_000, *[0] * 30]
    run.fails(wanted)
    server.cuts, server.asked = [], []
    assert run(wanted).read_bytes() == DATA
    assert server.ranges_asked() == ["bytes=600000-"]


def test_a_server_without_ranges_begins_anew(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"x.safetensors": DATA})
    server.ranges, server.cuts = False, [5000]
    assert run(order(hub(file="x.safetensors"))).read_bytes() == DATA


def test_another_version_of_a_file_is_not_mixed_in(run: Run, server: ModelServer) -> None:
    """Without a hash only the server's own mark tells."""
    address = f"{server.url}/x.safetensors"
    wanted = order(FetchSource(kind="url", place=address))
    server.files["/x.safetensors"] = DATA
    server.cuts = [5000, *[0] * 30]
    run.fails(wanted)
    server.cuts, server.files["/x.safetensors"] = [], weights(1_000_000, 9)
    assert run(wanted).read_bytes() == weights(1_000_000, 9)


def test_without_mark_and_hash_nothing_is_gone_on_with(run: Run, server: ModelServer) -> None:
    server.files["/x.safetensors"], server.tags, server.cuts = DATA, False, [5000]
    assert run(order(FetchSource(kind="url", place=f"{server.url}/x.safetensors"))).read_bytes() == DATA
    assert server.ranges_asked() == ["", ""]


def test_a_wrong_hash_is_thrown_away_and_the_next_source_tried(
    layout: Layout, serve: Callable[[], ModelServer]
) -> None:
    liar, honest = serve(), serve()
    liar.files["/org/repo/resolve/main/x.safetensors"] = weights(1_000_000, 5)
    honest.modelscope("ms/repo", {"x.safetensors": DATA})
    run = Run(layout, sites(liar, honest))
    scope = FetchSource(kind="modelscope", place="ms/repo", file="x.safetensors")
    path = run(order(hub(file="x.safetensors"), scope, sha256=sha(DATA), size=len(DATA)))
    assert path.read_bytes() == DATA
    assert files_below(path.parent.parent) >= {"files/x.safetensors"}
    assert not (path.parent.parent / "part").exists()


def test_all_sources_wrong(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"x.safetensors": weights(1_000_000, 5)})
    wanted = order(hub(file="x.safetensors"), hub("org/gone", "x.safetensors"), sha256=sha(DATA))
    assert run.fails(wanted).code == "fetch_corrupt"
    assert files_below(model_folder(run.layout, wanted.id).part) == set()


def test_a_file_that_is_longer_than_it_should_be(run: Run, server: ModelServer) -> None:
    server.files["/org/repo/resolve/main/x.safetensors"] = DATA + b"more"
    assert run.fails(order(hub(file="x.safetensors"), sha256=sha(DATA), size=len(DATA))).code == "fetch_corrupt"


def test_small_files_are_checked_by_gits_hash(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", FOLDER)
    for path in [path for path in server.files if path.endswith("tokenizer/vocab.json")]:
        server.files[path] = b'{"a": 2}'
    assert run.fails(order(hub())).code == "fetch_corrupt"


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (401, {}, "fetch_forbidden"),
        (403, {}, "fetch_forbidden"),
        (401, {"X-Error-Code": "RepoNotFound"}, "fetch_not_found"),
        (403, {"X-Error-Code": "GatedRepo"}, "fetch_forbidden"),
        (404, {}, "fetch_not_found"),
        (400, {}, "fetch_failed"),
        (429, {}, "fetch_failed"),
        (503, {}, "fetch_failed"),
    ],
)
def test_refusals(run: Run, server: ModelServer, status: int, headers: dict[str, str], code: str) -> None:
    server.statuses["/api/models/org/repo/revision/main?blobs=true"] = (status, headers)
    problem = run.fails(order(hub()))
    assert problem.code == code
    if code == "fetch_forbidden":
        assert problem.params["host"] == server.host


def test_a_page_is_no_model(run: Run, server: ModelServer) -> None:
    server.html.add("/x.safetensors")
    server.files["/y.safetensors"] = b"<html><body>Please log in to download this</body></html>"
    server.files["/z.safetensors"] = b"\x80\x04\x95" + bytes(500)
    for name in "xyz":
        wanted = order(FetchSource(kind="url", place=f"{server.url}/{name}.safetensors"))
        assert run.fails(wanted).code == "fetch_no_model"
        assert model_folder(run.layout, wanted.id).whole() is None


def test_half_a_file_without_a_hash_is_seen(run: Run, server: ModelServer) -> None:
    server.files["/x.safetensors"] = DATA[:-5]
    wanted = order(FetchSource(kind="url", place=f"{server.url}/x.safetensors"))
    assert run.fails(wanted).code == "fetch_corrupt"


def test_the_token_goes_to_its_site_and_follows_no_redirect(
    layout: Layout, serve: Callable[[], ModelServer], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site, store = serve(), serve()
    site.repository("org/repo", {"x.safetensors": DATA})
    commit = next(path for path in site.files if path.endswith("x.safetensors"))
    site.needs_token = dict.fromkeys(site.files, f"Bearer {SECRET}")
    site.redirects[commit] = f"{site.url}/renamed.safetensors"
    site.needs_token["/renamed.safetensors"] = f"Bearer {SECRET}"
    site.redirects["/renamed.safetensors"] = f"{store.url}/signed.safetensors?signature=1"
    store.files["/signed.safetensors?signature=1"] = DATA
    set_secret(layout, "huggingface", SECRET)
    run = Run(layout, sites(site))
    wanted = order(hub(file="x.safetensors"), secret="huggingface")
    assert run(wanted).read_bytes() == DATA
    assert [asked.authorization for asked in store.asked] == [""]
    kept = model_folder(layout, wanted.id).path
    assert all(SECRET not in path.read_text("latin-1") for path in kept.rglob("*") if path.is_file())
    assert SECRET not in caplog.text


def test_a_token_of_another_site_is_not_shown(layout: Layout, serve: Callable[[], ModelServer]) -> None:
    site, civitai = serve(), serve()
    site.repository("org/repo", {"x.safetensors": DATA})
    set_secret(layout, "civitai", SECRET)
    set_secret(layout, "other", SECRET)
    run = Run(layout, sites(site, civitai=civitai))
    run(order(hub(file="x.safetensors"), secret="civitai"))
    run(order(hub(file="x.safetensors"), secret="other", sha256=sha(DATA)))
    assert {asked.authorization for asked in site.asked} == {""}


def test_a_version_of_civitai(layout: Layout, serve: Callable[[], ModelServer]) -> None:
    civitai = serve()
    version = {
        "id": 5,
        "files": [
            {"name": "x.vae.safetensors", "type": "VAE", "hashes": {"SHA256": sha(b"")}},
            {"name": "cfg.yaml", "type": "Config"},
            {"name": "x.safetensors", "type": "Model", "primary": True, "hashes": {"SHA256": sha(DATA).upper()}},
        ],
    }
    civitai.files["/api/v1/model-versions/5"] = json.dumps(version).encode()
    civitai.files["/api/v1/models/7"] = json.dumps({"id": 7, "modelVersions": [version, {"id": 4}]}).encode()
    lora = {**version, "model": {"type": "LORA"}}
    civitai.files["/api/v1/model-versions/6"] = json.dumps(lora).encode()
    civitai.files["/api/v1/models/8"] = json.dumps({"id": 8, "type": "LORA", "modelVersions": [version]}).encode()
    civitai.files["/api/download/models/5"] = DATA
    civitai.needs_token["/api/download/models/5"] = f"Bearer {SECRET}"
    run = Run(layout, sites(civitai, civitai=civitai))
    by_version = FetchSource(kind="url", place="https://civitai.com/api/download/models/5")
    newest = FetchSource(kind="url", place="https://civitai.com/models/7")
    assert run.fails(order(by_version, secret="civitai")).code == "fetch_forbidden"
    set_secret(layout, "civitai", SECRET)
    for source in (by_version, newest):
        path = run(order(source, secret="civitai"))
        assert (path.name, path.read_bytes()) == ("x.safetensors", DATA)
    for page in ("https://civitai.com/api/download/models/6", "https://civitai.com/models/8"):
        found = run.fails(order(FetchSource(kind="url", place=page), secret="civitai"))
        assert found.code == "fetch_no_model", page
    civitai.files["/api/download/models/5"] = weights(1_000_000, 5)
    assert run.fails(order(by_version, hub(), secret="civitai")).code == "fetch_corrupt"


def test_modelscope_folder(layout: Layout, server: ModelServer) -> None:
    server.modelscope("ms/repo", FOLDER)
    run = Run(layout, sites(server, server))
    assert files_below(run(order(FetchSource(kind="modelscope", place="ms/repo")))) == NEEDED


def test_what_one_source_began_another_ends(layout: Layout, serve: Callable[[], ModelServer]) -> None:
    first, second = serve(), serve()
    first.repository("org/repo", {**FOLDER, "unet/extra.json": b"{}"})
    second.modelscope("ms/repo", FOLDER)
    vae = next(path for path in first.files if path.endswith("vae/diffusion_pytorch_model.safetensors"))
    first.statuses[vae] = (404, {})
    run = Run(layout, sites(first, second))
    assert files_below(run(order(hub(), FetchSource(kind="modelscope", place="ms/repo")))) == NEEDED
    assert not any("unet%2Fdiffusion" in asked.path for asked in second.asked)


def test_cancelling_keeps_what_came(run: Run, server: ModelServer) -> None:
    server.repository("org/repo", {"x.safetensors": DATA})
    wanted = order(hub(file="x.safetensors"))
    folder = model_folder(run.layout, wanted.id)

    def after_some() -> bool:
        part = folder.part / "x.safetensors.part"
        return part.exists() and part.stat().st_size > 100_000

    with pytest.raises(ProblemError) as caught:
        run(wanted, cancelled=after_some)
    assert caught.value.problem.code == "fetch_cancelled"
    assert (folder.part / "x.safetensors.part").stat().st_size > 100_000
    assert run(wanted).read_bytes() == DATA
    assert server.ranges_asked()[1] != ""


def test_a_full_disk_is_told_before(run: Run, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.repository("org/repo", {"x.safetensors": DATA})
    monkeypatch.setattr(fetch_module, "free_bytes", lambda path: 999_999)
    problem = run.fails(order(hub(file="x.safetensors"), hub()))
    assert problem.code == "disk_full"
    assert problem.params["needed_mb"] == 1
    assert server.ranges_asked() == []


def test_a_disk_that_fills_up_meanwhile(run: Run, server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.repository("org/repo", {"x.safetensors": DATA})

    def full(part: download_module.Part, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download_module.Part, "append", full)
    assert run.fails(order(hub(file="x.safetensors"), hub())).code == "disk_full"


@pytest.fixture
def under_way(layout: Layout, server: ModelServer) -> Iterator[FetchOrder]:
    """An order that somebody else is fetching; it goes on when `server.hold` is set."""
    server.repository("org/repo", {"x.safetensors": DATA})
    server.hold = threading.Event()
    wanted = order(hub(file="x.safetensors"))
    started = threading.Event()
    thread = threading.Thread(
        target=ensure,
        args=(wanted, layout, lambda done, total: started.set(), lambda: False),
        kwargs={"sites": sites(server)},
    )
    thread.start()
    assert started.wait(60)
    yield wanted
    server.hold.set()
    thread.join()


def test_a_second_one_waits_for_the_first(run: Run, server: ModelServer, under_way: FetchOrder) -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))
        assert server.hold is not None
        server.hold.set()

    path = ensure(under_way, run.layout, tell, lambda: False, sites=run.endpoints)
    assert path.read_bytes() == DATA
    assert told
    assert len(server.ranges_asked()) == 1


def test_whoever_waits_may_give_up(run: Run, server: ModelServer, under_way: FetchOrder) -> None:
    with pytest.raises(ProblemError) as caught:
        run(under_way, cancelled=lambda: True)
    assert caught.value.problem.code == "fetch_cancelled"
    state = model_folder(run.layout, under_way.id).state()
    assert state is not None
    assert state.state == "running"


def test_a_mirror_goes_first() -> None:
    assert endpoints_from({}).hubs == ("https://huggingface.co",)
    mirror = endpoints_from({"HF_ENDPOINT": "https://hf-mirror.com/"})
    assert mirror.hubs == ("https://hf-mirror.com", "https://huggingface.co")
