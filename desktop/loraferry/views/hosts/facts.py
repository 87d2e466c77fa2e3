"""What a machine has, as rows of words."""

from PySide6.QtCore import QCoreApplication

from loraferry.texts.machines import disk_text
from loraferry.texts.quantities import bytes_text
from loraferry_core.host import Disk, Gpu, HostFacts

MOST_DISKS = 3


def fact_rows(facts: HostFacts, *, live: bool = False) -> list[tuple[str, str]]:
    """Pairs of label and value in the language of now: graphics first, because that is what is rented.

    `live`: cards and disks are left out, because they are shown as they are at this moment.
    """
    translate = QCoreApplication.translate
    rows = []
    if not live or not facts.gpus:
        rows.append((translate("HostFacts", "Graphics card"), _cards(facts.gpus)))
    if facts.gpus and not live:
        rows.append((translate("HostFacts", "Graphics memory"), _graphics_memory(facts.gpus)))
    if facts.gpus:
        rows.append((translate("HostFacts", "Driver"), facts.gpus[0].driver))
    rows.append((translate("HostFacts", "Processors"), _processors(facts)))
    rows.append((translate("HostFacts", "Main memory"), bytes_text(_memory_mb(facts) * 1e6)))
    if not live:
        name = translate("HostFacts", "Disk {path}")
        rows += [(name.format(path=disk.path), disk_text(disk)) for disk in useful_disks(facts)]
    rows.append((translate("HostFacts", "System"), f"{facts.system} {facts.machine} · {facts.hostname}"))
    return rows


def useful_disks(facts: HostFacts) -> list[Disk]:
    """The writable disks with the most room, and always the one of the root or home."""
    writable = sorted((disk for disk in facts.disks if disk.writable), key=lambda disk: -disk.free_mb)
    return writable[:MOST_DISKS]


def _cards(gpus: tuple[Gpu, ...]) -> str:
    translate = QCoreApplication.translate
    if not gpus:
        return translate("HostFacts", "None: training runs on the processor, which is slow")
    names = list(dict.fromkeys(gpu.name for gpu in gpus))
    counts = [sum(gpu.name == name for gpu in gpus) for name in names]
    return ", ".join(name if count == 1 else f"{count} × {name}" for name, count in zip(names, counts, strict=True))


def _graphics_memory(gpus: tuple[Gpu, ...]) -> str:
    text = QCoreApplication.translate("HostFacts", "{total}, {free} free")
    return text.format(
        # The driver counts in units of 2^20.
        total=bytes_text(gpus[0].memory_mb * 2**20),
        free=bytes_text(gpus[0].free_mb * 2**20),
    )


def _processors(facts: HostFacts) -> str:
    return f"{facts.cpu_limit:g}" if 0 < facts.cpu_limit < facts.cpus else str(facts.cpus)


def _memory_mb(facts: HostFacts) -> int:
    return min(facts.memory_mb, facts.memory_limit_mb) if facts.memory_limit_mb else facts.memory_mb
