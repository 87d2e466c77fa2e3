"""A form for any `Config` class: its fields, groups and unions, built from the declarations alone."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from loraferry.forms.dispatch import is_group, union_kinds
from loraferry.forms.rows import LABEL_WIDTH, FieldRow, ResetButton, small_label
from loraferry.forms.wheel import WheelGuard
from loraferry.texts.choices import choice_label, config_title
from loraferry.texts.setting_errors import setting_error
from loraferry.texts.translation import param_help, param_label
from loraferry_core.config import Config, ParamInfo, params


class Fields(QWidget):
    """The fields of one config class, without validation."""

    edited = Signal()
    reset_wanted = Signal(str)
    """The person wants the preset's value again at this dotted name."""

    def __init__(self, config: type[Config]) -> None:
        super().__init__()
        self.config = config
        self._shown: Config = config()
        self._rows: dict[str, FieldRow | Group] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        for param in params(config):
            if param.hidden:
                continue
            row = Group(param) if is_group(param.annotation) or union_kinds(param.annotation) else FieldRow(param)
            row.edited.connect(self.edited)
            row.reset_wanted.connect(self.reset_wanted)
            layout.addWidget(row)
            self._rows[param.name] = row
        self.set_content(self._shown)

    def content(self) -> dict[str, Any]:
        """Field names to values as they stand, valid or not; hidden ones as they were set."""
        values = {name: getattr(self._shown, name) for name in self.config.model_fields}
        for name, row in self._rows.items():
            values[name] = row.content() if isinstance(row, Group) else row.editor.content()
        return values

    def set_content(self, value: Config) -> None:
        """Show a config of this class."""
        self._shown = value
        for name, row in self._rows.items():
            inner = getattr(value, name)
            if isinstance(row, Group):
                row.set_content(inner)
            else:
                row.editor.set_content(inner)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        for row in self._rows.values():
            row.retranslate()

    def clear_errors(self) -> None:
        """Take all marks away."""
        for row in self._rows.values():
            if isinstance(row, Group):
                row.clear_errors()
            else:
                row.show_error("")

    def show_error(self, location: Sequence[str | int], text: str) -> None:
        """Mark the field at a location of pydantic's."""
        if not location:
            return
        row = self._rows.get(str(location[0]))
        if isinstance(row, Group):
            row.show_error(location[1:], text)
        elif row is not None:
            row.show_error(text)

    def narrow(self, words: str) -> int:
        """Show only what holds the words; the number of fields that do."""
        found = 0
        for row in self._rows.values():
            if isinstance(row, Group):
                found += row.narrow(words)
            else:
                hit = row.matches(words)
                row.setVisible(hit)
                found += hit
        return found

    def show_changes(self, changes: Mapping[str, str]) -> int:
        """Mark what was changed, by its dotted name, from which words; how many marks there are."""
        count = 0
        for name, row in self._rows.items():
            if isinstance(row, Group):
                inner = {
                    path.partition(".")[2]: before for path, before in changes.items() if path.startswith(f"{name}.")
                }
                count += row.show_changes(inner)
            else:
                row.show_change(changes.get(name))
                count += name in changes
        return count

    def show_ranges(self, text_of: Callable[[str, ParamInfo], str], prefix: str = "") -> None:
        """Say of each field what is usual: `text_of` its dotted name and declaration."""
        for name, row in self._rows.items():
            if isinstance(row, Group):
                row.fields.show_ranges(text_of, f"{prefix}{name}.")
            else:
                row.show_range(text_of(f"{prefix}{name}", row.param))

    def dress(self, reset: QIcon) -> None:
        """The sign on the buttons that go back."""
        for row in self._rows.values():
            row.dress(reset)

    def row(self, path: str) -> FieldRow:
        """The row at a dotted name; of a union, that of the kind shown now. Raises KeyError."""
        name, _, rest = path.partition(".")
        row = self._rows[name]
        if isinstance(row, Group):
            return row.fields.row(rest)
        return row


