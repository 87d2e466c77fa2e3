"""Which languages there are, and switching between them while the window is open."""

import logging
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from loraferry_resources import translations_path

LANGUAGES: dict[str, str] = {"en": "English", "zh_CN": "简体中文"}
"""Code to its name in the language itself."""

SOURCE_LANGUAGE = "en"

log = logging.getLogger(__name__)


def system_language() -> str:
    """The first of the system's languages that there is, else English. Every Chinese counts as zh_CN."""
    for name in QLocale.system().uiLanguages():
        prefix = name.replace("-", "_").partition("_")[0]
        for code in LANGUAGES:
            if code.partition("_")[0] == prefix:
                return code
    return SOURCE_LANGUAGE


class Languages:
    """Holds the installed translators; widgets follow by their own `LanguageChange` event."""

    def __init__(self) -> None:
        self._translators: list[QTranslator] = []
        self.current = SOURCE_LANGUAGE

    def switch(self, code: str) -> None:
        """Speak `code` from now on; an empty or unknown code means the system's language."""
        code = code if code in LANGUAGES else system_language()
        for translator in self._translators:
            QCoreApplication.removeTranslator(translator)
        self._translators = [] if code == SOURCE_LANGUAGE else [_load(path) for path in _catalogues(code)]
        for translator in self._translators:
            QCoreApplication.installTranslator(translator)
        self.current = code


def _catalogues(code: str) -> list[Path]:
    """Qt's own words (buttons of dialogs) first, ours last: the last one installed is asked first."""
    qt = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)) / f"qtbase_{code}.qm"
    return [path for path in (qt, translations_path() / f"loraferry_{code}.qm") if path.exists()]


def _load(path: Path) -> QTranslator:
    translator = QTranslator()
    if not translator.load(str(path)):
        log.error("The translations in %s cannot be loaded", path.name)
    return translator
