"""Every event is one JSON line and back; what the other end could lie about is bounded."""

import json

import pytest
from pydantic import ValidationError

from loraferry_core.events import EVENT, PHASES, TERMINAL, Artifact, Event, Failed, Finished, Stopped, parse_event
from tests.unit.core.examples import EVENTS, SHA, members

STEP = {"type": "step", "seq": 3, "time": 1, "attempt": 1, "step": 1, "loss": 0.5, "lr": 0, "images_per_s": 0}


def test_there_is_an_example_of_each():
    assert {type(event) for event in EVENTS} == members(Event)
    assert len({event.type for event in EVENTS}) == len(EVENTS)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_round_trip(event):
    line = event.model_dump_json()
    assert "\n" not in line
    assert parse_event(line) == parse_event(line.encode()) == event
    assert type(parse_event(line)) is type(event)


def test_the_groups():
    assert set(TERMINAL) == {Finished, Stopped, Failed}
    assert PHASES == (
        "prepare", "fetch_base", "load_text_encoder", "cache_captions", "load_vae", "cache_latents", "load_denoiser",
        "draw_known", "train", "sample", "validate", "save",
    )  # fmt: skip


def test_an_ordinary_line():
    event = parse_event(json.dumps(STEP))
    assert (event.seq, event.loss, event.grad_norm, event.memory_mb) == (3, 0.5, None, 0.0)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "stepp"}, {"type": None}, {"seq": 0}, {"seq": -1}, {"seq": 2**63}, {"seq": "x"}, {"seq": 1.5},
        {"time": -1}, {"time": 1e300}, {"attempt": 0}, {"step": 0}, {"loss": "low"}, {"lr": -1}, {"more": 1},
        {"images_per_s": None},
    ],
    ids=str,
)  # fmt: skip
def test_odd_values_are_refused(change):
    EVENT.validate_json(json.dumps(STEP))
    with pytest.raises(ValidationError):
        parse_event(json.dumps({**STEP, **change}))


@pytest.mark.parametrize(
    "line",
    [b"", b"\n", b"null", b"[]", b"{}", b"{", b"\xff", "\ud800", b"[" * 100_000, json.dumps(STEP)[:-1], b"{}{}"]
    + [json.dumps({**STEP, "loss": value}) for value in (float("nan"), float("inf"))],
    ids=lambda line: ascii(line)[:20],
)
def test_odd_lines_are_refused(line):
    with pytest.raises(ValidationError):
        parse_event(line)


@pytest.mark.parametrize("name", ["", "..", "../x", "/x", "a\\b", "c:x", "a\nb", "con", "a\u202eb"])
def test_no_artifact_leaves_its_folder(name):
    assert Artifact(name="samples/a.png", size=0, sha256=SHA).name == "samples/a.png"
    with pytest.raises(ValidationError) as caught:
        Artifact(name=name, size=0, sha256=SHA)
    assert caught.value.errors()[0]["loc"] == ("name",)


@pytest.mark.parametrize("change", [{"size": -1}, {"size": 2**63}, {"sha256": SHA[:-1]}, {"sha256": SHA + "\n"}])
def test_odd_artifacts_are_refused(change):
    with pytest.raises(ValidationError):
        Artifact.model_validate({"name": "a", "size": 0, "sha256": SHA, **change})
