import json
from pathlib import Path

import pytest

from loraferry.remote.hosts import LOCAL, Hosts
from loraferry_core.problems import ProblemError


@pytest.fixture
def hosts(tmp_path: Path) -> Hosts:
    return Hosts(tmp_path / "设置 x" / "hosts.json")


def test_this_computer_is_always_there(hosts: Hosts) -> None:
    assert [host.id for host in hosts.all()] == [LOCAL]
    assert hosts.get(LOCAL).is_local
    hosts.remove(LOCAL)
    assert [host.id for host in hosts.all()] == [LOCAL]


def test_add_move_update_remove(hosts: Hosts) -> None:
    host = hosts.add("ssh -p 17445 root@1.2.3.4", "租的")
    assert hosts.get(host.id) == host
    hosts.update(host.replace(agent_id="a1", work="/workspace", price_per_hour=0.4))
    moved = hosts.move(host.id, "root@5.6.7.8:99")
    assert (str(moved.address), moved.agent_id, moved.label) == ("root@5.6.7.8:99", "a1", "租的")
    assert [each.id for each in hosts.all()] == [LOCAL, host.id]
    hosts.remove(host.id)
    with pytest.raises(ProblemError) as caught:
        hosts.get(host.id)
    assert caught.value.problem.code == "host_unknown"


def test_two_programs_see_each_others_hosts(hosts: Hosts, tmp_path: Path) -> None:
    hosts.add("h1")
    Hosts(tmp_path / "设置 x" / "hosts.json").add("h2")
    hosts.add("h3")
    assert [host.label for host in hosts.all()] == ["localhost", "h1", "h2", "h3"]


def test_a_bad_address_changes_nothing(hosts: Hosts) -> None:
    host = hosts.add("h1")
    with pytest.raises(ProblemError):
        hosts.move(host.id, "not an address")
    assert hosts.get(host.id) == host


@pytest.mark.parametrize("text", ["", "{}x", '{"hosts": [{"id": ""}]}', '{"version": 1, "later": 2}'])
def test_a_broken_file_is_named_and_kept(hosts: Hosts, tmp_path: Path, text: str) -> None:
    path = tmp_path / "设置 x" / "hosts.json"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    for action in (hosts.all, lambda: hosts.add("h")):
        with pytest.raises(ProblemError) as caught:
            action()
        assert caught.value.problem.code == "file_unreadable"
    assert path.read_text(encoding="utf-8") == text


def test_the_file_holds_no_secret_fields(hosts: Hosts, tmp_path: Path) -> None:
    hosts.add("h1")
    text = (tmp_path / "设置 x" / "hosts.json").read_text(encoding="utf-8")
    assert not [name for name in json.loads(text)["hosts"][1] if "pass" in name or "secret" in name]
