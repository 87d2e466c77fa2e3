import json
import os
import sys
from pathlib import Path

import pytest

from loraferry_agent.jobs.atomic import write_json
from loraferry_agent.jobs.launch import Settings, environment
from loraferry_agent.jobs.succession import announce, is_superseded, newest_version, own_version
from loraferry_agent.layout import HOME_VARIABLE, JOB_VARIABLE, SCHEMA, layout_of


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("HF_HOME", "RUNPOD_API_KEY", "RUNPOD_POD_ID", JOB_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return Settings(tmp_path)


def decide(home: Path, **setup: object) -> None:
    (home / "host.json").write_text(json.dumps(setup), encoding="utf-8")


def test_children_get_what_the_machines_owner_meant(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "rented").write_text('export RUNPOD_POD_ID="p"\nexport RUNPOD_API_KEY="k"\n', encoding="utf-8")
    decide(tmp_path, environment_files=[str(tmp_path / "rented")], environment={"HF_ENDPOINT": "https://m.example"})
    found = environment(settings)
    assert (found["RUNPOD_POD_ID"], found["RUNPOD_API_KEY"]) == ("p", "k")
    assert found["HF_ENDPOINT"] == "https://m.example"
    assert found[HOME_VARIABLE] == str(tmp_path)
    assert JOB_VARIABLE not in found


def test_a_job_gets_no_key_to_the_account(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNPOD_API_KEY", "k")
    decide(tmp_path, environment={"CONTAINER_API_KEY": "k", "A": "1"})
    found = environment(settings, "job")
    assert not {"RUNPOD_API_KEY", "CONTAINER_API_KEY"} & found.keys()
    assert (found["A"], found[JOB_VARIABLE]) == ("1", "job")


def test_what_can_be_had_again_lies_in_the_chosen_folder(settings: Settings, tmp_path: Path) -> None:
    decide(tmp_path, caches=str(tmp_path / "fast"))
    found = environment(settings)
    assert found["HF_HOME"] == str(tmp_path / "fast" / "huggingface")
    assert found["TORCHINDUCTOR_CACHE_DIR"].startswith(str(tmp_path / "fast"))
    decide(tmp_path, caches=str(tmp_path / "fast"), environment={"HF_HOME": "/shared"})
    assert environment(settings)["HF_HOME"] == "/shared"


def test_other_versions_do_not_come_along(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = str(tmp_path / "elsewhere")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path / "code" / "old"), theirs]))
    path = environment(settings)["PYTHONPATH"].split(os.pathsep)
    assert path == [*own_version(settings.layout).roots, theirs]


# ---- which version supervises ---------------------------------------------------------------------------------------


def told(home: Path, **more: object) -> None:
    root = home / "code" / "new"
    root.mkdir(parents=True, exist_ok=True)
    plain = {"schema_number": SCHEMA, "deployed": 5, "roots": [str(root)], "python": sys.executable}
    write_json(home / "newest.json", {**plain, **more})


def test_newer_code_supersedes(settings: Settings, tmp_path: Path) -> None:
    layout = layout_of(tmp_path)
    assert not is_superseded(layout)
    told(tmp_path)
    assert is_superseded(layout)
    assert newest_version(layout).roots == (str(tmp_path / "code" / "new"),)
    told(tmp_path, deployed=0, schema_number=SCHEMA + 1, from_the_future=1)
    assert is_superseded(layout)


@pytest.mark.parametrize(
    "more", [{"deployed": 0}, {"schema_number": SCHEMA - 1}, {"python": "/no/such"}, {"roots": ["/no/such"]}]
)
def test_code_that_is_older_or_gone_does_not(settings: Settings, tmp_path: Path, more: dict[str, object]) -> None:
    told(tmp_path, **more)
    assert not is_superseded(layout_of(tmp_path))


def test_code_that_was_not_deployed_announces_nothing(settings: Settings, tmp_path: Path) -> None:
    announce(layout_of(tmp_path))
    assert not (tmp_path / "newest.json").exists()
