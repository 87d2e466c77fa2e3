"""Blocks that are read for a desktop."""

import hashlib
import io
import threading
from typing import BinaryIO

from loraferry_agent.serving.reads import PIECE, Reads
from loraferry_core.problems import ProblemError, fail
from loraferry_core.protocol.codec import Bulk
from loraferry_core.protocol.messages import Answer, BlockRead, Read

FILES = {"large": bytes(range(256)) * (PIECE // 64), "small": b"small", "other": b"x" * 10}


class Desktop:
    """Takes down what is said, in order; `gate` holds back the first piece."""

    def __init__(self) -> None:
        self.said: list[Bulk | tuple[int, Answer] | tuple[int, str]] = []
        self.gate = threading.Event()
        self.changed = threading.Condition()
        self.reads = Reads(self.open, self.push, self.answer, self.refuse)
        self.opened: list[BinaryIO] = []

    def open(self, job: str, name: str) -> BinaryIO:
        if name not in FILES:
            raise fail("artifact_unknown", name=name)
        self.opened.append(io.BytesIO(FILES[name]))
        return self.opened[-1]

    def push(self, frame: Bulk) -> None:
        assert self.gate.wait(30)
        self._say(frame)

    def answer(self, request: int, answer: Answer) -> None:
        self._say((request, answer))

    def refuse(self, request: Read, error: ProblemError | OSError) -> None:
        assert isinstance(error, ProblemError)
        self._say((request.id, error.problem.code))

    def _say(self, what: Bulk | tuple[int, Answer] | tuple[int, str]) -> None:
        with self.changed:
            self.said.append(what)
            self.changed.notify_all()

    def ends(self, count: int) -> list[int]:
        """Requests in the order in which they were answered, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: sum(isinstance(s, tuple) for s in self.said) >= count, 30)
            return [said[0] for said in self.said if isinstance(said, tuple)]


def read(number: int, name: str, offset: int = 0, length: int = 2**20) -> Read:
    return Read(id=number, job="j", name=name, offset=offset, length=length, stream=number)


def test_a_small_read_overtakes_a_large_one_of_another_file() -> None:
    desktop = Desktop()
    desktop.reads.add(read(1, "large"))
    desktop.reads.add(read(2, "small"))
    desktop.gate.set()
    assert desktop.ends(2) == [2, 1]
    pieces = [said for said in desktop.said if isinstance(said, Bulk) and said.stream == 1]
    assert b"".join(piece.data for piece in pieces) == FILES["large"][: 2**20]
    assert [piece.offset for piece in pieces] == [PIECE * number for number in range(len(pieces))]
    assert all(file.closed for file in desktop.opened)


def test_blocks_of_one_file_come_in_order() -> None:
    desktop = Desktop()
    for number in (1, 2, 3):
        desktop.reads.add(read(number, "large", (number - 1) * PIECE, PIECE))
    desktop.gate.set()
    assert desktop.ends(3) == [1, 2, 3]


def test_the_answer_tells_length_hash_and_size_and_comes_after_the_bytes() -> None:
    desktop = Desktop()
    desktop.gate.set()
    desktop.reads.add(read(7, "small", 2))
    desktop.ends(1)
    answer = BlockRead(length=3, sha256=hashlib.sha256(b"all").hexdigest(), file_size=5)
    assert desktop.said == [Bulk(7, 2, b"all"), (7, answer)]


def test_beyond_the_end_there_is_nothing() -> None:
    desktop = Desktop()
    desktop.reads.add(read(1, "small", 99))
    assert desktop.ends(1) == [1]
    assert desktop.said == [(1, BlockRead(length=0, sha256=hashlib.sha256().hexdigest(), file_size=5))]


def test_what_cannot_be_read_is_refused_and_the_others_go_on() -> None:
    desktop = Desktop()
    desktop.gate.set()
    desktop.reads.add(read(1, "gone"))
    desktop.reads.add(read(2, "gone"))
    desktop.reads.add(read(3, "other"))
    assert sorted(desktop.ends(3)) == [1, 2, 3]
    assert (1, "artifact_unknown") in desktop.said
    assert (2, "artifact_unknown") in desktop.said
