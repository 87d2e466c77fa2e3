"""How the grid looks, at the right of the line below it: captions or pictures alone, and the size of thumbnails."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QWidget

from loraferry.viewmodels.dataset_look import LEAST, MOST, GridLook
from loraferry.views.icons import icon
from loraferry.views.theme import tokens_now


class LookBar(QWidget):
    """Shows and changes a GridLook."""

    def __init__(self, look: GridLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.moves_on, self.captions = _button(), _button()
        self.size_slider = QSlider(Qt.Orientation.Horizontal)
        self.size_slider.setRange(LEAST, MOST)
        self.size_slider.setPageStep(40)
        self.size_slider.setFixedWidth(120)
        self.size_slider.setMinimumHeight(24)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.moves_on)
        layout.addWidget(self.captions)
        layout.addSpacing(4)
        layout.addWidget(self.size_slider)
        self.moves_on.toggled.connect(look.move_on)
        self.captions.toggled.connect(look.show_captions)
        self.size_slider.valueChanged.connect(look.set_height)
        look.changed.connect(self.refresh)
        self.refresh()
        self._dress()
        self.retranslate()

    def refresh(self) -> None:
        """Show how the grid looks now."""
        self.moves_on.setChecked(self._look.moves_on)
        self.captions.setChecked(self._look.captions)
        self.size_slider.setValue(self._look.height)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for widget, text in (
            (self.moves_on, self.tr("On to the next picture after a verdict or stars")),
            (self.captions, self.tr("Names and captions below the pictures (T)")),
            (self.size_slider, self.tr("Size of the pictures (Ctrl and the wheel, + and −)")),
        ):
            widget.setToolTip(text)
            widget.setAccessibleName(text)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        tokens = tokens_now()
        self.moves_on.setIcon(icon("next", 18, colour=tokens.muted, checked_colour=tokens.accent))
        self.captions.setIcon(icon("caption", 18, colour=tokens.muted, checked_colour=tokens.accent))


def _button() -> QToolButton:
    button = QToolButton()
    button.setObjectName("plain")
    button.setCheckable(True)
    button.setIconSize(QSize(18, 18))
    button.setMinimumSize(28, 28)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
