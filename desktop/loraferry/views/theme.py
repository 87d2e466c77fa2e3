"""How everything looks: two full palettes, one accent, one small style sheet; follows the system until told otherwise."""

import json
from dataclasses import dataclass, fields
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from loraferry_resources import icons_path, themes_path

SPACE = 8
"""All distances are multiples of this, in pixels."""


@dataclass(frozen=True)
class Tokens:
    """The colours of a theme by their use, as #rrggbb."""

    dark: bool
    window: str
    surface: str
    rail: str
    hover: str
    border: str
    outline: str
    text: str
    muted: str
    disabled: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    error: str
    error_soft: str
    warning: str
    warning_soft: str
    good: str
    concepts: tuple[str, ...]
    """By the number of a concept's colour; never the only sign of it."""


@cache
def load_tokens(name: str) -> Tokens:
    """The theme "light" or "dark"."""
    colours = json.loads((themes_path() / f"{name}.json").read_text(encoding="utf-8"))
    return Tokens(**{**colours, "concepts": tuple(colours["concepts"])})


def palette_of(tokens: Tokens) -> QPalette:
    """Every role of every group: a role left out would keep the system's colour and be invisible in one theme."""
    role, shade = QPalette.ColorRole, QColor
    colours = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.surface,
        role.AlternateBase: tokens.window,
        role.ToolTipBase: tokens.surface,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.muted,
        role.Text: tokens.text,
        role.Button: tokens.surface,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.error,
        role.Light: shade(tokens.surface).lighter(115).name(),
        role.Midlight: tokens.hover,
        role.Mid: tokens.border,
        # Fusion draws the outlines of check boxes and combo boxes from these two.
        role.Dark: tokens.outline,
        role.Shadow: shade(tokens.outline).darker(130).name(),
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Accent: tokens.accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
    }
    palette = QPalette()
    for key, colour in colours.items():
        palette.setColor(key, shade(colour))
    off = QPalette.ColorGroup.Disabled
    for key in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText, role.ToolTipText, role.Link):
        palette.setColor(off, key, shade(tokens.disabled))
    palette.setColor(off, role.Base, shade(tokens.window))
    palette.setColor(off, role.Button, shade(tokens.window))
    palette.setColor(off, role.Highlight, shade(tokens.border))
    palette.setColor(off, role.HighlightedText, shade(tokens.disabled))
    palette.setColor(off, role.Accent, shade(tokens.border))
    return palette


def style_sheet(tokens: Tokens, point_size: float) -> str:
    """The style sheet with its colours and with type sizes relative to the system's."""
    template = (themes_path() / "style.qss").read_text(encoding="utf-8")
    colours = {field.name: getattr(tokens, field.name) for field in fields(tokens)}
    sizes = {"size_small": point_size * 0.92, "size_heading": point_size * 1.2, "size_title": point_size * 1.6}
    return template.format(
        **colours,
        name="dark" if tokens.dark else "light",
        icons=icons_path().as_posix(),
        **{name: f"{size:.1f}" for name, size in sizes.items()},
    )


CHINESE_FAMILIES = (
    "PingFang SC",
    "Microsoft YaHei UI",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
)


def with_chinese(font: QFont) -> QFont:
    """The font with a family for simplified Chinese behind it; left alone, Qt may take Japanese glyphs or a bold cut."""
    installed = set(QFontDatabase.families())
    font = QFont(font)
    font.setFamilies([*font.families(), *(family for family in CHINESE_FAMILIES if family in installed)])
    return font


def tabular(font: QFont) -> QFont:
    """The font with figures of equal width, so that numbers do not dance while they change."""
    font = QFont(font)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


class Theme(QObject):
    """Puts a theme on the application, and follows the system where that was chosen."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._choice = "system"
        self._point_size = application.font().pointSizeF()
        self.tokens = load_tokens("light")
        application.setStyle("Fusion")
        application.setFont(with_chinese(application.font()))
        application.styleHints().colorSchemeChanged.connect(self._follow)

    def apply(self, choice: str) -> None:
        """Wear "light" or "dark", or whatever the system wears."""
        self._choice = choice
        hints = self._application.styleHints()
        scheme = {"light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}.get(choice, Qt.ColorScheme.Unknown)
        # For native title bars and file dialogs only; some platforms ignore it, so the palette is our own.
        hints.setColorScheme(scheme)
        self._wear()

    def _wear(self) -> None:
        dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        name = self._choice if self._choice in ("light", "dark") else ("dark" if dark else "light")
        self.tokens = load_tokens(name)
        self._application.setPalette(palette_of(self.tokens))
        self._application.setStyleSheet(style_sheet(self.tokens, self._point_size))
        self.changed.emit()

    def _follow(self) -> None:
        if self._choice == "system":
            self._wear()


def tokens_now() -> Tokens:
    """The colours of the theme that the application wears now."""
    light = QApplication.palette().color(QPalette.ColorRole.Window).lightness() > 127
    return load_tokens("light" if light else "dark")
