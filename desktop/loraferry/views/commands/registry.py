"""The actions of the running window: one QAction each, bound to what it does once its page is there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, runtime_checkable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from loraferry.viewmodels.settings import SettingsViewModel
from loraferry.views.commands.catalogue import Command
from loraferry.views.commands.shortcuts import Keys, keys_now, rebound

RECENT = 6
"""Actions that the palette shows first, as they were used last."""


@dataclass(frozen=True)
class Binding:
    """What an action does. Its keys work while `owner` has the focus; without one, wherever its page is shown."""

    slot: Callable[[], Any]
    owner: QWidget | None = None
    enabled: Callable[[], bool] | None = None
    """Whether it can be done now; asked when it is, and when it is offered."""


@runtime_checkable
class HasCommands(Protocol):
    """A page that has actions."""

    def commands(self) -> Mapping[str, Binding]:
        """What its actions do, by their ids."""
        ...


class Commands(QObject):
    """Keeps keys and words of all actions, and does them. Pages bind theirs when they are built."""

    changed = Signal()
    """Keys or words are others."""

    def __init__(
        self,
        window: QWidget,
        commands: Sequence[Command],
        settings: SettingsViewModel,
        open_page: Callable[[str], Any] = lambda page: None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._settings = settings
        self._open_page = open_page
        self._bindings: dict[str, Binding] = {}
        self._built: set[str] = set()
        self._actions: dict[str, QAction] = {}
        self._commands = {command.id: command for command in commands}
        self.all = tuple(commands)
        self.recent: list[str] = []
        for command in commands:
            action = QAction(self)
            action.setObjectName(command.id)
            action.triggered.connect(partial(self.run, command.id))
            self._actions[command.id] = action
        self._take_keys()
        self.retranslate()

    def command(self, id: str) -> Command:
        """An action's declaration. Raises KeyError."""
        return self._commands[id]

    def action(self, id: str) -> QAction:
        """An action for a menu or a button. Raises KeyError."""
        return self._actions[id]

    def bind_page(self, id: str, page: QWidget) -> None:
        """A page has been built: what its `commands()` says, its actions do."""
        self._built.add(id)
        if isinstance(page, HasCommands):
            self.bind(page.commands(), page)

    def bind(self, bindings: Mapping[str, Binding], page: QWidget | None = None) -> None:
        """Say what actions do; `page` is the page they are of, nothing for the window. Raises KeyError."""
        for name, binding in bindings.items():
            action = self._actions[name]
            owner = binding.owner or page or self._window
            inside = Qt.ShortcutContext.WidgetWithChildrenShortcut
            # Of the window, but Qt asks that the widget be visible: so it is the page that is open whose keys work.
            action.setShortcutContext(inside if binding.owner is not None else Qt.ShortcutContext.WindowShortcut)
            owner.addAction(action)
            self._bindings[name] = binding

    def is_enabled(self, id: str) -> bool:
        """Whether an action can be done now. Of a page that was not opened yet it is found out when it is."""
        binding = self._bindings.get(id)
        if binding is None:
            return bool(self.command(id).page) and self.command(id).page not in self._built
        return binding.enabled is None or binding.enabled()

    def run(self, id: str, checked: bool = False) -> None:
        """Do an action; its page is opened first."""
        page = self.command(id).page
        if page:
            self._open_page(page)
        binding = self._bindings.get(id)
        if binding is None or not self.is_enabled(id):
            return
        if id in self.recent:
            self.recent.remove(id)
        self.recent.insert(0, id)
        del self.recent[RECENT:]
        binding.slot()

    # --- keys

    def keys(self, id: str) -> Keys:
        """The keys of an action, in Qt's portable form."""
        return tuple(keys.toString(QKeySequence.SequenceFormat.PortableText) for keys in self._actions[id].shortcuts())

    @property
    def chosen(self) -> dict[str, Keys]:
        """What a person chose, by action."""
        chosen = self._settings.value.shortcuts
        return {name: tuple(keys) for name, keys in chosen.items() if name in self._actions}

    def rebind(self, id: str, keys: Keys) -> None:
        """Give an action other keys; who had them loses them. Kept in the settings."""
        self._keep(rebound(self.all, self.chosen, id, keys))

    def reset(self, id: str = "") -> None:
        """The keys of the beginning, for one action or for all."""
        if not id:
            self._keep({})
        else:
            self._keep(rebound(self.all, self.chosen, id, self.command(id).keys))

    def _keep(self, chosen: dict[str, Keys]) -> None:
        self._settings.update(shortcuts=chosen)
        self._take_keys()
        self.changed.emit()

    def _take_keys(self) -> None:
        for name, keys in keys_now(self.all, self.chosen).items():
            self._actions[name].setShortcuts([QKeySequence(key) for key in keys])

    # --- words

    def retranslate(self) -> None:
        """Words in the language of now."""
        for command in self.all:
            self._actions[command.id].setText(command.label())
        self.changed.emit()


def native(keys: str) -> str:
    """A key sequence as this system writes it: ⌘Z, or Ctrl+Z."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
