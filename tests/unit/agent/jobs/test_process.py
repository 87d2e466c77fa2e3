"""Which process is which."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from loraferry_agent import platform
from loraferry_agent.jobs.process import ProcessIdentity, identify, identify_self, token_is_alive


def test_this_process_lives_and_a_reused_pid_is_another(tmp_path: Path) -> None:
    own = identify_self()
    assert own.is_alive()
    assert own.is_of_this_boot()
    assert token_is_alive(own.token())
    other = replace(own, start="earlier")
    assert not other.is_alive()
    assert not token_is_alive(other.token())
    rebooted = replace(own, boot="other")
    assert not rebooted.is_alive()
    assert not rebooted.is_of_this_boot()
    assert ProcessIdentity(**own.as_json()) == own


@pytest.mark.parametrize("token", ["", "x", "-", "0-abc", "99999999-abc"])
def test_a_token_of_nobody(token: str) -> None:
    assert not token_is_alive(token)


def test_an_ended_child_is_not_alive_even_before_it_is_collected() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        identity = identify(child.pid)
        assert identity is not None
        assert identity.is_alive()
        platform.kill(child.pid)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not identity.is_alive()
        assert identify(child.pid) is None
        platform.kill(child.pid)
    platform.kill(child.pid)
    platform.terminate(child.pid)


def test_processes_are_found_by_their_tag() -> None:
    environment = {**os.environ, "LORAFERRY_TEST_TAG": "päth 1"}
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=environment) as child:
        assert platform.tagged_processes("LORAFERRY_TEST_TAG", "päth 1") == [child.pid]
        assert platform.tagged_processes("LORAFERRY_TEST_TAG", "päth") == []
        platform.kill(child.pid)


def test_a_lock_has_one_owner(tmp_path: Path) -> None:
    one, two = platform.FileLock(tmp_path / "lock"), platform.FileLock(tmp_path / "lock")
    assert one.acquire()
    assert not two.acquire()
    one.release()
    assert two.acquire()
    two.release()
