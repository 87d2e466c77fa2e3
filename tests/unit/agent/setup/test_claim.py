import io
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from loraferry_agent.setup import claim
from loraferry_agent.setup.claim import claimed, identity
from loraferry_agent.setup.tools import CalledOff, Desk


def test_one_at_a_time_and_the_second_is_told_whom_it_waits_for(tmp_path: Path) -> None:
    path, output, order = tmp_path / "deploy", io.BytesIO(), []
    inside, leave = threading.Event(), threading.Event()

    def first() -> None:
        with claimed(path, "她@laptop", Desk(io.BytesIO())):
            inside.set()
            leave.wait(30)
            order.append("first")

    def second() -> None:
        with claimed(path, "me", Desk(output)):
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert inside.wait(30)
    threads[1].start()
    give_up_at = time.monotonic() + 30
    while b"waiting" not in output.getvalue():
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
    leave.set()
    for thread in threads:
        thread.join(30)
    assert order == ["first", "second"]
    assert "她@laptop" in json.loads(output.getvalue().split(b"install ")[1])["waiting"]
    assert list(tmp_path.iterdir()) == []


def left_by(path: Path, **more: object) -> None:
    path.write_text(json.dumps({"owner": "gone", "id": "x", **more}), encoding="utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_claim_of_a_dead_process_is_taken(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    dead = identity(child.pid)
    assert dead["start"]
    child.kill()
    child.communicate()
    left_by(tmp_path / "deploy", **dead)
    with claimed(tmp_path / "deploy", "me", Desk(io.BytesIO())):
        assert json.loads((tmp_path / "deploy").read_bytes())["owner"] == "me"


def test_a_claim_that_has_been_silent_for_long_is_taken(tmp_path: Path) -> None:
    left_by(tmp_path / "deploy", **{**identity(os.getpid()), "boot": "another"})
    old = time.time() - claim.STALE_SECONDS - 10
    os.utime(tmp_path / "deploy", (old, old))
    with claimed(tmp_path / "deploy", "me", Desk(io.BytesIO())):
        assert json.loads((tmp_path / "deploy").read_bytes())["owner"] == "me"


def test_waiting_can_be_called_off(tmp_path: Path) -> None:
    left_by(tmp_path / "deploy", **identity(os.getpid()))
    desk = Desk(io.BytesIO())
    desk.call_off()
    with pytest.raises(CalledOff), claimed(tmp_path / "deploy", "me", desk):
        pass
    assert json.loads((tmp_path / "deploy").read_bytes())["owner"] == "gone"
