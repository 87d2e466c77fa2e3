"""Captions on their way from the store to their files, and what came of it."""

from collections.abc import Iterable, Mapping

from loraferry.library.scribe import Written
from loraferry.library.store import Pending, Store


class PendingCaptions:
    """Which captions are not in their files yet. Belongs to the library's thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held = store.pending()
        self._stuck: set[str] = set()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, name: str) -> Pending | None:
        """What waits for a picture's file."""
        return self._held.get(name)

    def ready(self, count: int) -> list[tuple[str, Pending]]:
        """The next captions to write, at most `count`; those whose file could not be written wait for `retry`."""
        found = []
        for name, held in self._held.items():
            if name not in self._stuck:
                found.append((name, held))
                if len(found) == count:
                    break
        return found

    def retry(self) -> None:
        """Try again what could not be written."""
        self._stuck.clear()

    def with_edit(self, captions: Mapping[str, str], known: Mapping[str, str]) -> dict[str, Pending]:
        """What must be held for new captions; `known` is what each file said, as far as the library knows."""
        found = {}
        for name, text in captions.items():
            held = self._held.get(name)
            found[name] = Pending(text, known[name] if held is None else held.base)
        return found

    def hold(self, captions: Mapping[str, Pending]) -> None:
        """Note what the store holds already, by an edit."""
        self._held.update(captions)
        self._stuck.difference_update(captions)

    def settle(self, results: Iterable[Written]) -> None:
        """Take over how errands ended: what is in its file is released, what was edited again meanwhile stays."""
        released, changed = [], {}
        for result in results:
            held = self._held.get(result.name)
            if held is None:
                continue
            if result.held:
                self._stuck.add(result.name)
            elif held.text == result.asked:
                released.append(result.name)
            else:
                # Edited again meanwhile: what was asked for then is the base of that edit.
                changed[result.name] = Pending(held.text, result.asked)
        for name in released:
            del self._held[name]
        self._held.update(changed)
        if released:
            self._store.release(released)
        if changed:
            self._store.hold(changed)
