"""The window's memory."""

import json
from pathlib import Path

import pytest

from loraferry.viewmodels.settings import AppSettings, SettingsViewModel


@pytest.fixture
def path(tmp_path: Path, qapp) -> Path:
    return tmp_path / "new folder" / "settings.json"


def test_changes_are_saved_at_once_and_told(path: Path, qtbot) -> None:
    settings = SettingsViewModel(path)
    with qtbot.waitSignal(settings.changed):
        settings.update(theme="dark")
    assert SettingsViewModel(path).value == AppSettings(theme="dark")


def test_no_change_is_not_told(path: Path, qtbot) -> None:
    settings = SettingsViewModel(path)
    with qtbot.assertNotEmitted(settings.changed):
        settings.update(theme="system")
    assert not path.exists()


@pytest.mark.parametrize("content", ["", "[]", "{", json.dumps({"theme": "pink"}), json.dumps({"unknown": 1})])
def test_unusable_content_is_kept_beside(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    assert SettingsViewModel(path).value == AppSettings()
    assert path.with_name("settings.json.unreadable").read_text(encoding="utf-8") == content


def test_a_place_that_cannot_be_written_does_not_end_the_program(tmp_path: Path, qapp) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    settings = SettingsViewModel(tmp_path / "file" / "settings.json")
    settings.update(theme="dark")
    assert settings.value.theme == "dark"
