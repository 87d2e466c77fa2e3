"""Tokens lie in one file that nobody else can read, and go when they are told to."""

import os
import stat
import threading

import pytest

from loraferry_agent.storage.secrets import read_secret, secret_names, set_secret
from tests.unit.agent.storage.conftest import UsedMachine


def test_kept_read_replaced_removed(machine: UsedMachine) -> None:
    layout = machine.layout
    assert (read_secret(layout, "a"), secret_names(layout)) == (None, [])
    set_secret(layout, "b", "2")
    set_secret(layout, "a", "1")
    set_secret(layout, "a", "3")
    assert (read_secret(layout, "a"), read_secret(layout, "b"), secret_names(layout)) == ("3", "2", ["a", "b"])
    set_secret(layout, "a", "")
    assert (read_secret(layout, "a"), secret_names(layout)) == (None, ["b"])
    set_secret(layout, "unknown", "")
    set_secret(layout, "b", "")
    assert not layout.secrets.exists()
    assert [path.name for path in layout.home.iterdir()] == ["locks"]


@pytest.mark.skipif(os.name == "nt", reason="rights are the folder's there")
def test_only_its_user_can_read_it(machine: UsedMachine) -> None:
    before = os.umask(0)
    try:
        set_secret(machine.layout, "a", "1")
    finally:
        os.umask(before)
    assert stat.S_IMODE(machine.layout.secrets.stat().st_mode) == 0o600


def test_it_lies_in_the_home_never_on_the_work_disk(machine: UsedMachine) -> None:
    set_secret(machine.layout, "a", "1")
    assert machine.layout.secrets.parent == machine.layout.home


def test_a_damaged_file_is_no_secret(machine: UsedMachine) -> None:
    machine.layout.secrets.write_text('{"a": 1}')
    assert read_secret(machine.layout, "a") is None
    machine.layout.secrets.write_text("no")
    assert read_secret(machine.layout, "a") is None
    set_secret(machine.layout, "b", "2")
    assert secret_names(machine.layout) == ["b"]


def test_two_at_once_lose_none(machine: UsedMachine) -> None:
    threads = [threading.Thread(target=set_secret, args=(machine.layout, f"s{n}", str(n))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert secret_names(machine.layout) == [f"s{n}" for n in range(8)]
