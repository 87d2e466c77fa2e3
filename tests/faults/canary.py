"""Where a secret may be seen: on command lines, in environments, in files, in the log, in the report of an error."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from loraferry.texts.crash_report import crash_report


def shown(secret: str) -> list[str]:
    """Processes that show a secret to whoever asks: on the command line, or in an environment that is not ours."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        for name in ("cmdline", "environ"):
            try:
                if secret.encode() in (entry / name).read_bytes() and int(entry.name) != os.getpid():
                    found.append(f"{entry.name}/{name}")
            except OSError:
                continue
    return found


def written(secret: str, *folders: Path) -> list[Path]:
    """Files that hold it."""
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if secret.encode() in content(path)]


def content(path: Path) -> bytes:
    """Its bytes; none where it has gone meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


class Watch:
    """Looks at all processes again and again, because a command line may be there for a moment only."""

    def __init__(self, *secrets: str) -> None:
        self.looks = 0
        self.found: list[str] = []
        self._secrets = secrets
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch")
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            self.found += [place for secret in self._secrets for place in shown(secret)]
            self.looks += 1

    def stop(self) -> None:
        """Look no more."""
        self._over.set()
        self._thread.join()


@contextmanager
def unseen(*secrets: str) -> Iterator[Watch]:
    """No process shows one of these meanwhile."""
    watch = Watch(*secrets)
    try:
        yield watch
    finally:
        watch.stop()
    assert watch.looks
    assert watch.found == []


@contextmanager
def most_talkative_log(path: Path) -> Iterator[None]:
    """Everything that this program and its libraries log, far more than what people have and send."""
    handler = logging.FileHandler(path, encoding="utf-8")
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(before)
        root.removeHandler(handler)
        handler.close()


def reported(error: BaseException, folder: Path) -> str:
    """What the window would show, to be copied and sent, had nobody foreseen this error."""
    try:
        raise RuntimeError("unforeseen") from error
    except RuntimeError as unforeseen:
        return crash_report(unforeseen, folder) + repr(error) + str(error)
