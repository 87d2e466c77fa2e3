"""The prompter of the real window: asks with modal dialogs."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QInputDialog, QLineEdit, QMessageBox, QWidget

from loraferry.texts.problems import render
from loraferry.viewmodels.guard_terms import GuardTerms
from loraferry.views.dialogs.guards import GuardsDialog
from loraferry_core.guards import GuardSettings
from loraferry_core.problems import Problem


class DialogPrompter:
    """Implements `viewmodels.prompts.Prompter`. The window is given once it exists."""

    def __init__(self) -> None:
        self.window: QWidget | None = None

    def confirm(self, title: str, text: str, *, accept: str, detail: str = "") -> bool:
        box = self._plain_box(QMessageBox.Icon.Question, title, text, detail)
        yes = box.addButton(accept, QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.exec()
        agreed = box.clickedButton() is yes
        box.deleteLater()
        return agreed

    def tell(self, problem: Problem, *, detail: str = "") -> None:
        words = render(problem)
        icon = QMessageBox.Icon.Warning if problem.severity == "warning" else QMessageBox.Icon.Critical
        box = self._plain_box(icon, "LoRA Ferry", words.what, "\n\n".join(filter(None, (words.next_step, detail))))
        box.addButton(QMessageBox.StandardButton.Ok)
        box.exec()
        box.deleteLater()

    def _plain_box(self, icon: QMessageBox.Icon, title: str, text: str, detail: str) -> QMessageBox:
        """A box that shows words as they are: some of them come from the rented machine, and must not act as HTML."""
        box = QMessageBox(icon, title, text, parent=self.window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(detail)
        return box

    def choose_folder(self, title: str, start: Path | None = None) -> Path | None:
        chosen = QFileDialog.getExistingDirectory(self.window, title, str(start or Path.home()))
        return Path(chosen) if chosen else None

    def choose_file(self, title: str, start: Path | None = None, filters: str = "") -> Path | None:
        chosen, _ = QFileDialog.getOpenFileName(self.window, title, str(start or Path.home()), filters or _all_files())
        return Path(chosen) if chosen else None

    def choose_target(self, title: str, suggested: Path, filters: str = "") -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(self.window, title, str(suggested), filters or _all_files())
        return Path(chosen) if chosen else None

    def ask_text(self, title: str, label: str, *, value: str = "", secret: bool = False) -> str | None:
        echo = QLineEdit.EchoMode.Password if secret else QLineEdit.EchoMode.Normal
        text, agreed = QInputDialog.getText(self.window, title, label, echo, value)
        return text if agreed else None

    def ask_guards(self, terms: GuardTerms, settings: GuardSettings) -> GuardSettings | None:
        dialog = GuardsDialog(terms, settings, self.window)
        decided = dialog.exec() == QDialog.DialogCode.Accepted
        answer = dialog.settings
        dialog.deleteLater()
        return answer if decided else None


def _all_files() -> str:
    return QCoreApplication.translate("DialogPrompter", "All files (*)")
