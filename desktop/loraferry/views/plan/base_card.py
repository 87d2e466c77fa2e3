"""On which base model: what lies on the machine first, then the catalogue, then one of this computer, then any other."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QProgressBar, QPushButton, QToolButton

from loraferry.ferry.catalogue import BaseEntry
from loraferry.ferry.own_base import OwnBase
from loraferry.forms.rows import small_label
from loraferry.forms.wheel import WheelGuard
from loraferry.texts.choices import choice_label
from loraferry.texts.problems import render
from loraferry.texts.quantities import bytes_text
from loraferry.texts.translation import lookup
from loraferry.viewmodels.base_models import BaseModels
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.views.icons import icon
from loraferry.views.plan.question import QuestionCard
from loraferry_core.models import FoundModel

SERVICES = {"huggingface": "Hugging Face", "civitai": "Civitai"}
"""Names of those who give tokens, the same in every language."""


@dataclass(frozen=True)
class Choice:
    """A line of the list."""

    kind: Literal["found", "catalogue", "here", "file", "folder", "own"]
    source: str = ""
    family: str = ""


class BaseCard(QuestionCard):
    """A list that begins with what is there, a field for anything else, and how far a download on the machine is."""

    def __init__(self, plan: PlanViewModel, bases: BaseModels) -> None:
        super().__init__(plan)
        self._bases = bases
        self._combo = QComboBox()
        self._combo.setObjectName("base")
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(24)
        self._combo.activated.connect(self._choose)
        WheelGuard(self._combo)
        self._look = QToolButton()
        self._look.setObjectName("lookForBases")
        self._look.setProperty("look", "plain")
        self._look.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._look.clicked.connect(bases.look)
        self._own = QLineEdit()
        self._own.setObjectName("ownBase")
        self._own.editingFinished.connect(self._take_own)
        self._trouble = small_label("error")
        self._note = small_label("help")
        self._there = small_label("help")
        self._token = QLineEdit()
        self._token.setObjectName("baseToken")
        self._token.setEchoMode(QLineEdit.EchoMode.Password)
        self._token.textChanged.connect(self._show_fetch)
        self._keep = QPushButton()
        self._keep.setObjectName("keepToken")
        self._keep.clicked.connect(self._keep_token)
        self._token.returnPressed.connect(self._keep_token)
        self._fetch, self._cancel = QPushButton(), QPushButton()
        self._fetch.setObjectName("fetchBase")
        self._fetch.clicked.connect(bases.fetch_now)
        self._cancel.setObjectName("cancelFetch")
        self._cancel.clicked.connect(bases.cancel_fetch)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(6)
        self._state = small_label("help")
        self._choices: list[Choice] = []
        self._rows: dict[Choice, int] = {}
        self._wants_own = False
        self._lay_out()
        bases.changed.connect(self.show_plan)
        self.retranslate()
        self.dress()

    def _lay_out(self) -> None:
        first, token, fetch = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for line, widgets in (
            (first, (self._combo, self._look)),
            (token, (self._token, self._keep)),
            (fetch, (self._state, self._fetch, self._cancel)),
        ):
            line.setSpacing(8)
            for widget in widgets:
                line.addWidget(widget, 1 if widget in (self._combo, self._token, self._state) else 0)
        self.body.addLayout(first)
        for part in (self._own, self._trouble, self._note, self._there):
            self.body.addWidget(part)
        self.body.addLayout(token)
        self.body.addWidget(self._bar)
        self.body.addLayout(fetch)

    def show_plan(self) -> None:
        self._fill()
        source = self._plan.config.base.source
        place = next((i for i, choice in enumerate(self._choices) if choice.source == source), -1)
        own = place < 0 or self._wants_own
        last = self._choices[-1]
        self._combo.setCurrentIndex(self._rows[last if own else self._choices[place]])
        self._own.setVisible(own)
        if own and place < 0 and not self._own.hasFocus():
            self._own.setText(source)
        trouble = self._plan.base_trouble
        self._trouble.setText(render(trouble).what if trouble else "")
        self._trouble.setVisible(trouble is not None)
        self._note.setText("" if trouble else self._note_text(None if own else self._choices[place]))
        self._note.setVisible(bool(self._note.text()))
        self._there.setText(self._there_text())
        self._there.setVisible(bool(self._there.text()))
        self._look.setVisible(bool(self._plan.host))
        self._look.setEnabled(not self._bases.searching)
        self._show_fetch()

    def showEvent(self, event: QShowEvent) -> None:
        self._bases.look_again()
        super().showEvent(event)

    def retranslate(self) -> None:
        self._question.setText(self.tr("Which base model?"))
        self._about.setText(self.tr("The LoRA works with this model and with others made from it."))
        self._combo.setAccessibleName(self._question.text())
        self._own.setAccessibleName(self.tr("Another model…"))
        self._own.setPlaceholderText(self.tr("A Hugging Face id, the page or address of a model, or a path"))
        self._look.setToolTip(self.tr("Look for models on the machine"))
        self._look.setAccessibleName(self._look.toolTip())
        self._keep.setText(self.tr("Keep the token"))
        self._fetch.setText(self.tr("Download it now"))
        self._fetch.setToolTip(self.tr("The machine downloads it by itself, also while this computer sleeps."))
        self._cancel.setText(self.tr("Cancel"))
        self._choices = []
        self.show_plan()

    def dress(self) -> None:
        self._look.setIcon(icon("refresh", 18))
        self._fetch.setIcon(icon("download", 16))

    def _fill(self) -> None:
        """Rebuild the list where something in it has changed."""
        found = [Choice("found", model.path, model.family) for model in self._bases.found]
        catalogue = [Choice("catalogue", entry.source, entry.family) for entry in self._plan.bases]
        path, own = self._bases.own_path, self._bases.own
        here = [] if path is None else [Choice("here", self._plan.config.base.source, own.family if own else "")]
        choices = [*found, *catalogue, *here, Choice("file"), Choice("folder"), Choice("own")]
        if choices == self._choices:
            return
        self._choices, self._rows = choices, {}
        self._combo.clear()
        for model, choice in zip(self._bases.found, found, strict=True):
            self._add(self._found_text(model), choice)
            self._combo.setItemData(self._combo.count() - 1, model.path, Qt.ItemDataRole.ToolTipRole)
        if found:
            self._combo.insertSeparator(self._combo.count())
        for entry, choice in zip(self._plan.bases, catalogue, strict=True):
            self._add(self._entry_text(entry), choice)
        self._combo.insertSeparator(self._combo.count())
        if path is not None:
            self._add(self._here_text(path, own), here[0])
            self._combo.setItemData(self._combo.count() - 1, str(path), Qt.ItemDataRole.ToolTipRole)
        self._add(self.tr("Choose a file on this computer…"), choices[-3])
        self._add(self.tr("Choose a folder on this computer…"), choices[-2])
        self._add(self.tr("Another model…"), choices[-1])

    def _add(self, text: str, choice: Choice) -> None:
        self._rows[choice] = self._combo.count()
        self._combo.addItem(text, choice)

    def _found_text(self, model: FoundModel) -> str:
        name = model.title or PurePosixPath(model.path).name
        parts = [choice_label(model.family) if model.family else self.tr("unknown family")]
        if model.size:
            parts.append(bytes_text(model.size))
        return self.tr("On the machine: {name}").format(name=name) + f" ({', '.join(parts)})"

    def _here_text(self, path: Path, own: OwnBase | None) -> str:
        text = self.tr("On this computer: {name}").format(name=path.name or str(path))
        return f"{text} ({choice_label(own.family)}, {bytes_text(own.size)})" if own else text

    def _entry_text(self, entry: BaseEntry) -> str:
        size = f" ({bytes_text(entry.size)})" if entry.size else ""
        return lookup("Catalogue", entry.label) + size

    def _note_text(self, choice: Choice | None) -> str:
        if choice is None and self._bases.order is None:
            return self.tr("It must lie on the machine already.")
        if choice is None:
            return self.tr("The machine downloads it, and what it got is checked.")
        if choice.kind == "found":
            return choice.source
        if choice.kind == "here":
            return self._way_text()
        entry = self._plan.base
        if entry is None:
            return ""
        licence = self.tr("Licence: {licence}.").format(licence=entry.licence) if entry.licence else ""
        return " ".join(part for part in (lookup("Catalogue", entry.note), licence) if part)

    def _way_text(self) -> str:
        if not self._bases.sent:
            return self.tr("It is read where it lies.")
        return self.tr("It is sent to the machine before the pictures, where it is not there yet.")

    def _there_text(self) -> str:
        if self._bases.searching:
            return self.tr("Looking for models on the machine …")
        if self._bases.was_searched and not self._bases.found:
            return self.tr("No base model lies on the machine yet.")
        return ""

    def _show_fetch(self) -> None:
        """The download of the chosen model on the machine, and the token it may take."""
        order, state = self._bases.order, self._bases.fetch
        wanted = order is not None and not self._is_found()
        needs_token = wanted and order is not None and bool(order.secret)
        self._token.setVisible(needs_token)
        self._keep.setVisible(needs_token and bool(self._token.text()))
        if order is not None and order.secret:
            service = SERVICES.get(order.secret, order.secret)
            self._token.setPlaceholderText(
                self.tr("Token of {service}, only where the model asks for one").format(service=service)
            )
            self._token.setAccessibleName(self._token.placeholderText())
        running = state is not None and state.state == "running"
        self._bar.setVisible(wanted and running)
        self._fetch.setVisible(wanted and not running and not (state is not None and state.state == "done"))
        self._cancel.setVisible(wanted and running)
        self._state.setText(self._fetch_text() if wanted else "")
        self._state.setVisible(wanted)
        self._state.setObjectName("error" if state is not None and state.state == "failed" else "help")
        self._state.style().unpolish(self._state)
        self._state.style().polish(self._state)
        if state is not None and running:
            # In thousandths: Qt counts in 32 bits, models in more.
            self._bar.setRange(0, 1000 if state.total else 0)
            self._bar.setValue(1000 * state.done // state.total if state.total else 0)

    def _is_found(self) -> bool:
        return any(model.path == self._plan.config.base.source for model in self._bases.found)

    def _fetch_text(self) -> str:
        state = self._bases.fetch
        if state is None:
            return self.tr("Not on the machine yet: it is downloaded there when the run begins.")
        if state.state == "done":
            return self.tr("It is on the machine.")
        if state.state == "failed":
            return str(render(state.problem)) if state.problem else self.tr("The download failed.")
        done = bytes_text(state.done)
        return f"{done} / {bytes_text(state.total)}" if state.total else done

    def _choose(self, index: int) -> None:
        choice: Choice = self._combo.itemData(index)
        self._wants_own = choice.kind == "own"
        if choice.kind == "file":
            self._bases.choose_file()
            self.show_plan()
        elif choice.kind == "folder":
            self._bases.choose_folder()
            self.show_plan()
        elif self._wants_own:
            self._own.clear()
            self.show_plan()
            self._own.clear()
            self._own.setFocus()
        else:
            self._plan.set_base(choice.source, choice.family)
            self.show_plan()

    def _take_own(self) -> None:
        if self._own.text().strip():
            self._bases.take(self._own.text())
            self._wants_own = False
            self.show_plan()

    def _keep_token(self) -> None:
        order = self._bases.order
        if order is not None and order.secret and self._token.text().strip():
            self._bases.put_token(order.secret, self._token.text().strip())
            self._token.clear()
            self._token.setPlaceholderText(self.tr("Kept"))
