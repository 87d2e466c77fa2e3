"""Asks about the opened folder, in a line above the pictures that can be left alone."""

from functools import partial

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from loraferry.library.kohya_folders import OfferedConcept
from loraferry.texts.problems import render
from loraferry.viewmodels.dataset_offers import Offers
from loraferry.views.icons import icon
from loraferry.views.widgets.wrapping import wrapping_label

MAX_SHOWN = 5
"""Concepts that are named."""


class OfferBar(QWidget):
    """One line for each question; nothing where there is none."""

    def __init__(self, offers: Offers, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("offers")
        self._offers = offers
        self.sharing = Offer("sharing", ("together", "own"))
        self.concepts = Offer("concepts", ("take", "decline"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 0, 24, 8)
        column.setSpacing(8)
        for offer in (self.sharing, self.concepts):
            column.addWidget(offer)
            offer.later.clicked.connect(partial(offers.put_off, offer.objectName().removeprefix("offer-")))
        self.sharing.buttons[0].clicked.connect(partial(offers.share, "together"))
        self.sharing.buttons[1].clicked.connect(partial(offers.share, "own"))
        self.concepts.buttons[0].clicked.connect(offers.take_concepts)
        self.concepts.buttons[1].clicked.connect(offers.decline_concepts)
        offers.changed.connect(self._show)
        self.retranslate()

    def retranslate(self) -> None:
        """Words in the language of now."""
        self.sharing.set_words((self.tr("One caption for all"), self.tr("Each its own")), self.tr("Decide later"))
        self.concepts.set_words((self.tr("Take them as concepts"), self.tr("No, thanks")), self.tr("Decide later"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            for offer in (self.sharing, self.concepts):
                offer.dress()
        super().changeEvent(event)

    def _show(self) -> None:
        found = self._offers.sharing
        if found is not None:
            words = render(found)
            self.sharing.say(words.what, words.next_step)
        concepts = self._offers.concepts
        if concepts:
            self.concepts.say(
                self.tr("The names of folders tell how often their pictures are learned: {concepts}.").format(
                    concepts=_named(concepts)
                ),
                self.tr("As concepts they keep these numbers, which you can change. Nothing is moved or renamed."),
            )
        self.sharing.setVisible(found is not None)
        self.concepts.setVisible(bool(concepts))
        self.setVisible(found is not None or bool(concepts))


def _named(concepts: tuple[OfferedConcept, ...]) -> str:
    names = [f"{offer.concept.title} × {offer.concept.repeats}" for offer in concepts[:MAX_SHOWN]]
    return ", ".join([*names, *(["…"] if len(concepts) > MAX_SHOWN else [])])


class Offer(QFrame):
    """A question with its answers."""

    def __init__(self, kind: str, answers: tuple[str, ...]) -> None:
        super().__init__()
        self.setObjectName(f"offer-{kind}")
        self.setProperty("look", "offer")
        self._what, self._why = wrapping_label("strong"), wrapping_label("muted")
        self.buttons = [QPushButton() for _ in answers]
        for button, answer in zip(self.buttons, answers, strict=True):
            button.setObjectName(f"answer-{answer}")
        self.later = QToolButton()
        self.later.setObjectName("plain")
        self.later.setMinimumSize(28, 28)
        self.later.setIconSize(QSize(16, 16))
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._what)
        words.addWidget(self._why)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 8, 10)
        row.setSpacing(8)
        row.addLayout(words, 1)
        for button in self.buttons:
            row.addWidget(button)
        row.addWidget(self.later)
        self.dress()

    def set_words(self, answers: tuple[str, ...], later: str) -> None:
        """What stands on the buttons."""
        for button, text in zip(self.buttons, answers, strict=True):
            button.setText(text)
        self.later.setToolTip(later)
        self.later.setAccessibleName(later)

    def say(self, what: str, why: str) -> None:
        """The question."""
        self._what.setText(what)
        self._why.setText(why)
        self.setAccessibleName(f"{what} {why}")

    def dress(self) -> None:
        """Colours of the theme."""
        self.later.setIcon(icon("close", 16))

    @property
    def labels(self) -> tuple[QLabel, QLabel]:
        """Where the words stand."""
        return self._what, self._why
