"""The load of the cards."""

import sys
import time
from pathlib import Path

from loraferry_agent.jobs import cards
from loraferry_agent.jobs.cards import CardWatch, parse_loads, read_loads
from loraferry_core.host import GpuLoad

TEXT = (
    "NVIDIA GeForce RTX 4090, 24564, 1234, 97, 61\nNVIDIA H100, 81559, 3, [N/A], [N/A]\n\nrubbish\nx, [N/A], 1, 2, 3\n"
)
LOADS = (
    GpuLoad(name="NVIDIA GeForce RTX 4090", memory_mb=24564, used_mb=1234, load_percent=97, temperature_c=61),
    GpuLoad(name="NVIDIA H100", memory_mb=81559, used_mb=3, load_percent=0, temperature_c=0),
)
DEADLINE = 60.0


def smi(tmp_path: Path, text: str, code: int = 0) -> list[str]:
    script = tmp_path / "smi.py"
    script.write_text(f"import sys; sys.stdout.write({text!r}); sys.exit({code})", encoding="utf-8")
    return [sys.executable, str(script)]


def settle(watch: CardWatch, every: float = 1e9) -> None:
    give_up_at = time.monotonic() + DEADLINE
    while watch._process is not None:
        watch.look(every)
        assert time.monotonic() < give_up_at
        time.sleep(0.01)


def test_csv_of_all_kinds() -> None:
    assert parse_loads(TEXT) == LOADS
    assert parse_loads("") == ()


def test_read_now(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(cards, "smi_command", lambda: smi(tmp_path, TEXT))
    assert read_loads() == LOADS
    for broken in ([], ["no-such-program"], smi(tmp_path, TEXT, code=9)):
        monkeypatch.setattr(cards, "smi_command", lambda broken=broken: broken)
        assert read_loads() == ()


def test_watched_without_waiting(tmp_path: Path) -> None:
    now = [0.0]
    command = smi(tmp_path, TEXT)
    watch = CardWatch(lambda: command, lambda: now[0])
    watch.look(30)
    assert watch._process is not None
    settle(watch)
    assert watch.load == LOADS
    now[0] = 29.0
    watch.look(30)
    assert watch._process is None
    now[0] = 31.0
    command = smi(tmp_path, "", code=3)
    watch.look(30)
    settle(watch)
    assert watch.load == ()


def test_a_machine_without_cards(tmp_path: Path) -> None:
    for command in ([], ["no-such-program"]):
        watch = CardWatch(lambda command=command: command)  # type: ignore[misc]
        watch.look(0)
        assert watch.load == ()


def test_a_driver_that_hangs_is_given_up(tmp_path: Path) -> None:
    now = [0.0]
    watch = CardWatch(lambda: [sys.executable, "-c", "import time; time.sleep(600)"], lambda: now[0])
    watch.look(1)
    now[0] = 100.0
    settle(watch)
    assert watch.load == ()
