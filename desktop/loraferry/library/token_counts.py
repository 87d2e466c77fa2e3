"""How many tokens captions have, by their text: counted once, in another thread, and looked up from then on."""

from collections.abc import Callable, Iterable, Mapping

CountTokens = Callable[[str], int]
_ROOM = 2
"""So many times the captions in use are remembered, so that undoing an edit counts nothing again."""


class TokenCounts:
    """What is known so far. Belongs to the main thread; `count_all` may run in any."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {"": 0}

    def known(self, caption: str) -> int | None:
        """Tokens of a caption; None until they were counted."""
        return self._known.get(caption)

    def missing(self, captions: Iterable[str | None]) -> list[str]:
        """Those that were not counted yet, each once, in their order."""
        known = self._known
        return list(dict.fromkeys(text for text in captions if text is not None and text not in known))

    def add(self, counts: Mapping[str, int]) -> None:
        """Remember what was counted."""
        self._known.update(counts)

    def forget_all_but(self, captions: Iterable[str | None]) -> None:
        """Forget captions that nobody has any more, once there are many of them."""
        used = {text for text in captions if text is not None} | {""}
        if len(self._known) > _ROOM * len(used):
            self._known = {text: count for text, count in self._known.items() if text in used}


def count_all(captions: Iterable[str], count: CountTokens, check: Callable[[], None] = lambda: None) -> dict[str, int]:
    """Tokens by caption. `check` is called now and then and may raise to cancel."""
    counts = {}
    for number, text in enumerate(captions):
        if not number % 100:
            check()
        counts[text] = count(text)
    return counts
