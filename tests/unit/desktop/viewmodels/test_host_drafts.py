"""Forms of hosts: what is wrong at which field, and what of a form ends in the book."""

from pathlib import Path

import pytest

from loraferry.remote.address import Address
from loraferry.remote.hosts import Host
from loraferry.viewmodels.host_drafts import draft_of, edited, faults_of, pasted
from loraferry.viewmodels.host_rows import HostDraft
from loraferry_core.problems import Problem


def test_what_a_vendor_shows_in_two_lines_fills_the_form_and_never_prints_its_password() -> None:
    draft = pasted("ssh -p 33426 root@connect.nmb2.seetacloud.com\n密码: aB3/xY9")
    assert draft == HostDraft(host="connect.nmb2.seetacloud.com", port=33426, user="root", password="aB3/xY9")
    assert "aB3" not in repr(draft)


def test_a_form_and_the_book_say_the_same(tmp_path: Path) -> None:
    draft = HostDraft(
        "A10G", "1.2.3.4", 22, "root", "~/k", "gate",
        transport="openssh", vendor="autodl", work="/w", caches="/c", python="/p", price=1.88, currency="CNY",
    )  # fmt: skip
    host = edited(Host(id="h", label="old", address=Address(host="old")), draft)
    assert draft_of(host) == draft
    assert draft_of(Host(id="local", label="localhost")) is None
    assert edited(host, HostDraft(host="5.6.7.8")).label == "5.6.7.8"


@pytest.mark.parametrize(
    ("draft", "faults"),
    [
        (HostDraft(host="1.2.3.4"), {}),
        (HostDraft(host=""), {"host": "address_invalid"}),
        (HostDraft(host="x@ssh.runpod.io"), {"host": "address_proxied"}),
        (HostDraft(host="box", user="two words"), {"user": "bad_user"}),
        (HostDraft(host="box", key_path="/nowhere/id"), {"key_path": "missing_file"}),
        (HostDraft(host="box", key_path="/nowhere/id.pub"), {"key_path": "public_key"}),
        (HostDraft(host="box", work="data", python="python3"), {"work": "not_absolute", "python": "not_absolute"}),
        (HostDraft(host="box", work="~/data", caches="/c"), {}),
    ],
)
def test_faults_are_named_by_their_field(draft: HostDraft, faults: dict[str, str]) -> None:
    found = faults_of(draft)
    assert {name: fault.code if isinstance(fault, Problem) else fault for name, fault in found.items()} == faults


def test_a_key_that_is_there_is_no_fault(tmp_path: Path) -> None:
    key = tmp_path / "id"
    key.write_text("x", encoding="utf-8")
    assert faults_of(HostDraft(host="box", key_path=str(key))) == {}
