import json
from pathlib import Path

import pytest

from loraferry_agent.setup.surroundings import parse_assignments, surroundings

TURBO = """#!/bin/bash
# academic acceleration
export http_proxy=http://proxy.example:12798
export https_proxy=http://proxy.example:12798 && export REQUESTS_CA_BUNDLE="/etc/ssl/certs/ca.crt"
echo "done"
"""


def home_with(tmp_path: Path, **setup: object) -> Path:
    (tmp_path / "host.json").write_text(json.dumps(setup), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("KEY=value", {"KEY": "value"}),
        ('export KEY="a b"', {"KEY": "a b"}),
        ("export A=1; export B='2 3'", {"A": "1", "B": "2 3"}),
        ("export A=1 B=2", {"A": "1", "B": "2"}),
        ("# A=1\n\n  export C=x#y", {"C": "x#y"}),
        ("A=$(rm -rf /)\nB=`id`\nC=$HOME/x\nD=fine", {"D": "fine"}),
        ("rm -rf / && A=1", {}),
        ("A='unfinished\nB=2", {"B": "2"}),
        ("export 1A=x\nif true; then\nfi", {}),
        ("LONG=" + "ä" * 10, {"LONG": "ä" * 10}),
        ("URL=https://a.example/?x=1", {"URL": "https://a.example/?x=1"}),
    ],
)
def test_assignments_are_read_not_run(text: str, found: dict[str, str]) -> None:
    assert parse_assignments(text) == found


def test_a_vendors_proxy_is_not_used_for_what_is_near(tmp_path: Path) -> None:
    (tmp_path / "turbo").write_text(TURBO, encoding="utf-8")
    home = home_with(
        tmp_path, environment_files=[str(tmp_path / "turbo"), "/no/such/file"],
        environment={"HF_ENDPOINT": "https://mirror.example", "PIP_INDEX_URL": "https://packages.example/simple"},
    )  # fmt: skip
    found = surroundings(home, {"HOME": str(tmp_path), "no_proxy": "old.example"}, tmp_path / "none")
    assert found["http_proxy"] == "http://proxy.example:12798"
    assert found["REQUESTS_CA_BUNDLE"] == "/etc/ssl/certs/ca.crt"
    near = found["no_proxy"].split(",")
    assert near[0] == "old.example"
    assert {"127.0.0.1", "localhost", ".cn", "mirror.example", "packages.example"} <= set(near)
    assert found["NO_PROXY"] == found["no_proxy"]


def test_the_users_own_proxy_stays_as_it_is(tmp_path: Path) -> None:
    session = {"http_proxy": "http://own.example", "HOME": str(tmp_path)}
    assert surroundings(home_with(tmp_path, environment={"A": "1"}), session, tmp_path / "none") == {"A": "1"}


def test_the_vendors_variables_come_from_process_1_where_the_session_lacks_them(tmp_path: Path) -> None:
    initial = tmp_path / "environ"
    initial.write_bytes(b"RUNPOD_POD_ID=abc\0RUNPOD_API_KEY=k\0CONTAINER_ID=7\0PATH=/x\0SECRET=s\0broken")
    found = surroundings(home_with(tmp_path), {"CONTAINER_ID": "8"}, initial)
    assert found == {"RUNPOD_POD_ID": "abc", "RUNPOD_API_KEY": "k"}


def test_what_is_set_by_name_wins_and_ours_cannot_be_changed(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("A=file\nPYTHONPATH=/evil\nLORAFERRY_HOME=/evil\nHOME=/evil\n", encoding="utf-8")
    home = home_with(tmp_path, environment_files=[str(file)], environment={"A": "named", "bad name": "x", "N": "a\0b"})
    assert surroundings(home, {"A": "session"}, tmp_path / "none") == {"A": "named"}


@pytest.mark.parametrize("text", ["", "[]", "{broken", '{"environment_files": 5, "environment": [], "new_field": 1}'])
def test_a_setup_that_is_none_says_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "host.json").write_text(text, encoding="utf-8")
    assert surroundings(tmp_path, {}, tmp_path / "none") == {}
