"""F8: the disk of the machine, or its inodes, run out; the reason is told, and once there is room all goes on."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from loraferry.cancellation import CancelToken
from loraferry.remote.sync import upload
from loraferry_core.problems import ProblemError
from tests.faults.box import Home, ignore, make_files, manifest_of_files
from tests.faults.ledger import LEDGER, count
from tests.faults.naive import BROKEN, naive

pytestmark = [
    pytest.mark.ssh,
    pytest.mark.skipif(not sys.platform.startswith("linux") or os.geteuid() != 0, reason="needs root, to mount a disk"),
]
FILLER = "filler"


@contextmanager
def disk(folder: Path, options: str) -> Iterator[Path]:
    """A small disk; skips the test where none may be mounted."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(done.stderr.decode())
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def work(home: Home, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The agent's large files lie on a small disk."""
    with disk(tmp_path / "disk", request.param) as folder:
        home.path.mkdir(parents=True)
        (home.path / "work").write_text(str(folder / "work"), encoding="utf-8")
        yield folder
        home.end()


def send(home: Home, files: dict[str, bytes]) -> str:
    """Upload; the code of what was in the way, or nothing."""
    with home.connected() as client:
        try:
            upload([client], manifest_of_files(files), files, ignore, CancelToken())
        except ProblemError as error:
            return error.problem.code
    LEDGER.shipped(home, manifest_of_files(files), files)
    return ""


@pytest.mark.parametrize("work", ["size=8m"], indirect=True)
def test_a_full_disk(home: Home, work: Path) -> None:
    assert send(home, make_files(0, (1000,))) == ""
    for number in range(1, count(12, 1) + 1):
        with LEDGER.trial("F8"):
            files = make_files(number, (3000, 200_000, 0))
            with (work / FILLER).open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
                while True:
                    filler.write(b"x" * 4096)
            assert send(home, files) == "disk_full"
            (work / FILLER).unlink()
            assert send(home, files) == ""


@pytest.mark.parametrize("work", ["size=8m"], indirect=True)
def test_a_set_larger_than_the_disk_is_refused(home: Home, work: Path) -> None:
    with LEDGER.trial("F8"):
        assert send(home, make_files(1, (4_000_000,) * 3)) == "disk_full"
        assert send(home, make_files(2, (100_000,))) == ""


@pytest.mark.parametrize("work", ["size=16m,nr_inodes=300"], indirect=True)
def test_no_inodes(home: Home, work: Path) -> None:
    assert send(home, make_files(0, (1000,))) == ""
    for number in range(1, count(6, 1) + 1):
        with LEDGER.trial("F8"):
            fillers = []
            with pytest.raises(OSError, match="No space"):
                for filler in range(400):
                    fillers.append(work / f"{FILLER}{filler}")
                    fillers[-1].touch()
            assert send(home, make_files(number, (1000, 2000))) == "disk_full"
            for filler in fillers:
                filler.unlink(missing_ok=True)
            assert send(home, make_files(number, (1000, 2000))) == ""


@pytest.mark.parametrize("work", ["size=2m"], indirect=True)
def test_a_naive_put_to_a_full_disk_leaves_a_torn_file(home: Home, work: Path) -> None:
    files = make_files(1, (1_500_000, 1_500_000))
    with naive(home.box) as client:
        with pytest.raises(BROKEN):
            client.put_all(files, work / "set")
        client.put_all({name: data for name, data in files.items() if not (work / "set" / name).exists()}, work / "set")
    LEDGER.naive_fails("F8", any((work / "set" / name).read_bytes() != data for name, data in files.items()))
