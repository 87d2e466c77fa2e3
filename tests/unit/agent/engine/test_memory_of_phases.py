"""No phase holds a model that it does not use, and the peak of each is told."""

import gc
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch

from loraferry_agent.engine import peak
from loraferry_agent.engine.peak import Peak
from loraferry_agent.families import FAMILIES
from loraferry_core.config import TrainConfig
from loraferry_core.events import PhaseChanged, PhaseEnded
from tests.fakes import tiny_base
from tests.fakes.job_folder import events
from tests.unit.agent.engine.conftest import Trainer, changed


@pytest.mark.parametrize("family", ["sd1", "sdxl"])
def test_encoders_are_gone_when_the_next_model_is_loaded(
    trained: Trainer, plan: TrainConfig, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, family: str
) -> None:
    """Without the collector's help: on a card the memory would be held until it happens to run."""
    source = tiny_base.make(tmp_path / "base", family, levels=2, seed=7)
    kind = type(FAMILIES[family])
    living: dict[str, list[weakref.ref[Any]]] = {"load_text": [], "load_image": [], "load_denoiser": []}
    alone: list[tuple[str, int]] = []

    for name in living:
        real = getattr(kind, name)

        def load(*arguments: Any, name: str = name, real: Any = real) -> Any:
            others = [ref for other, refs in living.items() if other != name for ref in refs]
            alone.append((name, sum(ref() is not None for ref in others)))
            loaded = real(*arguments)
            found = {id(value): value for value in _inside(loaded) if isinstance(value, torch.nn.Module)}.values()
            assert found
            living[name] += [weakref.ref(module) for module in found]
            return loaded

        monkeypatch.setattr(kind, name, load)
    gc.collect()
    gc.disable()
    try:
        code, _ = trained(changed(plan, base__source=str(source), base__family=family))
    finally:
        gc.enable()
    assert code == 0
    # The autoencoder comes once more for the test pictures, while the denoiser is there.
    assert alone[:3] == [("load_text", 0), ("load_image", 0), ("load_denoiser", 0)]
    assert [name for name, _ in alone[3:]] == ["load_image"] * 2
    assert all(ref() is None for ref in living["load_text"] + living["load_image"])


def _inside(loaded: Any, depth: int = 3) -> list[Any]:
    """What an object holds, and what that holds."""
    held = list(loaded.values()) if isinstance(loaded, dict) else list(getattr(loaded, "__dict__", {}).values())
    return held + [inner for value in held if depth for inner in _inside(value, depth - 1)]


def test_the_peak_of_each_phase_is_told(trained: Trainer, plan: TrainConfig) -> None:
    _, folder = trained(plan)
    told = [e for e in events(folder) if isinstance(e, PhaseChanged | PhaseEnded)]
    open_phase = None
    for event in told:
        if isinstance(event, PhaseEnded):
            assert event.phase == open_phase
            assert event.peak_mb is None or event.peak_mb > 50
            open_phase = None
        else:
            assert open_phase in (None, event.phase)
            open_phase = event.phase
    assert open_phase is None
    if Path("/proc/self/clear_refs").exists():
        assert any(e.peak_mb for e in told if isinstance(e, PhaseEnded))


def test_a_peak_is_counted_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status, restart = tmp_path / "status", tmp_path / "clear_refs"
    monkeypatch.setattr(peak, "_STATUS", status)
    monkeypatch.setattr(peak, "_RESTART", restart)
    monkeypatch.setattr(peak, "on_card", lambda: False)
    assert Peak().take() is None
    status.write_text("Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t 1024 kB\n", encoding="ascii")
    counting = Peak()
    assert (counting.take(), restart.read_text(encoding="ascii")) == (2.0, "5")


def test_where_it_is_not_counted_anew_only_a_new_high_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    status = tmp_path / "status"
    monkeypatch.setattr(peak, "_STATUS", status)
    monkeypatch.setattr(peak, "_RESTART", tmp_path / "missing" / "clear_refs")
    monkeypatch.setattr(peak, "on_card", lambda: False)
    status.write_text("VmHWM:\t2048 kB\n", encoding="ascii")
    counting = Peak()
    assert counting.take() is None
    status.write_text("VmHWM:\t3072 kB\n", encoding="ascii")
    assert [counting.take(), counting.take()] == [3.0, None]
