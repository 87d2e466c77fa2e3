"""Every action of the window by name: what it is called, where it belongs, which keys it has at first.

A page need not be built for its actions to be found. To add one: a line here, and what it does in the page's
`commands()`.
"""

from dataclasses import dataclass

from loraferry.texts.languages import LANGUAGES
from loraferry.texts.translation import lookup
from loraferry.views.dataset.parts import DIALOGS, MODES, PANELS
from loraferry.views.pages import PAGES


@dataclass(frozen=True)
class Command:
    """One action. `keys` are key sequences in Qt's portable form; any of them starts it."""

    id: str
    title: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    page: str = ""
    """Id of the page it belongs to; empty: the window."""
    context: str = "Command"
    """Of the catalogue of translations; empty where the title is the same in every language."""
    form: str = ""
    """A sentence around the title, with `{title}` in it."""
    together: str = ""
    """In the list of shortcuts, what all actions with the same words here are called together."""

    def label(self) -> str:
        """What it is called in the language of now."""
        title = lookup(self.context, self.title) if self.context else self.title
        return lookup("Command", self.form).format(title=title) if self.form else title

    def joint_label(self) -> str:
        """What it is called in the list of shortcuts."""
        return lookup("Command", self.together) if self.together else self.label()


@dataclass(frozen=True)
class FixedKeys:
    """Keys that are the same everywhere and cannot be changed, for the list of shortcuts."""

    title: str
    keys: tuple[str, ...]
    page: str = ""

    def label(self) -> str:
        """What they do, in the language of now."""
        return lookup("Command", self.title)


_WINDOW = (
    Command("window.palette", "Find an action", ("Ctrl+K",), "search"),
    Command("window.shortcuts", "Show the shortcuts", ("?",), "info"),
    Command("window.rebind", "Change the shortcuts…", (), "reset"),
    *(
        Command(f"window.page.{page.id}", f"Go to {page.title}", (f"Ctrl+{number}",), page.icon)
        for number, page in enumerate(PAGES, start=1)
    ),
    Command("window.theme.system", "Appearance like the system", (), "sun"),
    Command("window.theme.light", "Light appearance", (), "sun"),
    Command("window.theme.dark", "Dark appearance", (), "moon"),
    *(Command(f"window.language.{code}", name, (), "language", context="") for code, name in LANGUAGES.items()),
    Command("window.quit", "Quit", ("Ctrl+Q",), "close"),
)

_DATASET = (
    Command("dataset.open", "Open a folder…", ("Ctrl+O",), "folder", "dataset"),
    Command("dataset.sample", "Open the sample pictures", (), "dataset", "dataset"),
    Command("dataset.paste", "Paste a picture or a path", ("Ctrl+V",), "copy", "dataset"),
    Command("dataset.refresh", "Look at the folder again", ("F5",), "refresh", "dataset"),
    Command("dataset.undo", "Undo", ("Ctrl+Z",), "reset", "dataset"),
    Command("dataset.redo", "Do it again", ("Ctrl+Shift+Z", "Ctrl+Y"), "reset", "dataset"),
    Command("dataset.previous", "Previous picture", ("Ctrl+Up",), "up", "dataset"),
    Command("dataset.next", "Next picture", ("Ctrl+Down",), "down", "dataset"),
    Command("dataset.keep", "Keep", ("K",), "check", "dataset"),
    Command("dataset.reject", "Reject", ("X", "Del", "Backspace"), "close", "dataset"),
    Command("dataset.unsure", "Unsure", ("U",), "info", "dataset"),
    *(
        Command(f"dataset.stars.{count}", title, (str(count),), "", "dataset", together="Stars, 0 to 5")
        for count, title in enumerate(("No stars", "1 star", "2 stars", "3 stars", "4 stars", "5 stars"))
    ),
    Command("dataset.grid", "Show the grid", (), "dataset", "dataset"),
    *(
        Command(f"dataset.{kind}.{part.id}", part.title, (), part.icon, "dataset", "DatasetPart", form)
        for kind, parts, form in (
            ("mode", MODES, "View: {title}"),
            ("panel", PANELS, "Panel: {title}"),
            ("dialog", DIALOGS, "{title}…"),
        )
        for part in parts.values()
    ),
)

_OTHERS = (
    Command("plan.train", "Train", ("Ctrl+Return",), "train", "plan"),
    Command("plan.simple", "Simple plan", (), "plan", "plan"),
    Command("plan.expert", "Expert plan", (), "plan", "plan"),
    Command("plan.undo", "Undo", ("Ctrl+Z",), "reset", "plan"),
    Command("plan.redo", "Do it again", ("Ctrl+Shift+Z", "Ctrl+Y"), "reset", "plan"),
    Command("plan.save", "Save the preset", ("Ctrl+S",), "save", "plan"),
    Command("plan.import", "Import a plan…", ("Ctrl+O",), "folder", "plan"),
    Command("plan.export", "Export the preset…", (), "save", "plan"),
    Command("plan.export_kohya", "Export for kohya's trainer…", (), "save", "plan"),
    Command("plan.compare", "Compare plans…", (), "compare", "plan"),
    Command("models.refresh", "Look for models again", ("F5",), "refresh", "models"),
    Command("models.folder", "Open the folder of models", (), "folder", "models"),
    Command("hosts.add", "Add a machine", ("Ctrl+N",), "add", "hosts"),
)

COMMANDS: tuple[Command, ...] = (*_WINDOW, *_DATASET, *_OTHERS)

FIXED: tuple[FixedKeys, ...] = (
    FixedKeys("Go through the pictures", ("Left", "Right", "Up", "Down"), "dataset"),
    FixedKeys("Select all", ("Ctrl+A",), "dataset"),
    FixedKeys("Select from here to there", ("Shift+Right",), "dataset"),
    FixedKeys("Look at the picture alone", ("Return",), "dataset"),
    FixedKeys("Back to the grid", ("Esc",), "dataset"),
    FixedKeys("Write the caption", ("F2",), "dataset"),
    FixedKeys("Compare the chosen ones", ("C",), "dataset"),
    FixedKeys("Larger and smaller", ("+", "-"), "dataset"),
    FixedKeys("Captions under the pictures", ("T",), "dataset"),
    FixedKeys("Crop: move it, by one pixel or ten", ("Left", "Alt+Left"), "dataset"),
    FixedKeys("Crop: resize it", ("Shift+Right", "Alt+Shift+Right"), "dataset"),
    FixedKeys("Crop: add, duplicate", ("N", "Ctrl+D"), "dataset"),
    FixedKeys("Crop: the one before, the next one", (",", "."), "dataset"),
    FixedKeys("Crop: turn the picture, exchange left and right", ("[", "]", "F"), "dataset"),
    FixedKeys("Mask: brush, fill, rectangle", ("B", "G", "R"), "dataset"),
    FixedKeys("Mask: learn or leave out, invert", ("E", "I"), "dataset"),
    FixedKeys("Mask: smaller and larger brush", ("[", "]"), "dataset"),
)


def titles() -> list[str]:
    """The titles to translate in the context "Command"."""
    own = [command.title for command in COMMANDS if command.context == "Command"]
    around = [text for command in COMMANDS for text in (command.form, command.together) if text]
    return list(dict.fromkeys((*own, *around, *(keys.title for keys in FIXED))))
