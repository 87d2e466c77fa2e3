"""Which preset the plan has, what can be done with presets, and the way back from what was changed."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QWidget

from loraferry.forms.wheel import WheelGuard
from loraferry.texts.choices import choice_label
from loraferry.viewmodels.plan import PlanViewModel
from loraferry.viewmodels.plan_presets import PlanPresets
from loraferry.views.icons import icon


class PresetBar(QWidget):
    """Above the settings in both modes."""

    compare_wanted = Signal()

    def __init__(self, plan: PlanViewModel, presets: PlanPresets) -> None:
        super().__init__()
        self._plan, self._presets = plan, presets
        self._combo = QComboBox()
        self._combo.setObjectName("preset")
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._combo.setMinimumContentsLength(10)
        self._combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._combo.activated.connect(self._choose)
        WheelGuard(self._combo)
        self._reset = QToolButton()
        self._reset.setObjectName("resetAll")
        self._reset.setProperty("look", "chip")
        self._reset.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._reset.setIconSize(QSize(14, 14))
        self._reset.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._reset.clicked.connect(self._reset_all)
        self._undo, self._redo = _tool("undoPlan", plan.undo), _tool("redoPlan", plan.redo)
        self._more = QToolButton()
        self._more.setObjectName("presetMenu")
        self._more.setProperty("look", "plain")
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.actions_by_name: dict[str, QAction] = {}
        self._more.setMenu(self._menu())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 8, 0)
        layout.setSpacing(8)
        for widget in (self._combo, self._reset, self._undo, self._redo, self._more):
            layout.addWidget(widget, 1 if widget is self._combo else 0)
        presets.changed.connect(self.refresh)
        self.retranslate()
        self._dress()

    def _menu(self) -> QMenu:
        menu, presets = QMenu(self), self._presets
        slots: tuple[tuple[str, Callable[[], None]] | None, ...] = (
            ("save", presets.save),
            ("save_as", presets.save_new),
            ("rename", presets.rename),
            ("delete", presets.delete),
            ("compare", self.compare_wanted.emit),
            None,
            ("import", presets.choose_file),
            ("export", presets.export_preset),
            ("export_kohya", presets.export_kohya),
        )
        for entry in slots:
            if entry is None:
                menu.addSeparator()
            else:
                self.actions_by_name[entry[0]] = action = menu.addAction("")
                action.triggered.connect(entry[1])
        return menu

    def retranslate(self) -> None:
        """Show words in the language of now."""
        self._combo.setAccessibleName(self.tr("Preset"))
        self._combo.setToolTip(self.tr("Preset: where the settings come from that you have not set yourself"))
        self._reset.setText(self.tr("customised"))
        self._reset.setToolTip(
            self.tr("Some settings are not as the preset has them. Take the preset's values again everywhere.")
        )
        self._reset.setAccessibleName(f"{self._reset.text()}. {self._reset.toolTip()}")
        self._more.setText(self.tr("Presets"))
        for button, text in ((self._undo, self.tr("Undo")), (self._redo, self.tr("Do it again"))):
            button.setToolTip(text)
            button.setAccessibleName(text)
        for name, text in (
            ("save", self.tr("Save the preset")),
            ("save_as", self.tr("Save as a new preset…")),
            ("rename", self.tr("Rename the preset…")),
            ("delete", self.tr("Delete the preset…")),
            ("compare", self.tr("Compare plans…")),
            ("import", self.tr("Import a plan, kohya's settings or a LoRA's…")),
            ("export", self.tr("Export the preset…")),
            ("export_kohya", self.tr("Export for kohya's trainer…")),
        ):
            self.actions_by_name[name].setText(text)
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.LanguageChange:
            self.retranslate()
        elif event.type() == QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def refresh(self) -> None:
        """Show the preset of now."""
        names = ["", *(preset.name for preset in self._presets.presets)]
        chosen = self._presets.chosen
        if chosen not in names:  # its file was removed meanwhile; the plan still has it
            names.append(chosen)
        shipped = self.tr("As usual for: {goal}").format(goal=choice_label(self._plan.state.goal))
        labels = [name or shipped for name in names]
        if labels != [self._combo.itemText(index) for index in range(self._combo.count())]:
            self._combo.clear()
            for name, label in zip(names, labels, strict=True):
                self._combo.addItem(label, name)
        self._combo.setCurrentIndex(names.index(chosen))
        customised = self._presets.customised
        self._reset.setVisible(customised)
        self._undo.setEnabled(self._plan.can_undo)
        self._redo.setEnabled(self._plan.can_redo)
        self._redo.setVisible(self._plan.can_redo)
        self.actions_by_name["save"].setEnabled(bool(chosen) and customised)
        for name in ("rename", "delete"):
            self.actions_by_name[name].setEnabled(bool(chosen))

    def _dress(self) -> None:
        self._undo.setIcon(icon("back", 16))
        self._redo.setIcon(icon("next", 16))
        self._reset.setIcon(icon("reset", 14))
        self._more.setIcon(icon("arrow_down", 14))

    def _choose(self, index: int) -> None:
        self._presets.choose(self._combo.itemData(index))

    def _reset_all(self) -> None:
        self._plan.reset_to_preset()


def _tool(name: str, slot: Callable[[], None]) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setProperty("look", "plain")
    button.setIconSize(QSize(16, 16))
    button.setMinimumSize(QSize(28, 28))
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.clicked.connect(slot)
    return button