class Group(QFrame):
    """A parameter that is a config of its own, or one of several kinds of config."""

    edited = Signal()
    reset_wanted = Signal(str)
    """The person wants the preset's value again: of the whole group by its name, or at a dotted name in it."""

    def __init__(self, param: ParamInfo) -> None:
        super().__init__()
        self.setObjectName("card")
        self.param = param
        self._kinds = union_kinds(param.annotation)
        classes = self._kinds or {"": param.annotation}
        self._forms = {kind: Fields(config) for kind, config in classes.items()}
        self._kind = next(iter(self._forms))
        self._title = QLabel()
        self._title.setObjectName("heading")
        self._help = small_label("help")
        self._choice: QComboBox | None = None
        self._about = small_label("help")
        self._count = 0
        self._changes = QPushButton()
        self._changes.setObjectName("resetGroup")
        self._changes.clicked.connect(self._want_reset)
        self._changes.hide()
        self._kind_reset = ResetButton(self)
        self._kind_reset.clicked.connect(self._want_reset_of_kind)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 24)
        layout.setSpacing(16)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self._title)
        head.addWidget(self._help)
        top = QHBoxLayout()
        top.addLayout(head, 1)
        top.addWidget(self._changes, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(top)
        if self._kinds:
            layout.addLayout(self._chooser())
        for form in self._forms.values():
            form.edited.connect(self.edited)
            form.reset_wanted.connect(self._want_reset_inside)
            layout.addWidget(form)
        self._show_kind(self._kind)
        self.retranslate()

    def _chooser(self) -> QHBoxLayout:
        self._choice = QComboBox()
        self._choice.setObjectName(f"{self.param.name}_kind")
        self._choice.addItems([choice_label(kind) for kind in self._kinds])
        self._choice.activated.connect(self._choose)
        WheelGuard(self._choice)
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addSpacing(LABEL_WIDTH + 16)
        line.addWidget(self._choice)
        line.addWidget(self._kind_reset)
        line.addWidget(self._about, 1)
        return line

    @property
    def fields(self) -> Fields:
        """The fields of the kind that is shown."""
        return self._forms[self._kind]

    def content(self) -> dict[str, Any]:
        """Values as they stand, the kind among them."""
        return self.fields.content()

    def set_content(self, value: Config) -> None:
        """Show a config; of a union, its kind too."""
        if self._kinds:
            self._show_kind(str(getattr(value, "kind", "")))
        self.fields.set_content(value)

    def show_changes(self, changes: Mapping[str, str]) -> int:
        """Mark what was changed, by its name below; how many marks there are."""
        before = changes.get("kind")
        self._kind_reset.show_change(before)
        self._count = self.fields.show_changes(changes) + (before is not None)
        self._changes.setVisible(self._count > 0)
        self._tell_count()
        return self._count

    def dress(self, reset: QIcon) -> None:
        """The sign on the buttons that go back."""
        for button in (self._changes, self._kind_reset):
            button.setIcon(reset)
        for form in self._forms.values():
            form.dress(reset)

    def _want_reset(self) -> None:
        self.reset_wanted.emit(self.param.name)

    def _want_reset_of_kind(self) -> None:
        self._want_reset_inside("kind")

    def _want_reset_inside(self, name: str) -> None:
        self.reset_wanted.emit(f"{self.param.name}.{name}")

    def _tell_count(self) -> None:
        self._changes.setText(self.tr("Changed: {count}").format(count=self._count))
        self._changes.setToolTip(self.tr("Take the preset's values again in this group"))
        self._changes.setAccessibleName(f"{self._title.text()} · {self._changes.text()}. {self._changes.toolTip()}")

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._title.setText(param_label(self.param))
        self._tell_count()
        self._help.setText(param_help(self.param))
        if self._choice is not None:
            for index, kind in enumerate(self._kinds):
                self._choice.setItemText(index, choice_label(kind))
            self._choice.setAccessibleName(param_label(self.param))
            self._about.setText(config_title(self._kinds[self._kind]))
        for form in self._forms.values():
            form.retranslate()

    def clear_errors(self) -> None:
        """Take all marks away."""
        for form in self._forms.values():
            form.clear_errors()

    def show_error(self, location: Sequence[str | int], text: str) -> None:
        """Mark the field; in a union pydantic's location begins with the kind."""
        if self._kinds and location and location[0] in self._forms:
            location = location[1:]
        self.fields.show_error(location, text)

    def narrow(self, words: str) -> int:
        """Show only fields that hold the words; everything when the group's own name does."""
        own = words.casefold() in f"{param_label(self.param)} {self.param.label} {self.param.name}".casefold()
        found = self.fields.narrow("" if own else words)
        self.setVisible(found > 0 or own)
        return found

    def _show_kind(self, kind: str) -> None:
        self._kind = kind
        for name, form in self._forms.items():
            form.setVisible(name == kind)
        if self._choice is not None:
            self._choice.setCurrentIndex(list(self._kinds).index(kind))
            self._about.setText(config_title(self._kinds[kind]))

    def _choose(self, index: int) -> None:
        self._show_kind(list(self._kinds)[index])
        self.edited.emit()


class ConfigForm(QWidget):
    """The form of a whole config: shows one, hands out a valid one, marks what is wrong with an invalid one."""

    edited = Signal()
    """The person has changed something; `check` or `value` tells whether it is valid."""
    reset_wanted = Signal(str)
    """The person wants the preset's value again at this dotted name: of a setting, a group, or a `.kind`."""

    def __init__(self, config: type[Config], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.config = config
        self._fields = Fields(config)
        self._fields.edited.connect(self.edited)
        self._fields.reset_wanted.connect(self.reset_wanted)
        self._errors: list[tuple[tuple[str | int, ...], dict[str, Any]]] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._fields)
        layout.addStretch()

    def value(self) -> Config:
        """The config as it stands. Raises pydantic's ValidationError."""
        return self.config.model_validate(self._fields.content())

    def set_value(self, value: Config) -> None:
        """Show a config of the form's class and take all marks away."""
        self._errors = []
        self._fields.clear_errors()
        self._fields.set_content(value)

    def check(self) -> Config | None:
        """The config as it stands, or None with each wrong field marked."""
        self._fields.clear_errors()
        try:
            value = self.value()
        except ValidationError as error:
            self._errors = [(found["loc"], dict(found)) for found in error.errors()]
            self._mark()
            return None
        self._errors = []
        return value

    def narrow(self, words: str) -> int:
        """Show only the fields whose label, help or name holds the words; their number."""
        return self._fields.narrow(words.strip())

    def show_changes(self, changes: Mapping[str, str]) -> int:
        """Mark what was changed from its preset, by its dotted name, from which words; how many marks there are."""
        return self._fields.show_changes(changes)

    def show_ranges(self, text_of: Callable[[str, ParamInfo], str]) -> None:
        """Say of each field what is usual: `text_of` its dotted name and declaration."""
        self._fields.show_ranges(text_of)

    def dress(self, reset: QIcon) -> None:
        """The sign on the buttons that go back."""
        self._fields.dress(reset)

    def row(self, path: str) -> FieldRow:
        """The row at a dotted name. Raises KeyError."""
        return self._fields.row(path)

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._fields.retranslate()
        self._mark()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        super().changeEvent(event)

    def _mark(self) -> None:
        for location, found in self._errors:
            self._fields.show_error(location, setting_error(found))
