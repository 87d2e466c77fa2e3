import json
from pathlib import Path

import pytest

from loraferry.remote.address import Address
from loraferry.remote.hosts import LOCAL, Host, Hosts, merge
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


# ---- a host is its agent --------------------------------------------------------------------------------------------

OLD = Host(id="a", label="租的", address=Address(host="1.1.1.1", port=5), agent_id="agent-1", work="/w", currency="CNY")
NEW = Host(id="b", label="2.2.2.2", address=Address(host="2.2.2.2", port=6))
OTHER = Host(id="c", label="c", address=Address(host="3.3.3.3"), agent_id="agent-3")
HERE = Host(id=LOCAL, label="localhost", agent_id="agent-here")
ALL = (HERE, OLD, NEW, OTHER)


def test_a_new_agent_is_learned() -> None:
    merged = merge(ALL, "b", "agent-2")
    assert merged.host == NEW.replace(agent_id="agent-2")
    assert merged.hosts == (HERE, OLD, merged.host, OTHER)
    assert (merged.removed, merged.wiped) == (None, "")


def test_a_known_agent_at_a_new_address_is_the_known_card() -> None:
    merged = merge(ALL, "b", "agent-1")
    assert merged.host == OLD.replace(address=NEW.address)
    assert merged.hosts == (HERE, merged.host, OTHER)
    assert (merged.removed, merged.wiped) == (NEW, "")


def test_a_label_that_was_only_the_old_address_moves_too() -> None:
    unnamed = OLD.replace(label="1.1.1.1")
    assert merge((unnamed, NEW), "b", "agent-1").host.label == "2.2.2.2"


def test_the_same_agent_changes_nothing() -> None:
    merged = merge(ALL, "a", "agent-1")
    assert (merged.hosts, merged.host, merged.removed, merged.wiped) == (ALL, OLD, None, "")


def test_a_wiped_machine_is_told_apart() -> None:
    merged = merge(ALL, "a", "agent-9")
    assert merged.host == OLD.replace(agent_id="agent-9")
    assert (merged.removed, merged.wiped) == (None, "agent-1")


def test_an_address_that_leads_to_another_known_machine_moves_that_card_and_keeps_both() -> None:
    merged = merge(ALL, "c", "agent-1")
    assert merged.host == OLD.replace(address=OTHER.address)
    assert merged.hosts == (HERE, merged.host, NEW, OTHER)
    assert (merged.removed, merged.wiped) == (None, "agent-3")


def test_this_computer_is_never_merged_with_a_rented_one() -> None:
    merged = merge(ALL, "b", "agent-here")
    assert merged.hosts[0] == HERE
    assert merged.removed is None


def test_learning_is_written_once(hosts: Hosts, tmp_path: Path) -> None:
    host = hosts.add("ssh -p 5 root@1.1.1.1\nsecret")
    path = tmp_path / "设置 x" / "hosts.json"
    assert "secret" not in path.read_text(encoding="utf-8")
    hosts.learn(host.id, "agent-1")
    again = hosts.add("root@2.2.2.2")
    merged = hosts.learn(again.id, "agent-1")
    assert merged.host.id == host.id
    assert [(each.id, str(each.address)) for each in hosts.all()[1:]] == [(host.id, "root@2.2.2.2")]
    before = path.stat().st_mtime_ns
    hosts.learn(host.id, "agent-1")
    assert path.stat().st_mtime_ns == before
    with pytest.raises(ProblemError) as caught:
        hosts.learn("nobody", "agent-1")
    assert caught.value.problem.code == "host_unknown"
