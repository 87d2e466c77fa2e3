"""A base model that can be none is refused before the job is queued."""

from pathlib import Path

import pytest

from loraferry_agent.models.refusals import place_of, refuse_base, refuse_place
from loraferry_core.config.dotted import replace_at
from loraferry_core.jobs import JobSpec
from loraferry_core.model_links import order_of
from loraferry_core.problems import ProblemError
from tests.fakes.agent_process import spec_for


def spec(source: str, tree: str = "") -> JobSpec:
    made = spec_for("n", "0" * 64)
    return made.replace(config=replace_at(replace_at(made.config, "base.source", source), "base.tree", tree))


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("/nowhere/x.safetensors", "base_not_found"),
        ("~nobody-of-this-name/x", "base_not_found"),
        ("/" + "x" * 5000, "base_not_found"),
        ("https://example.org/gallery", "base_no_link"),
        ("https://example.org/x.ckpt", "base_pickled"),
        ("file:///home/me/x.safetensors", "base_no_link"),
        ("C:\\nowhere\\x.safetensors", "base_not_here"),
    ],
)
def test_what_can_be_no_base(source: str, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        refuse_base(spec(source))
    assert caught.value.problem.code == code
    refuse_base(spec(source, tree="1" * 64))
    refuse_base(spec(source).replace(fetch=order_of("org/repo")))


def test_what_may_be_one(tmp_path: Path) -> None:
    for source in ("toy", "org/repo", "https://huggingface.co/org/repo", str(tmp_path)):
        refuse_base(spec(source))
    (tmp_path / "x.ckpt").touch()
    with pytest.raises(ProblemError) as caught:
        refuse_base(spec(str(tmp_path / "x.ckpt")))
    assert caught.value.problem.code == "base_pickled"


def test_a_home_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "model").mkdir()
    assert place_of("~/model") == tmp_path / "model"
    assert place_of("~/other") is None


def test_a_place(tmp_path: Path) -> None:
    refuse_place(str(tmp_path))
    (tmp_path / "x.ckpt").touch()
    for path, code in ((tmp_path / "gone", "base_not_found"), (tmp_path / "x.ckpt", "base_pickled")):
        with pytest.raises(ProblemError) as caught:
            refuse_place(str(path))
        assert caught.value.problem.code == code
