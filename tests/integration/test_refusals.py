"""Machines that cannot be an agent's, over a real ssh server: each is refused in its own words."""

import json
import shlex
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.address import Address, parse_address
from loraferry.remote.bootstrap import PROBE_SENTINEL, deploy
from loraferry.remote.dial import dial
from loraferry.remote.ssh.known_hosts import KnownHosts
from loraferry.remote.ssh.prompts import Prompts
from loraferry_core.host import Disk, Gpu, HostFacts, Interpreter
from loraferry_core.problems import Problem, ProblemError
from tests.fakes.sshd import SshdUnavailable, running_sshd

pytestmark = pytest.mark.ssh
FACTS = HostFacts(
    hostname="box", system="Linux", machine="x86_64", user="root", home="/root/.loraferry", boot_id="", cpus=8,
    memory_mb=64_000, gpus=(Gpu(name="RTX 4090", memory_mb=24_000, free_mb=23_000, compute_capability="8.9", driver="580.65.06"),),
    disks=(Disk(path="/", total_mb=90_000, free_mb=80_000, inodes_free=10**6),),
    interpreters=(Interpreter(path="/usr/bin/python3", version="3.12.1", has_venv=True, has_pip=True),),
)  # fmt: skip


def refusal(answer: str, folder: Path) -> Problem:
    """What is said of a machine on which each command does just this."""
    try:
        with running_sshd(f"ForceCommand cat >{folder}/heard; {answer}") as server:
            known = KnownHosts(folder / "own", server.known_hosts)
            transport = dial(parse_address(server.command), known, Prompts(), settings=folder / "config")
            try:
                with pytest.raises(ProblemError) as caught:
                    deploy(transport, lambda *_: None, CancelToken())
            finally:
                transport.close()
    except SshdUnavailable as reason:
        pytest.skip(str(reason))
    return caught.value.problem


def told(facts: HostFacts, folder: Path) -> str:
    """A command that says what a probe would, after the noise of a shell."""
    line = b"Welcome!\n\n" + PROBE_SENTINEL + json.dumps(facts.model_dump(mode="json")).encode() + b"\n"
    (folder / "told").write_bytes(line)
    return f"cat {shlex.quote(str(folder / 'told'))}"


def test_no_python(tmp_path: Path) -> None:
    assert refusal("exit 127", tmp_path).code == "python_missing"


def test_a_driver_that_is_too_old(tmp_path: Path) -> None:
    old = FACTS.replace(gpus=(FACTS.gpus[0].replace(driver="470.82.01"),))
    problem = refusal(told(old, tmp_path), tmp_path)
    assert problem == Problem(code="driver_too_old", params={"driver": "470.82.01", "needed": "525.60.13"})


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    full = FACTS.replace(disks=(Disk(path="/", total_mb=5_000, free_mb=100, inodes_free=10**6),))
    problem = refusal(told(full, tmp_path), tmp_path)
    assert (problem.code, problem.params["free_mb"]) == ("disk_full", 100)


def test_a_command_that_is_refused_with_words(tmp_path: Path) -> None:
    problem = refusal("echo Your SSH client does not support PTY >&2; exit 1", tmp_path)
    assert problem.code == "probe_failed"
    assert "PTY" in str(problem.params["output"])


def test_an_alias_for_a_proxy_that_carries_only_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Host pod\n  HostName ssh.runpod.io\n", encoding="utf-8")
    with pytest.raises(ProblemError) as caught:
        dial(Address(host="pod"), KnownHosts(tmp_path / "own"), Prompts(), settings=tmp_path / "config")
    assert caught.value.problem.code == "address_proxied"
