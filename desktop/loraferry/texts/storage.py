"""Words for what is kept on a machine's disks."""

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from loraferry.texts.quantities import bytes_text
from loraferry_core.storage import StorageItem, StorageKind


def kind_text(kind: StorageKind) -> str:
    """What an item is."""
    translate = QCoreApplication.translate
    texts: dict[StorageKind, str] = {
        "checkpoints": translate("Storage", "Checkpoints"),
        "job": translate("Storage", "Run: log, test pictures, results"),
        "pictures": translate("Storage", "Pictures"),
        "tree": translate("Storage", "Base model from this computer"),
        "model": translate("Storage", "Base model"),
        "cache": translate("Storage", "Cache"),
        "token": translate("Storage", "Token"),
        "leftovers": translate("Storage", "Left by interrupted transfers"),
    }
    return texts[kind]


def summary_lines(items: Iterable[StorageItem]) -> list[str]:
    """A line a kind: what, and how much."""
    sizes: dict[StorageKind, int] = {}
    for item in items:
        sizes[item.key.kind] = sizes.get(item.key.kind, 0) + item.bytes
    text = QCoreApplication.translate("Storage", "{what} ({size})")
    return [text.format(what=kind_text(kind), size=bytes_text(size)) for kind, size in sizes.items()]
