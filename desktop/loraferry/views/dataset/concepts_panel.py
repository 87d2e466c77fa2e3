"""Trigger and class word of the project, and concepts as coloured groups with repeats and weight."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from loraferry.forms.wheel import WheelGuard
from loraferry.library.concepts import Concept
from loraferry.viewmodels.project_words import ProjectWords
from loraferry.viewmodels.studio import Studio
from loraferry.views.dataset.drags import PICTURES, pictures_in
from loraferry.views.icons import icon
from loraferry.views.theme import tokens_now


def build(studio: Studio) -> QWidget:
    """The panel, from the studio."""
    return ConceptsPanel(studio.words)


class ConceptsPanel(QFrame):
    """Edits are made when a field is left or Enter pressed, each one step of the history."""

    def __init__(self, project: ProjectWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        self._project = project
        self._cards: dict[str, ConceptCard] = {}
        self._trigger, self._class_word = QLineEdit(), QLineEdit()
        self._trigger_name, self._class_name = QLabel(), QLabel()
        self._title = QLabel()
        self._title.setObjectName("heading")
        self._hint = QLabel()
        self._hint.setObjectName("help")
        self._hint.setWordWrap(True)
        self._name = QLineEdit()
        self._add = QPushButton()
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self._lay_out()
        for field in (self._trigger, self._class_word):
            field.setMaxLength(100)
            field.editingFinished.connect(self._take_words)
        self._add.clicked.connect(self._make)
        self._name.returnPressed.connect(self._make)
        project.changed.connect(self._show)
        self.retranslate()

    def _lay_out(self) -> None:
        words = QFormLayout()
        words.addRow(self._trigger_name, self._trigger)
        words.addRow(self._class_name, self._class_word)
        new = QHBoxLayout()
        new.addWidget(self._name, 1)
        new.addWidget(self._add)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._list)
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(8)
        layout.addLayout(words)
        layout.addSpacing(8)
        layout.addWidget(self._title)
        layout.addWidget(self._hint)
        layout.addLayout(new)
        layout.addWidget(area, 1)

    def _show(self) -> None:
        for field, text in ((self._trigger, self._project.trigger), (self._class_word, self._project.class_word)):
            if field.text().strip() != text and not field.hasFocus():
                field.setText(text)
        concepts = {concept.id: concept for concept in self._project.concepts}
        for gone in self._cards.keys() - concepts.keys():
            card = self._cards.pop(gone)
            self._list.removeWidget(card)
            card.hide()
            card.deleteLater()
        for concept in concepts.values():
            if concept.id not in self._cards:
                self._cards[concept.id] = ConceptCard(self._project, concept)
                self._list.addWidget(self._cards[concept.id])
            self._cards[concept.id].show_concept(concept)

    def _take_words(self) -> None:
        trigger, class_word = self._trigger.text().strip(), self._class_word.text().strip()
        if (trigger, class_word) != (self._project.trigger, self._project.class_word):
            self._project.set_words(trigger, class_word)

    def _make(self) -> None:
        if self._name.text().strip():
            self._project.add(self._name.text())
            self._name.clear()

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._trigger_name.setText(self.tr("Trigger word"))
        self._trigger.setAccessibleName(self._trigger_name.text())
        self._trigger.setToolTip(self.tr("The word that calls what is learned. It is put in front of every caption."))
        self._class_name.setText(self.tr("Class word"))
        self._class_word.setAccessibleName(self._class_name.text())
        self._class_word.setToolTip(self.tr("What kind of thing it is, in a word that the base model knows."))
        self._title.setText(self.tr("Concepts"))
        self._hint.setText(
            self.tr(
                "Groups of pictures with a weight of their own. Select pictures, name the group, or drag them onto it."
            )
        )
        self._name.setPlaceholderText(self.tr("Name of a new concept"))
        self._name.setAccessibleName(self.tr("Name of a new concept"))
        self._add.setText(self.tr("Add"))
        self._show()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


class ConceptCard(QFrame):
    """One group; pictures that are dropped on it belong to it."""

    def __init__(self, project: ProjectWords, concept: Concept) -> None:
        super().__init__()
        self.setObjectName("question")
        self.setAcceptDrops(True)
        self._project, self._concept = project, concept
        self._swatch = QLabel()
        self._title = QLineEdit()
        self._title.setMaxLength(100)
        self._count = QLabel()
        self._count.setObjectName("muted")
        self._repeats_name, self._weight_name = QLabel(), QLabel()
        self._repeats = QSpinBox()
        self._repeats.setRange(1, 100)
        self._weight = QDoubleSpinBox()
        self._weight.setRange(0.05, 5)
        self._weight.setSingleStep(0.05)
        for spin in (self._repeats, self._weight):
            WheelGuard(spin)
            spin.setKeyboardTracking(False)
        self._known = QCheckBox()
        self._assign, self._delete = QPushButton(), QToolButton()
        self._delete.setObjectName("plain")
        self._lay_out()
        self._title.editingFinished.connect(self._rename)
        self._repeats.valueChanged.connect(self._set_repeats)
        self._weight.valueChanged.connect(self._set_weight)
        self._known.toggled.connect(self._set_known)
        self._assign.clicked.connect(self._take_selected)
        self._delete.clicked.connect(self._forget)
        self.retranslate()
        self._dress()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._swatch)
        head.addWidget(self._title, 1)
        head.addWidget(self._delete)
        numbers = QHBoxLayout()
        for widget in (self._repeats_name, self._repeats, self._weight_name, self._weight):
            numbers.addWidget(widget)
        numbers.addStretch()
        foot = QHBoxLayout()
        foot.addWidget(self._count, 1)
        foot.addWidget(self._assign)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        for row in (head, numbers):
            layout.addLayout(row)
        layout.addWidget(self._known)
        layout.addLayout(foot)

    def show_concept(self, concept: Concept) -> None:
        """Show it as it is now, without telling."""
        self._concept = concept
        if not self._title.hasFocus():
            self._title.setText(concept.title)
        for widget, value in ((self._repeats, concept.repeats), (self._weight, concept.weight)):
            if widget.value() != value:
                widget.blockSignals(True)
                widget.setValue(value)  # type: ignore[arg-type]
                widget.blockSignals(False)
        self._known.blockSignals(True)
        self._known.setChecked(concept.regularisation)
        self._known.blockSignals(False)
        self._count.setText(self.tr("Pictures: {count}").format(count=self._project.count(concept.id)))
        self._assign.setEnabled(self._project.selected > 0)
        self._paint_swatch()

    def _paint_swatch(self) -> None:
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(16 * ratio), round(16 * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens_now().concepts[self._concept.colour]))
        painter.drawRoundedRect(1, 1, 14, 14, 4, 4)
        painter.end()
        self._swatch.setPixmap(picture)

    def _rename(self) -> None:
        title = self._title.text().strip()
        if title and title != self._concept.title:
            self._project.update(self._concept.id, title=title)

    def _set_repeats(self, value: int) -> None:
        self._project.update(self._concept.id, repeats=value)

    def _set_weight(self, value: float) -> None:
        self._project.update(self._concept.id, weight=round(value, 2))

    def _set_known(self, on: bool) -> None:
        self._project.update(self._concept.id, regularisation=on)

    def _take_selected(self) -> None:
        self._project.assign(self._concept.id)

    def _forget(self) -> None:
        self._project.delete(self._concept.id)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasFormat(PICTURES):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        names = pictures_in(event.mimeData())
        if names:
            event.acceptProposedAction()
            self._project.assign(self._concept.id, names)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setAccessibleName(self.tr("Name of the concept"))
        self._repeats_name.setText(self.tr("Repeats"))
        self._repeats.setAccessibleName(self.tr("Repeats"))
        self._repeats.setToolTip(self.tr("How often each of its pictures is seen in one epoch."))
        self._weight_name.setText(self.tr("Weight"))
        self._weight.setAccessibleName(self.tr("Weight"))
        self._known.setText(self.tr("Regularisation: what must be kept"))
        self._assign.setText(self.tr("Put selected here"))
        self._delete.setToolTip(self.tr("Delete the concept; its pictures stay"))
        self._delete.setAccessibleName(self._delete.toolTip())
        self.show_concept(self._concept)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _dress(self) -> None:
        self._delete.setIcon(icon("delete", 18))
        self._delete.setIconSize(QSize(18, 18))
        self._paint_swatch()
