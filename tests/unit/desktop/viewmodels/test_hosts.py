"""Hosts: adding, connecting, the questions on the way, and a link that comes and goes."""

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from loraferry.remote.hosts import LOCAL, Hosts
from loraferry.remote.liveness import LinkState
from loraferry.remote.secrets import Secrets, passphrase_name, password_name
from loraferry.remote.ssh.prompts import Asked
from loraferry.viewmodels.host_rows import HostDraft, HostState
from loraferry.viewmodels.hosts import HostsViewModel
from loraferry_core.problems import problem
from tests.fakes.door import FACTS, FINGERPRINT, FakeDoor
from tests.fakes.inline_runner import InlineRunner
from tests.fakes.prompter import FakePrompter

pytestmark = pytest.mark.usefixtures("qapp")

UNKNOWN = {"host": "1.2.3.4", "port": 22, "kind": "ssh-ed25519", "fingerprint": FINGERPRINT}


class Ring:
    """A keyring in memory, in the shape of the `keyring` module."""

    class errors:  # noqa: N801
        class KeyringError(Exception):
            """See keyring."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, name: str) -> str | None:
        return self.kept.get(name)

    def set_password(self, service: str, name: str, secret: str) -> None:
        self.kept[name] = secret

    def delete_password(self, service: str, name: str) -> None:
        self.kept.pop(name, None)


class Desk:
    """A view-model with everything around it, and one rented host."""

    def __init__(self, folder: Path, door: FakeDoor, *answers: object, ring: Ring | None = None) -> None:
        self.door, self.prompter, self.tasks = door, FakePrompter(*answers), InlineRunner()
        self.ring = ring
        self.secrets = Secrets(ring)  # type: ignore[arg-type]
        self.book = Hosts(folder / "hosts.json")
        self.time = 100.0
        self.hosts = HostsViewModel(
            self.book, door, lambda: self.secrets, self.tasks, self.prompter, clock=lambda: self.time
        )
        self.heard: list[tuple[str, str]] = []
        self.hosts.online.connect(lambda host: self.heard.append(("online", host)))
        self.hosts.offline.connect(lambda host: self.heard.append(("offline", host)))
        added = self.hosts.add(HostDraft(name="A10G", host="1.2.3.4", port=17445, user="root"))
        assert added
        self.host = added

    @property
    def state(self) -> HostState:
        return self.hosts.host(self.host).state

    @property
    def problem_code(self) -> str:
        found = self.hosts.host(self.host).problem
        return found.code if found else ""


def test_this_computer_is_always_there_and_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    assert [row.id for row in desk.hosts.hosts] == [LOCAL, desk.host]
    assert [choice.label for choice in desk.hosts.choices] == ["This computer", "A10G"]


@pytest.mark.parametrize(
    ("text", "draft"),
    [
        (
            "ssh -p 17445 root@1.2.3.4 -i ~/.ssh/id_ed25519",
            HostDraft(host="1.2.3.4", port=17445, user="root", key_path="~/.ssh/id_ed25519"),
        ),
        ("  $ ssh root@box.example\n", HostDraft(host="box.example", user="root")),
        ("root@1.2.3.4:31022", HostDraft(host="1.2.3.4", port=31022, user="root")),
        ("ssh -J gate me@inner", HostDraft(host="inner", user="me", jump="gate")),
        ("1.2.3.4:13007 -> :22", HostDraft(host="1.2.3.4", port=13007, user="root")),
    ],
)
def test_a_pasted_text_fills_the_form(tmp_path: Path, text: str, draft: HostDraft) -> None:
    hosts = Desk(tmp_path, FakeDoor()).hosts
    assert hosts.paste(text) == draft
    assert hosts.paste_problem is None


@pytest.mark.parametrize(
    ("text", "code"), [("ssh -p x root@", "address_invalid"), ("ssh u@ssh.runpod.io", "address_proxied"), (" ", None)]
)
def test_a_pasted_text_without_an_address_says_why(tmp_path: Path, text: str, code: str | None) -> None:
    hosts = Desk(tmp_path, FakeDoor()).hosts
    assert hosts.paste(text) is None
    assert (hosts.paste_problem.code if hosts.paste_problem else None) == code


def test_what_was_added_is_there_at_the_next_start(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    draft = HostDraft(name="", host="box", port=22, user="me", key_path="~/k", jump="gate")
    added = desk.hosts.add(draft)
    again = HostsViewModel(desk.book, FakeDoor(), lambda: desk.secrets, desk.tasks, FakePrompter())
    assert added is not None
    row = again.host(added)
    assert row.draft == HostDraft(name="box", host="box", port=22, user="me", key_path="~/k", jump="gate")


def test_a_host_moves_when_a_new_command_is_pasted_over_its_address(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.change(desk.host, HostDraft(name="A10G", host="ssh -p 99 root@5.6.7.8", port=17445, user="old"))
    assert desk.hosts.host(desk.host).address == "root@5.6.7.8:99"
    desk.hosts.change(desk.host, HostDraft(name="A10G", host="not an address"))
    assert desk.problem_code == "address_invalid"
    assert desk.hosts.host(desk.host).address == "root@5.6.7.8:99"


@pytest.mark.parametrize(
    ("text", "address"), [("ssh -p 99 root@5.6.7.8", "root@5.6.7.8:99"), ("5.6.7.8:9", "5.6.7.8:9")]
)
def test_a_new_address_pasted_onto_the_card_moves_the_host_after_a_question(
    tmp_path: Path, text: str, address: str
) -> None:
    desk = Desk(tmp_path, FakeDoor(), False, True)
    desk.hosts.connect_host(desk.host)
    agent = desk.hosts.agent_of(desk.host)
    desk.hosts.move(desk.host, text)
    assert desk.hosts.host(desk.host).address == "root@1.2.3.4:17445"
    assert not desk.door.kept[0].closed
    desk.hosts.move(desk.host, text)
    assert address in desk.prompter.asked[-1]
    row = desk.hosts.host(desk.host)
    assert (row.address, row.name, row.state) == (address, "A10G", HostState.ONLINE)
    assert desk.door.kept[0].closed
    assert desk.hosts.agent_of(desk.host) == agent


def test_nonsense_pasted_onto_a_card_moves_nothing(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.move(desk.host, "  ")
    assert desk.problem_code == ""
    desk.hosts.move(desk.host, "not an address at all")
    assert desk.problem_code == "address_invalid"
    assert desk.hosts.host(desk.host).address == "root@1.2.3.4:17445"


def test_a_password_that_came_with_the_address_is_kept_and_tried_without_a_question(tmp_path: Path) -> None:
    ring = Ring()
    desk = Desk(tmp_path, FakeDoor(password="right"), ring=ring)
    added = desk.hosts.add(HostDraft(host="5.6.7.8", port=22, user="root", password="right"))
    assert added
    assert ring.kept == {password_name(added): "right"}
    assert "right" not in (tmp_path / "hosts.json").read_text(encoding="utf-8")
    desk.hosts.connect_host(added)
    assert desk.hosts.host(added).state is HostState.ONLINE
    assert desk.prompter.asked == []


def test_a_host_that_answers_as_another_one_is_told(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    told: list[tuple[str, str]] = []
    desk.hosts.renewed.connect(lambda host, before: told.append((host, before)))
    desk.hosts.connect_host(desk.host)
    assert told == []
    kept = desk.door.kept[0]
    kept.client_now = _client()
    kept.on_link(LinkState.OFFLINE)
    kept.on_link(LinkState.ONLINE)
    assert told == [(desk.host, f"agent-{desk.host[:8]}")]
    assert desk.hosts.agent_of(desk.host) == "again"


def test_the_vendor_is_detected_or_chosen_and_says_where_the_key_is_checked(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(fingerprint=FINGERPRINT), True)
    added = desk.hosts.add(HostDraft(host="connect.westb.seetacloud.com", port=1, user="root"))
    assert added
    vendor = desk.hosts.vendor(added)
    assert vendor is not None
    assert vendor.id == "autodl"
    draft = desk.hosts.host(added).draft
    assert draft is not None
    desk.hosts.change(added, draft.replace(vendor="runpod"))
    chosen = desk.hosts.vendor(added)
    assert chosen is not None
    assert chosen.id == "runpod"
    assert desk.hosts.vendor(LOCAL) is None
    desk.hosts.connect_host(added)
    assert chosen.check_key in desk.prompter.confirmed_details[-1]


def test_a_damaged_list_of_hosts_is_told_and_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    (tmp_path / "hosts.json").write_text("{", encoding="utf-8")
    assert desk.hosts.add(HostDraft(host="box")) is None
    assert desk.hosts.paste_problem is not None
    assert desk.hosts.paste_problem.code == "file_unreadable"
    assert len(desk.hosts.hosts) == 2


def test_removing_asks_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(), False, True)
    desk.hosts.connect_host(desk.host)
    desk.hosts.remove(desk.host)
    assert len(desk.hosts.hosts) == 2
    desk.hosts.remove(desk.host)
    assert [row.id for row in desk.hosts.hosts] == [LOCAL]
    assert desk.door.kept[0].closed


def test_connecting_shows_facts_and_keeps_the_log(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(lines=("Collecting torch", "\x1b[31mdone\x1b[0m")))
    setups = []
    desk.hosts.host_changed.connect(lambda host: setups.append(desk.hosts.host(host).setup))
    desk.hosts.connect_host(desk.host)
    row = desk.hosts.host(desk.host)
    assert (row.state, row.facts, row.setup) == (HostState.ONLINE, FACTS, None)
    assert desk.hosts.log_of(desk.host) == "Collecting torch\ndone"
    assert {setup.phase for setup in setups if setup} == {"dial", "probe", "environment"}
    assert desk.heard == [("online", desk.host)]
    assert desk.tasks.executors[0] == f"host-{desk.host}"
    assert desk.hosts.agent_of(desk.host) == f"agent-{desk.host[:8]}"
    assert Hosts(tmp_path / "hosts.json").get(desk.host).agent_id == f"agent-{desk.host[:8]}"


def test_a_failure_is_shown_on_the_card_and_another_try_may_succeed(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(problem("connection_refused", host="1.2.3.4", port=17445)))
    desk.hosts.connect_host(desk.host)
    assert (desk.state, desk.problem_code) == (HostState.OFFLINE, "connection_refused")
    assert desk.heard == []
    desk.hosts.connect_host(desk.host)
    assert (desk.state, desk.problem_code) == (HostState.ONLINE, "")


def test_an_unknown_key_is_trusted_after_a_yes(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(fingerprint=FINGERPRINT), True)
    desk.hosts.connect_host(desk.host)
    assert desk.state is HostState.ONLINE
    assert FINGERPRINT in desk.prompter.asked[0]


def test_an_unknown_key_stays_out_after_a_no(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(fingerprint=FINGERPRINT), False)
    desk.hosts.connect_host(desk.host)
    assert (desk.state, desk.problem_code) == (HostState.OFFLINE, "host_key_unknown")
    assert len(desk.door.hosts) == 1


def test_a_key_that_was_trusted_in_vain_is_not_asked_about_again(tmp_path: Path) -> None:
    unknown = problem("host_key_unknown", **UNKNOWN)
    desk = Desk(tmp_path, FakeDoor(unknown, unknown), True)
    desk.hosts.connect_host(desk.host)
    assert (desk.state, desk.problem_code) == (HostState.OFFLINE, "host_key_unknown")


def test_another_key_than_the_trusted_one_is_asked_about(tmp_path: Path) -> None:
    other = problem("host_key_unknown", **{**UNKNOWN, "fingerprint": "SHA256:other"})
    desk = Desk(tmp_path, FakeDoor(problem("host_key_unknown", **UNKNOWN), other), True, False)
    desk.hosts.connect_host(desk.host)
    assert "SHA256:other" in desk.prompter.asked[1]
    assert desk.state is HostState.OFFLINE


def test_a_changed_key_is_a_hard_stop_and_no_question(tmp_path: Path) -> None:
    changed = problem(
        "host_key_changed", host="1.2.3.4", port=22, fingerprint="SHA256:new", known="SHA256:old", file="k"
    )
    desk = Desk(tmp_path, FakeDoor(changed))
    desk.hosts.connect_host(desk.host)
    assert desk.prompter.asked == []
    assert desk.prompter.told == [changed]
    assert "image was changed" in desk.prompter.details[0]
    assert (desk.state, desk.problem_code) == (HostState.OFFLINE, "host_key_changed")


def test_the_old_key_is_forgotten_only_after_a_yes_and_the_new_one_is_asked_about(tmp_path: Path) -> None:
    changed = problem(
        "host_key_changed", host="1.2.3.4", port=22, fingerprint="SHA256:new", known="SHA256:old", file="k"
    )
    desk = Desk(tmp_path, FakeDoor(changed, fingerprint=FINGERPRINT), False, True, True)
    desk.hosts.connect_host(desk.host)
    desk.hosts.forget_key(desk.host)
    assert (desk.door.forgotten, desk.problem_code) == ([], "host_key_changed")
    desk.hosts.forget_key(desk.host)
    assert [host.id for host in desk.door.forgotten] == [desk.host]
    assert desk.problem_code == ""
    desk.hosts.connect_host(desk.host)
    assert FINGERPRINT in desk.prompter.asked[-1]
    assert desk.state is HostState.ONLINE


def test_a_wrong_password_is_asked_for_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(password="right"), "wrong", "right")
    desk.hosts.connect_host(desk.host)
    assert desk.state is HostState.ONLINE
    assert len(desk.prompter.asked) == 2


def test_no_password_is_a_no(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(password="right"), None)
    desk.hosts.connect_host(desk.host)
    assert (desk.state, desk.problem_code) == (HostState.OFFLINE, "auth_failed")


def test_where_only_keys_are_taken_nobody_is_asked_for_a_password(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(problem("auth_failed", user="root", host="1.2.3.4", methods="publickey")))
    desk.hosts.connect_host(desk.host)
    assert desk.problem_code == "auth_failed"
    assert desk.prompter.asked == []


def test_a_locked_key_asks_for_its_passphrase(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(passphrase="open"), "shut", "open")
    desk.hosts.connect_host(desk.host)
    assert desk.state is HostState.ONLINE
    assert len(desk.prompter.asked) == 2


def test_one_after_another_all_questions_are_asked_once(tmp_path: Path) -> None:
    door = FakeDoor(fingerprint=FINGERPRINT, passphrase="open", password="right")
    desk = Desk(tmp_path, door, True, "open", "right")
    desk.hosts.connect_host(desk.host)
    desk.hosts.disconnect_host(desk.host)
    desk.hosts.connect_host(desk.host)
    assert desk.state is HostState.ONLINE
    assert len(desk.prompter.asked) == 3


def test_no_jump_host_is_sent_the_password_of_another(tmp_path: Path) -> None:
    gate = problem("auth_failed", user="me", host="gate", methods="password")
    inner = problem("auth_failed", user="root", host="1.2.3.4", methods="password")
    desk = Desk(tmp_path, FakeDoor(gate, inner), "of the gate", "of the machine")
    desk.hosts.connect_host(desk.host)
    prompts = desk.hosts.prompts(desk.host)
    assert prompts.password
    assert (prompts.password("me", "gate"), prompts.password("root", "1.2.3.4")) == ("of the gate", "of the machine")
    assert prompts.password("root", "gate") is None


def test_a_new_address_of_a_known_machine_is_the_known_card(tmp_path: Path) -> None:
    ring = Ring()
    desk = Desk(tmp_path, FakeDoor(), ring=ring)
    desk.hosts.connect_host(desk.host)
    desk.hosts.disconnect_host(desk.host)
    agent = desk.hosts.agent_of(desk.host)
    desk.door.agents["9.9.9.9"] = agent
    added = desk.hosts.add(HostDraft(host="9.9.9.9", port=7, user="root", password="new one"))
    assert added
    got: list[object] = []
    desk.hosts.ensure_connected(added, got.append)
    assert [row.id for row in desk.hosts.hosts] == [LOCAL, desk.host]
    assert (desk.hosts.host(desk.host).name, desk.hosts.host(desk.host).address) == ("A10G", "root@9.9.9.9:7")
    assert desk.state is HostState.ONLINE
    assert desk.hosts.agent_of(desk.host) == agent
    assert got == [desk.hosts.client(desk.host)]
    assert ring.kept == {password_name(desk.host): "new one"}
    assert [kept.closed for kept in desk.door.kept] == [True, True, False]


def test_an_address_that_now_leads_to_another_known_machine_moves_that_card(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    other = desk.hosts.add(HostDraft(host="9.9.9.9", port=7, user="root"))
    assert other
    for host in (desk.host, other):
        desk.hosts.connect_host(host)
        desk.hosts.disconnect_host(host)
    desk.door.agents["9.9.9.9"] = desk.hosts.agent_of(desk.host)
    renewed: list[tuple[str, str]] = []
    desk.hosts.renewed.connect(lambda host, before: renewed.append((host, before)))
    desk.hosts.connect_host(other)
    assert [row.id for row in desk.hosts.hosts] == [LOCAL, desk.host, other]
    assert (desk.state, desk.hosts.host(other).state) == (HostState.ONLINE, HostState.OFFLINE)
    assert desk.hosts.host(desk.host).address == "root@9.9.9.9:7"
    assert renewed == []


def test_a_code_is_asked_for_and_used_once(tmp_path: Path) -> None:
    asked = problem("answer_missing", user="root", host="1.2.3.4", question="Verification code:\nPIN:")
    desk = Desk(tmp_path, FakeDoor(asked), "123456", "99")
    desk.hosts.connect_host(desk.host)
    assert desk.state is HostState.ONLINE
    prompts = desk.hosts.prompts(desk.host)
    questions = (Asked("Verification code:", False), Asked("PIN:", False))
    assert prompts.answer
    assert prompts.answer("", questions) == ("123456", "99")
    assert prompts.answer("", questions) is None


def test_secrets_go_to_the_keyring_only_with_consent(tmp_path: Path) -> None:
    ring = Ring()
    desk = Desk(tmp_path, FakeDoor(password="right", passphrase="open"), "open", "wrong", "right", True, ring=ring)
    desk.hosts.connect_host(desk.host)
    assert ring.kept == {password_name(desk.host): "right", passphrase_name("~/.ssh/id"): "open"}
    other = Ring()
    shy = Desk(tmp_path / "shy", FakeDoor(password="right"), "right", False, ring=other)
    shy.hosts.connect_host(shy.host)
    assert shy.state is HostState.ONLINE
    assert other.kept == {}


def test_a_secret_in_the_keyring_is_used_without_asking_and_dropped_with_the_host(tmp_path: Path) -> None:
    ring = Ring()
    desk = Desk(tmp_path, FakeDoor(password="right"), True, ring=ring)
    ring.kept[password_name(desk.host)] = "right"
    desk.hosts.connect_host(desk.host)
    assert desk.state is HostState.ONLINE
    assert desk.prompter.asked == []
    desk.hosts.remove(desk.host)
    assert ring.kept == {}


def test_a_silent_link_moves_only_the_indicator(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.connect_host(desk.host)
    kept = desk.door.kept[0]
    kept.on_link(LinkState.SUSPECT)
    desk.time += 4
    assert desk.state is HostState.SUSPECT
    assert desk.hosts.host(desk.host).silence == pytest.approx(20.0)
    assert desk.hosts.client(desk.host) is kept.client_now
    kept.on_link(LinkState.ONLINE)
    assert desk.state is HostState.ONLINE
    assert desk.hosts.host(desk.host).silence is None
    assert desk.heard == [("online", desk.host)]


def test_a_lost_link_is_told_and_comes_back_with_another_conversation(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.connect_host(desk.host)
    kept = desk.door.kept[0]
    kept.client_now = None
    kept.on_link(LinkState.OFFLINE)
    assert desk.state is HostState.LOST
    assert desk.hosts.client(desk.host) is None
    kept.client_now = type(kept.client)("again") if kept.client_now else _client()
    kept.on_link(LinkState.ONLINE)
    assert desk.hosts.client(desk.host) is kept.client_now
    assert desk.heard == [("online", desk.host), ("offline", desk.host), ("online", desk.host)]


def test_a_lost_link_is_tried_now(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.retry(desk.host)  # not connected: nothing to try again
    desk.hosts.connect_host(desk.host)
    kept = desk.door.kept[0]
    kept.client_now, kept.waits_s = None, 12.0
    assert desk.hosts.host(desk.host).waits is None
    kept.on_link(LinkState.OFFLINE)
    assert desk.hosts.host(desk.host).waits == 12.0
    desk.hosts.retry(desk.host)
    assert kept.retries == 1
    assert desk.hosts.host(desk.host).waits is None


def _client():  # type: ignore[no-untyped-def]
    from tests.fakes.door import FakeClient

    return FakeClient("again")


def test_a_link_that_needs_a_person_asks_and_connects_anew(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor(), "secret")
    desk.hosts.connect_host(desk.host)
    first = desk.door.kept[0]
    first.on_link(problem("password_wrong", user="root", host="1.2.3.4"))
    assert first.closed
    assert desk.state is HostState.ONLINE
    assert len(desk.door.kept) == 2
    first.on_link(LinkState.OFFLINE)  # a late word of a link that was left
    assert desk.state is HostState.ONLINE


def test_a_key_that_changed_while_away_is_a_hard_stop_too(tmp_path: Path) -> None:
    changed = problem(
        "host_key_changed", host="1.2.3.4", port=22, fingerprint="SHA256:new", known="SHA256:old", file="k"
    )
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.connect_host(desk.host)
    desk.door.kept[0].on_link(changed)
    assert (desk.state, desk.problem_code) == (HostState.OFFLINE, "host_key_changed")
    assert desk.prompter.told == [changed]
    assert desk.heard[-1] == ("offline", desk.host)


def test_disconnecting_closes_and_tells(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.connect_host(desk.host)
    desk.hosts.disconnect_host(desk.host)
    assert desk.state is HostState.OFFLINE
    assert desk.door.kept[0].closed
    assert desk.heard == [("online", desk.host), ("offline", desk.host)]
    assert desk.hosts.client(desk.host) is None


def test_ensure_connected_connects_once_and_hands_over_the_conversation(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    clients: list[object] = []
    desk.hosts.ensure_connected(LOCAL, clients.append)
    desk.hosts.ensure_connected(LOCAL, clients.append)
    assert clients == [desk.door.kept[0].client, desk.door.kept[0].client]
    assert len(desk.door.hosts) == 1
    assert desk.door.hosts[0].is_local


def test_where_connecting_fails_whoever_waited_hears_it(tmp_path: Path) -> None:
    refused = problem("connection_refused", host="1.2.3.4", port=17445)
    desk = Desk(tmp_path, FakeDoor(refused))
    clients: list[object] = []
    desk.hosts.ensure_connected(desk.host, clients.append)
    assert desk.tasks.problems == [refused]
    desk.hosts.connect_host(desk.host)
    assert clients == []


def test_shutdown_leaves_every_host(tmp_path: Path) -> None:
    desk = Desk(tmp_path, FakeDoor())
    desk.hosts.connect_host(desk.host)
    desk.hosts.connect_host(LOCAL)
    desk.door.kept[0].on_link(LinkState.SUSPECT)
    desk.hosts.shutdown()
    assert all(kept.closed for kept in desk.door.kept)
    QCoreApplication.processEvents()
