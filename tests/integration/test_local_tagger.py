"""The whole way on this computer: a folder of pictures, an agent that only tags, captions by a person's choices."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from loraferry.cancellation import CancelToken
from loraferry.ferry.captioners import captioners
from loraferry.ferry.captioning import CaptioningProgress, Harvest, describe_there
from loraferry.ferry.tagger import LocalTagger
from loraferry.library.captioned import Rules, captions_of
from loraferry.library.edits import Edit
from loraferry.library.library import Library
from loraferry.library.model_views import render_views
from loraferry.library.places import Places
from loraferry.remote.agent_code import read_agent_code
from loraferry_core.models import FetchSource
from tests.fakes.captioners import write_tagger
from tests.fakes.leftovers import end_processes_of
from tests.fakes.model_server import ModelServer, running_model_server

CODE = read_agent_code()
"""Read once, so that an edit during the tests makes no second version."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    folder = write_tagger(tmp_path / "tagger")
    with running_model_server(ModelServer()) as server:
        server.repository("org/tagger", {path.name: path.read_bytes() for path in folder.iterdir()})
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@pytest.fixture
def tagger(tmp_path: Path) -> Iterator[LocalTagger]:
    made = LocalTagger(str(tmp_path / "家 tagger"), lambda: CODE)
    yield made
    made.close()
    end_processes_of(tmp_path)


@pytest.mark.timeout(600)
def test_pictures_are_tagged_on_this_computer(tmp_path: Path, hub: ModelServer, tagger: LocalTagger) -> None:
    pictures = tmp_path / "图片"
    pictures.mkdir()
    for name, colour in {"red": (255, 0, 0), "blue": (0, 0, 255)}.items():
        Image.new("RGB", (600, 600), colour).save(pictures / f"{name}.png")
    (pictures / "red.txt").write_text("mine, long hair", encoding="utf-8")
    places = Places(tmp_path / "data", tmp_path / "cache")
    library = Library.open(pictures, places)
    try:
        library.read()
        captioner = captioners()[0].replace(sources=(FetchSource(kind="hub", place="org/tagger"),))
        views = render_views(library.items, captioner.resolution, places=places)
        told: list[CaptioningProgress] = []
        phases: list[str] = []
        token, harvest = CancelToken(told.append), Harvest()

        def setup(phase: str, done: int, total: int, line: str) -> None:
            phases.append(phase)

        describe_there(lambda: tagger.client(setup, token), captioner, "", views, harvest, token)
        assert tagger.is_installed()
        assert {"probe", "code", "environment"} <= set(phases)
        assert told[-1] == CaptioningProgress("describe", 2, 2)

        found = dict(harvest.take_new())
        old = {item.name: item.caption or "" for item in library.items}
        captions = captions_of(found, old, Rules(blacklist="^_^"), "append")
        assert captions == {
            "red.png": "mine, long hair, red theme, hatsune miku (vocaloid)",
            "blue.png": "blue theme, hatsune miku (vocaloid), long hair",
        }
        library.apply(Edit("machine", {"caption": captions}))
        assert {item.name: item.caption for item in library.items} == captions
        library.undo()
        assert {item.name: item.caption or "" for item in library.items} == old

        # Asking the same again asks no model: what was found is there.
        asked, again = len(hub.asked), Harvest()
        describe_there(lambda: tagger.client(setup, token), captioner, "", views, again, token)
        assert dict(again.take_new()) == found
        assert len(hub.asked) == asked
    finally:
        library.close()
    removed = tagger.uninstall(CancelToken())
    assert removed.left == ()
    assert not tagger.is_installed()
