"""Captions before and after, one below the other, with what changes marked: to be looked at before anything happens."""

import html
from collections.abc import Iterable, Sequence

from PySide6.QtWidgets import QTextBrowser, QWidget

from loraferry.library.replace import Change, Span
from loraferry.views.theme import tokens_now

MOST = 200
"""Changes that are listed; more would make the window wait, and nobody reads them."""


class ChangeList(QTextBrowser):
    """Shows the first of them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("changeList")
        self.setOpenLinks(False)

    def show_changes(self, changes: Iterable[Change]) -> None:
        """Show other changes."""
        tokens = tokens_now()
        rows = [
            f"<p style='margin:0 0 10px 0'><span style='color:{tokens.muted}'>{html.escape(change.name)}</span><br>"
            f"{_marked(change.before, change.cut, tokens.error_soft, 's')}<br>"
            f"{_marked(change.after, change.put, tokens.accent_soft, 'b')}</p>"
            for change in changes
        ]
        self.setHtml("".join(rows[:MOST]))


def _marked(text: str, spans: Sequence[Span], colour: str, tag: str) -> str:
    parts, end = [], 0
    for start, stop in spans:
        parts.append(html.escape(text[end:start]))
        if stop > start:
            parts.append(f"<{tag} style='background:{colour}'>{html.escape(text[start:stop])}</{tag}>")
        end = stop
    parts.append(html.escape(text[end:]))
    return "".join(parts).replace("\n", "<br>")
