"""A process that is killed in the middle of a batch edit: nothing is half-written, and nothing is lost."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from loraferry.library.edits import captioned
from loraferry.library.library import Library
from loraferry.library.places import Places
from loraferry.library.scan import list_pictures
from tests.fakes import pictures

PICTURES = 120
BEFORE, AFTER = "a picture, before", "a picture, after, 狐狸"

# Says a line for each caption that has reached its file, then waits to be told to go on: so it is killed in between.
WRITING = """
import sys
from pathlib import Path
from loraferry.library import scribe
from loraferry.library.edits import captioned
from loraferry.library.library import Library
from loraferry.library.places import Places

def told(*arguments):
    stamp = write(*arguments)
    print("written", flush=True)
    sys.stdin.readline()
    return stamp

write, scribe.write_caption = scribe.write_caption, told
library = Library.open(Path(sys.argv[1]), Places(Path(sys.argv[2]), Path(sys.argv[3])))
library.read()
library.apply(captioned({item.name: sys.argv[4] for item in library.items}))
print("kept", flush=True)
library.flush()
"""

# Gives all pictures one caption after the other, as fast as it can, and says so.
EDITING = """
import itertools
import sys
from pathlib import Path
from loraferry.library.edits import captioned
from loraferry.library.library import Library
from loraferry.library.places import Places

library = Library.open(Path(sys.argv[1]), Places(Path(sys.argv[2]), Path(sys.argv[3])))
library.read()
for number in itertools.count():
    library.apply(captioned({item.name: f"number {number}" for item in library.items}))
    print(number, flush=True)
"""

# Is within the transaction of an edit, all rows written and none committed, when it says so.
HALF_WAY = """
import sys
from pathlib import Path
from loraferry.library import history
from loraferry.library.edits import captioned, judged
from loraferry.library.library import Library
from loraferry.library.places import Places

library = Library.open(Path(sys.argv[1]), Places(Path(sys.argv[2]), Path(sys.argv[3])))
library.read()
put = history._put_changes

def wait(*arguments):
    put(*arguments)
    print("half-way", flush=True)
    sys.stdin.readline()

history._put_changes = wait
library.apply(captioned({item.name: sys.argv[4] for item in library.items}))
"""

# Is within the writing of a caption's file when it says so.
WITHIN_A_FILE = """
import os
import sys
from pathlib import Path
from loraferry.library.edits import captioned
from loraferry.library.library import Library
from loraferry.library.places import Places

def wait(handle):
    print("within", flush=True)
    sys.stdin.readline()

library = Library.open(Path(sys.argv[1]), Places(Path(sys.argv[2]), Path(sys.argv[3])))
library.read()
library.apply(captioned({item.name: sys.argv[4] for item in library.items}))
os.fsync = wait
library.flush()
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "图片 pictures"
    for number in range(PICTURES):
        pictures.plain(made / f"{number}.png", (8, 6), caption=BEFORE)
    return made


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "data", tmp_path / "cache")


@pytest.fixture
def start(folder: Path, places: Places) -> Start:
    def begin(program: str, *words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", program, str(folder), str(places.data), str(places.cache), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    return begin


def kill(process: "subprocess.Popen[str]") -> None:
    """Without a chance to clean up."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        assert stream is not None
        stream.close()


def hear(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == word


def texts(folder: Path) -> list[str]:
    return [file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.txt"))]


@pytest.fixture
def reopened(folder: Path, places: Places) -> Callable[[], Library]:
    def reopen() -> Library:
        library = Library.open(folder, places)
        library.read()
        return library

    return reopen


def test_killed_while_captions_reach_their_files(folder: Path, start: Start, reopened: Callable[[], Library]) -> None:
    process = start(WRITING, AFTER)
    hear(process, "kept")
    assert process.stdin is not None
    for _ in range(40):
        hear(process, "written")
        process.stdin.write("on\n")
        process.stdin.flush()
    hear(process, "written")
    kill(process)
    there = texts(folder)
    assert len(there) == PICTURES
    assert set(there) == {BEFORE, AFTER}
    assert there.count(AFTER) >= 41
    library = reopened()
    assert {item.caption for item in library} == {AFTER}
    assert library.unwritten > 0
    assert library.flush().problems == ()
    assert set(texts(folder)) == {AFTER}
    library.undo()
    library.flush()
    assert set(texts(folder)) == {BEFORE}
    library.redo()
    library.flush()
    assert set(texts(folder)) == {AFTER}
    library.close()


def test_killed_within_a_file_the_caption_is_the_old_one_and_follows_later(
    folder: Path, start: Start, reopened: Callable[[], Library]
) -> None:
    process = start(WITHIN_A_FILE, AFTER)
    hear(process, "within")
    kill(process)
    assert set(texts(folder)) == {BEFORE}
    assert len(list_pictures(folder).leftovers) == 1
    library = reopened()
    assert len(library) == PICTURES
    assert {item.caption for item in library} == {AFTER}
    library.flush()
    assert set(texts(folder)) == {AFTER}
    library.close()


def test_killed_within_the_transaction_the_edit_has_not_been(
    folder: Path, start: Start, reopened: Callable[[], Library]
) -> None:
    process = start(HALF_WAY, AFTER)
    hear(process, "half-way")
    kill(process)
    library = reopened()
    assert {item.caption for item in library} == {BEFORE}
    assert library.unwritten == 0
    assert not library.can_undo
    assert set(texts(folder)) == {BEFORE}
    library.apply(captioned({"0.png": "goes on"}))
    library.flush()
    assert texts(folder).count("goes on") == 1
    library.close()


@pytest.mark.parametrize("edits", [0, 3])
def test_killed_at_any_moment_an_edit_of_all_is_done_or_not(
    folder: Path, start: Start, reopened: Callable[[], Library], edits: int
) -> None:
    process = start(EDITING)
    for number in range(edits + 1):
        hear(process, str(number))
    kill(process)
    library = reopened()
    (caption,) = {item.caption for item in library}
    assert caption is not None
    last = int(caption.removeprefix("number "))
    assert last >= edits
    for number in range(last - 1, -1, -1):
        library.undo()
        assert {item.caption for item in library} == {f"number {number}"}
    library.undo()
    assert {item.caption for item in library} == {BEFORE}
    library.flush()
    assert set(texts(folder)) == {BEFORE}
    library.close()
