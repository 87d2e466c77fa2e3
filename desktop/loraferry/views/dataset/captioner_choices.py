"""The left side of the captioners' dialog: where, by what, and which pictures."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from loraferry.forms.wheel import WheelGuard
from loraferry.texts.translation import lookup
from loraferry.viewmodels.captioning_choices import SCOPES, SERVER, Scope
from loraferry.viewmodels.dataset_captioners import DatasetCaptioners
from loraferry.views.widgets.wrapping import wrapping_label

PROMPT_HEIGHT = 110


class CaptionerChoices(QWidget):
    """Shows and changes the choices of a `DatasetCaptioners`; those that do not fit what is chosen are hidden."""

    def __init__(self, model: DatasetCaptioners, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._place = _combo("captionerPlace")
        self._captioner = _combo("captioner")
        self._note = wrapping_label("help")
        self._address, self._name, self._key = (QLineEdit() for _ in range(3))
        self._key.setEchoMode(QLineEdit.EchoMode.Password)
        self._prompt = QPlainTextEdit()
        self._prompt.setFixedHeight(PROMPT_HEIGHT)
        self._prompt.setTabChangesFocus(True)
        self._begin = QLineEdit()
        self._task = _combo("captionerTask")
        self._scope = _combo("captionerScope")
        self._marks = wrapping_label("help")
        for field, name in (
            (self._address, "captionerAddress"),
            (self._name, "captionerModel"),
            (self._key, "captionerKey"),
            (self._prompt, "captionerPrompt"),
            (self._begin, "captionerBegin"),
        ):
            field.setObjectName(name)
        self._rows: list[tuple[QLabel, QWidget]] = []
        self.counts: dict[Scope, int] = dict.fromkeys(SCOPES, 0)
        """How many pictures each choice had when they were counted last."""
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setVerticalSpacing(6)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapAllRows)
        prompt = QWidget()
        column = QVBoxLayout(prompt)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._prompt)
        column.addWidget(self._marks)
        captioner = QWidget()
        column = QVBoxLayout(captioner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._captioner)
        column.addWidget(self._note)
        for field, buddy in (
            (self._place, self._place),
            (captioner, self._captioner),
            (self._address, self._address),
            (self._name, self._name),
            (self._key, self._key),
            (prompt, self._prompt),
            (self._begin, self._begin),
            (self._task, self._task),
            (self._scope, self._scope),
        ):
            label = QLabel()
            label.setBuddy(buddy)
            form.addRow(label, field)
            self._rows.append((label, field))

    def _connect(self) -> None:
        model = self._model
        self._place.activated.connect(lambda: model.choose(place=self._place.currentData()))
        self._captioner.activated.connect(lambda: model.choose(captioner=self._captioner.currentData()))
        self._task.activated.connect(lambda: model.choose(task=self._task.currentData()))
        self._scope.activated.connect(lambda: model.choose(scope=self._scope.currentData()))
        self._address.textEdited.connect(lambda text: model.choose(address=text[:2000]))
        self._name.textEdited.connect(lambda text: model.choose(model=text[:200]))
        self._begin.textEdited.connect(lambda text: model.choose(begin=text[:1000]))
        self._prompt.textChanged.connect(self._take_prompt)
        self._key.editingFinished.connect(self._take_key)

    def _take_prompt(self) -> None:
        self._model.choose(prompt=self._prompt.toPlainText()[:20_000])

    def _take_key(self) -> None:
        if self._key.isModified():
            self._key.setModified(False)
            self._model.put_key(self._key.text().strip())

    def show_choices(self) -> None:
        """Show what is chosen now, and only what fits it."""
        model, choices = self._model, self._model.choices
        at_server = model.place == SERVER
        places = [*model.places, (SERVER, self.tr("A server (Ollama, vLLM, OpenAI …)"))]
        _fill(self._place, [(name, value) for value, name in places], model.place)
        captioner = model.captioner
        offered = [(lookup("Catalogue", entry.label), entry.id) for entry in model.offered]
        _fill(self._captioner, offered, captioner.id if captioner else "")
        if captioner is not None:
            licence = self.tr("Licence: {licence}").format(licence=captioner.licence)
            self._note.setText(f"{lookup('Catalogue', captioner.note)} {licence}")
        _fill(self._task, self._tasks(), choices.task)
        lines = (self._address, choices.address), (self._name, choices.model), (self._begin, choices.begin)
        for line, text in lines:
            if line.text() != text:
                line.setText(text)
        if self._prompt.toPlainText() != choices.prompt:
            self._prompt.setPlainText(choices.prompt)
        has_tasks = captioner is not None and bool(captioner.prompts)
        begins = captioner is not None and not captioner.tags and not has_tasks
        shown = (True, not at_server, at_server, at_server, at_server, at_server, begins, has_tasks, True)
        for (label, field), wanted in zip(self._rows, shown, strict=True):
            label.setVisible(wanted)
            field.setVisible(wanted)
        self._enable()

    def count(self) -> None:
        """Say how many pictures each choice has now."""
        names: dict[Scope, str] = {
            "bare": self.tr("Shown and without a caption ({count})"),
            "shown": self.tr("All that are shown ({count})"),
            "selected": self.tr("The selected ones ({count})"),
        }
        self.counts = {scope: self._model.count(scope) for scope in SCOPES}
        choices = [(names[scope].format(count=count), str(scope)) for scope, count in self.counts.items()]
        _fill(self._scope, choices, self._model.choices.scope)

    def _enable(self) -> None:
        for _, field in self._rows:
            field.setEnabled(not self._model.running)

    def _tasks(self) -> list[tuple[str, str]]:
        captioner = self._model.captioner
        names = {
            "<CAPTION>": self.tr("One short sentence"),
            "<DETAILED_CAPTION>": self.tr("Some sentences"),
            "<MORE_DETAILED_CAPTION>": self.tr("A paragraph"),
        }
        return [(names.get(task, task), task) for task in captioner.prompts] if captioner else []

    def retranslate(self) -> None:
        """Show words in the language of now."""
        texts = (
            self.tr("Where"),
            self.tr("By which model"),
            self.tr("Address of the server"),
            self.tr("Name of the model there"),
            self.tr("Key (only where the server wants one)"),
            self.tr("What it is asked"),
            self.tr("How the sentence begins"),
            self.tr("How much it tells"),
            self.tr("Which pictures"),
        )
        for (label, _), text in zip(self._rows, texts, strict=True):
            label.setText(text)
            buddy = label.buddy()
            assert buddy is not None
            buddy.setAccessibleName(text)
        self._marks.setText(
            self.tr("{marks} stand for what is known of a picture.").format(
                marks="{caption}, {trigger}, {class}, {folder}, {name}"
            )
        )
        self._begin.setPlaceholderText(self.tr("Left to the model"))
        self._name.setPlaceholderText("llava:7b")
        self.show_choices()
        self.count()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    WheelGuard(combo)
    return combo


def _fill(combo: QComboBox, choices: list[tuple[str, str]], chosen: str) -> None:
    """Show these words with their values; what is open or focused is left alone where nothing has changed."""
    now = [(combo.itemText(row), combo.itemData(row)) for row in range(combo.count())]
    if now != choices:
        combo.clear()
        for text, value in choices:
            combo.addItem(text, value)
    row = combo.findData(chosen)
    combo.setCurrentIndex(max(0, row) if choices else -1)
