"""The rail at the left: the pages, and below them language and theme."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.texts.languages import LANGUAGES
from loraferry.views.icons import icon, pixmap
from loraferry.views.pages import PageEntry
from loraferry.views.theme import tokens_now

WIDTH = 168


class RailButton(QToolButton):
    """An icon with a word beside it, as wide as the rail."""

    def __init__(self, icon_name: str) -> None:
        super().__init__()
        self.icon_name = icon_name
        self.setObjectName("railButton")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setIconSize(QSize(20, 20))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(38)

    def dress(self) -> None:
        """Take the colours of the theme."""
        tokens = tokens_now()
        self.setIcon(icon(self.icon_name, 20, colour=tokens.muted, checked_colour=tokens.accent))


class Rail(QWidget):
    """Says which page, language and theme the person has clicked; does nothing itself."""

    page_chosen = Signal(str)
    language_chosen = Signal(str)
    theme_chosen = Signal(str)

    def __init__(self, pages: Sequence[PageEntry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self._pages = tuple(pages)
        self._sign = QLabel()
        self._buttons: dict[str, RailButton] = {}
        self._group = QButtonGroup(self)
        self._language = RailButton("language")
        self._theme = RailButton("sun")
        self._theme_actions: dict[str, QAction] = {}
        self._language_actions: dict[str, QAction] = {}
        self._lay_out()
        self._make_menus()
        self.retranslate()
        self._dress()

    def _lay_out(self) -> None:
        brand = QLabel("LoRA Ferry")
        brand.setObjectName("brand")
        head = QHBoxLayout()
        head.setContentsMargins(8, 4, 0, 16)
        head.setSpacing(8)
        head.addWidget(self._sign)
        head.addWidget(brand, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 16, 10, 12)
        layout.setSpacing(4)
        layout.addLayout(head)
        for index, page in enumerate(self._pages):
            button = RailButton(page.icon)
            button.setCheckable(True)
            self._group.addButton(button, index)
            self._buttons[page.id] = button
            layout.addWidget(button)
        self._group.idClicked.connect(self._choose_page)
        layout.addStretch()
        layout.addWidget(self._language)
        layout.addWidget(self._theme)

    def _make_menus(self) -> None:
        for button, actions, names in (
            (self._language, self._language_actions, tuple(LANGUAGES)),
            (self._theme, self._theme_actions, ("system", "light", "dark")),
        ):
            menu = QMenu(button)
            group = QActionGroup(menu)
            for name in names:
                action = menu.addAction(LANGUAGES.get(name, ""))
                action.setData(name)
                action.setCheckable(True)
                group.addAction(action)
                actions[name] = action
            button.setMenu(menu)
            button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
            menu.triggered.connect(self._choose_language if button is self._language else self._choose_theme)

    def show_page(self, id: str) -> None:
        """Mark the page that is open."""
        self._buttons[id].setChecked(True)

    def show_choices(self, language: str, theme: str) -> None:
        """Mark language and theme in their menus."""
        self._language_actions[language].setChecked(True)
        self._theme_actions[theme].setChecked(True)
        self._language.setText(LANGUAGES[language])

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for index, page in enumerate(self._pages, start=1):
            self._buttons[page.id].setText(page.label())
            self._buttons[page.id].setToolTip(f"{page.label()} (Ctrl+{index})")
        self._theme.setText(self.tr("Appearance"))
        self._language.setToolTip(self.tr("Language"))
        self._language.setAccessibleName(self.tr("Language"))
        self._theme_actions["system"].setText(self.tr("Like the system"))
        self._theme_actions["light"].setText(self.tr("Light"))
        self._theme_actions["dark"].setText(self.tr("Dark"))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        tokens = tokens_now()
        self._sign.setPixmap(pixmap("ferry", 26, tokens.accent, self.devicePixelRatioF()))
        self._theme.icon_name = "moon" if tokens.dark else "sun"
        for button in (*self._buttons.values(), self._language, self._theme):
            button.dress()

    def _choose_page(self, index: int) -> None:
        self.page_chosen.emit(self._pages[index].id)

    def _choose_language(self, action: QAction) -> None:
        self.language_chosen.emit(action.data())

    def _choose_theme(self, action: QAction) -> None:
        self.theme_chosen.emit(action.data())
