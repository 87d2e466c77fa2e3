"""Sends the blocks that were asked for, a piece of each file in turn, so that no large read holds up a small one."""

import hashlib
import threading
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

from loraferry_core.problems import ProblemError
from loraferry_core.protocol.codec import Bulk
from loraferry_core.protocol.messages import Answer, BlockRead, Read

PIECE = 256 * 1024
"""Bytes of one turn."""

Open = Callable[[str, str], BinaryIO]
"""Opens an artifact of a job by its name. Raises ProblemError, OSError."""
Refuse = Callable[[Read, ProblemError | OSError], None]


class Reads:
    """The blocks under way on one connection, and the thread that sends them. `answer` and `push` may wait."""

    def __init__(
        self, open_file: Open, push: Callable[[Bulk], None], answer: Callable[[int, Answer], None], refuse: Refuse
    ) -> None:
        self._open = open_file
        self._push, self._answer, self._refuse = push, answer, refuse
        self._files: dict[tuple[str, str], deque[Read]] = {}
        self._turns: deque[tuple[str, str]] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def add(self, request: Read) -> None:
        """Send this block in its turn: after the earlier ones of the same file, beside those of others."""
        key = (request.job, request.name)
        with self._changed:
            if key not in self._files:
                self._files[key] = deque()
                self._turns.append(key)
            self._files[key].append(request)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="reads", daemon=True)
                self._thread.start()

    def _send_all(self) -> None:
        begun: dict[tuple[str, str], _Block] = {}
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._turns)
                key = self._turns[0]
                request = self._files[key][0]
            try:
                if key not in begun:
                    begun[key] = _Block(request, self._open(request.job, request.name))
                done = self._send_piece(begun[key])
            except (ProblemError, OSError) as error:
                self._refuse(request, error)
                done = True
            if done:
                block = begun.pop(key, None)
                if block is not None:
                    block.file.close()
            self._end_turn(key, done)

    def _send_piece(self, block: "_Block") -> bool:
        """Send the next bytes of a block; True when it is done and answered."""
        data = block.file.read(min(PIECE, block.end - block.at))
        if data:
            block.digest.update(data)
            self._push(Bulk(block.request.stream, block.at, data))
            block.at += len(data)
        if data and block.at < block.end:
            return False
        length = block.at - block.request.offset
        answer = BlockRead(length=length, sha256=block.digest.hexdigest(), file_size=block.file_size)
        self._answer(block.request.id, answer)
        return True

    def _end_turn(self, key: tuple[str, str], done: bool) -> None:
        with self._changed:
            self._turns.popleft()
            if done:
                self._files[key].popleft()
            if self._files[key]:
                self._turns.append(key)
            else:
                del self._files[key]


class _Block:
    """One block that is being sent."""

    def __init__(self, request: Read, file: BinaryIO) -> None:
        self.request, self.file = request, file
        self.at = request.offset
        self.end = request.offset + request.length
        self.digest = hashlib.sha256()
        self.file_size = file.seek(0, 2)
        file.seek(request.offset)
