"""The adapters beside a layer: what they calculate, how exact, where they stand, and that a cut run goes on exactly."""

import hashlib
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import LoHaConfig, LoKrConfig, LoraConfig
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from loraferry_agent.engine.adapter import attach
from loraferry_core.config import TrainConfig
from loraferry_core.config.network import LohaNetwork, LokrNetwork, LoraNetwork, Network
from loraferry_core.events import Failed, Finished, Stopped
from loraferry_core.families import SD1
from loraferry_core.lora_file.check import UNTAUGHT, check_lora
from loraferry_core.lora_file.export import Form, export
from loraferry_core.lora_file.header import read_header
from loraferry_core.lora_file.metadata import PARENT_KEY, tensor_hash
from loraferry_core.problems import ProblemError
from tests.fakes import tiny_base
from tests.fakes.job_folder import Machine, events
from tests.unit.agent.engine.conftest import Trainer, changed

Q, CONV, SHORT = "attn.to_q", "down.conv1", "down.conv_shortcut"


class Layers:
    """A denoiser of three layers: linear, convolution of 3 and of 1."""

    modules = (Q, CONV, SHORT)

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        torch.manual_seed(0)
        self.model = nn.Module()
        self.model.attn, self.model.down = nn.Module(), nn.Module()
        self.model.attn.to_q = nn.Linear(12, 8)
        self.model.down.conv1 = nn.Conv2d(6, 8, 3, padding=1, stride=2)
        self.model.down.conv_shortcut = nn.Conv2d(6, 8, 1, bias=False)
        self.model.to(dtype).requires_grad_(False)


INPUTS = {Q: (2, 5, 12), CONV: (2, 6, 7, 7), SHORT: (2, 6, 5, 5)}
TARGETS = ("attention", "convolution")
KINDS: dict[str, Network] = {
    "lora": LoraNetwork(rank=3, alpha=2, conv_rank=2, conv_alpha=3, targets=TARGETS),
    "dora": LoraNetwork(rank=3, alpha=2, conv_rank=2, conv_alpha=3, targets=TARGETS, dora=True),
    "loha": LohaNetwork(rank=3, alpha=2, conv_rank=2, conv_alpha=3, targets=TARGETS),
    "lokr": LokrNetwork(rank=1, alpha=2, conv_rank=1, conv_alpha=3, targets=TARGETS),
    "lokr whole": LokrNetwork(rank=8, alpha=2, conv_rank=8, conv_alpha=3, targets=TARGETS),
}
CONFIGS: dict[str, Any] = {"lora": LoraConfig, "dora": LoraConfig, "loha": LoHaConfig, "lokr": LoKrConfig}


def attached(kind: str, dtype: torch.dtype = torch.float32) -> tuple[Layers, Any]:
    layers = Layers(dtype)
    return layers, attach(layers, KINDS[kind], SD1, seed=0)  # type: ignore[arg-type]


def moved(adapter: Any) -> None:
    """Give every factor some size, as after training."""
    generator = torch.Generator().manual_seed(1)
    for parameter in adapter.parameters:
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator)


def answer(layer: Any, forward: Any, module: str, dtype: torch.dtype) -> tuple[Tensor, dict[str, Tensor]]:
    """The output, and the gradients of the factors for a loss that weighs each output."""
    generator = torch.Generator().manual_seed(2)
    x = torch.randn(INPUTS[module], generator=generator).to(dtype)
    layer.zero_grad()
    y = forward(x)
    (y.float() * torch.randn(y.shape, generator=generator)).sum().backward()
    return y.detach().float(), {name: p.grad.clone() for name, p in layer.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", INPUTS)
def test_it_calculates_what_peft_does(kind: str, module: str, dtype: torch.dtype) -> None:
    layers, adapter = attached(kind, dtype)
    moved(adapter)
    layer: Any = layers.model.get_submodule(module)
    assert "forward" in layer.__dict__
    mine, gradients = answer(layer, layer.forward, module, dtype)
    theirs, expected = answer(layer, lambda x: type(layer).forward(layer, x), module, dtype)
    tolerance = 1e-5 if dtype is torch.float32 else 0.03
    assert (mine - theirs).norm() <= tolerance * theirs.norm()
    assert gradients.keys() == expected.keys() and len(gradients) >= 2
    for name, gradient in gradients.items():
        assert gradient.dtype is torch.float32
        assert (gradient - expected[name]).norm() <= tolerance * expected[name].norm(), name


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["fp32", "bf16"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_fresh_one_changes_nothing_and_is_kept_in_single_precision(kind: str, dtype: torch.dtype) -> None:
    plain = Layers(dtype)
    layers, adapter = attached(kind, dtype)
    assert all(parameter.dtype is torch.float32 for parameter in adapter.parameters)
    assert not adapter.learned
    for module, shape in INPUTS.items():
        x = torch.randn(shape).to(dtype)
        torch.testing.assert_close(layers.model.get_submodule(module)(x), plain.model.get_submodule(module)(x))
    moved(adapter)
    assert adapter.learned


def test_rules_give_layers_their_own_rank_and_alpha() -> None:
    layers = Layers()
    network = LoraNetwork(
        rank=4, alpha=2, conv_rank=2, conv_alpha=1, targets=TARGETS, rules=("*conv1=5:10", "attn.*=6")
    )
    adapter = attach(layers, network, SD1, seed=0)  # type: ignore[arg-type]
    state = adapter.state()
    ranks = {module: state[f"{module}.lora_down.weight"].shape[0] for module in adapter.parts}
    assert ranks == {Q: 6, CONV: 5, SHORT: 4}
    assert adapter.alphas == {Q: 3.0, CONV: 10.0, SHORT: 2.0}
    scales = {module: layers.model.get_submodule(module).strength for module in adapter.parts}  # type: ignore[union-attr]
    assert scales == {Q: 0.5, CONV: 2.0, SHORT: 0.5}


def test_rules_that_leave_nothing_are_a_problem() -> None:
    with pytest.raises(ProblemError) as caught:
        attach(Layers(), LoraNetwork(rules=("*=0",)), SD1, seed=0)  # type: ignore[arg-type]
    assert caught.value.problem.code == "no_layers"


def test_a_lokr_of_whole_matrices_acts_with_strength_one() -> None:
    layers, adapter = attached("lokr whole")
    assert set(adapter.parts[Q]) == {"lokr_w1", "lokr_w2"}
    assert adapter.alphas[Q] == 8.0
    moved(adapter)
    state = adapter.state()
    delta = torch.kron(state[f"{Q}.lokr_w1"], state[f"{Q}.lokr_w2"])
    x = torch.randn(2, 5, 12)
    layer: Any = layers.model.get_submodule(Q)
    torch.testing.assert_close(layer(x), layer.base_layer(x) + x @ delta.T)


def test_dora_measures_the_weight_in_single_precision() -> None:
    layers, adapter = attached("dora", torch.bfloat16)
    weight = layers.model.get_submodule(Q).base_layer.weight  # type: ignore[union-attr]
    torch.testing.assert_close(adapter.state()[f"{Q}.dora_scale"], weight.float().norm(dim=1), rtol=1e-6, atol=0)


def test_half_precision_cannot_hide_a_small_change_of_size() -> None:
    layers, _ = attached("dora", torch.bfloat16)
    layer: Any = layers.model.get_submodule(Q)
    layer.base_layer.bias.data.zero_()
    x = 0.01 * torch.ones(1, 12, dtype=torch.bfloat16)
    exact = layer.base_layer.weight.float().sum(1) * 0.01
    layer.magnitude.data *= 1.02
    bigger = layer(x)[0].float()
    torch.testing.assert_close(bigger, 1.02 * exact, rtol=0.01, atol=1e-4)


NETWORKS: dict[str, Network] = {
    "lora": LoraNetwork(rank=2, alpha=2, targets=TARGETS),
    "dora": LoraNetwork(rank=2, alpha=2, dora=True, targets=TARGETS),
    "loha": LohaNetwork(rank=2, alpha=2, targets=TARGETS),
    "lokr": LokrNetwork(rank=1, alpha=2, targets=TARGETS),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_cut_run_of_each_kind_ends_as_the_whole_one(trained: Trainer, plan: TrainConfig, kind: str) -> None:
    config = changed(
        plan, network=NETWORKS[kind], loop__steps=4, sampling__every=0, saving__every=2, optimizer__lr=0.05
    )
    _, whole = trained(config)
    code, cut = trained(config, stop_after=2)
    assert code == 0 and isinstance(events(cut)[-1], Stopped)
    code, _ = trained(config, folder=cut, attempt=2)
    assert code == 0 and isinstance(events(cut)[-1], Finished)
    paths = [folder.output / "zorb.safetensors" for folder in (whole, cut)]
    assert len({tensor_hash(path, read_header(path)) for path in paths}) == 1
    assert check_lora(paths[0]) == []


def test_queries_over_a_single_token_are_not_missed(trained: Trainer, plan: TrainConfig, tmp_path: Path) -> None:
    deep = tiny_base.make(tmp_path / "deep", levels=4)
    config = changed(plan, base__source=str(deep), sampling__every=0, saving__every=0)
    code, folder = trained(config)
    assert code == 0
    path = folder.output / "zorb.safetensors"
    untaught = read_header(path).metadata[UNTAUGHT].split(",")
    assert {name.partition("_transformer")[0] for name in untaught} == {"lora_unet_mid_block_attentions_0"}
    assert len(untaught) == 2
    assert check_lora(path) == []


def test_a_layer_that_learns_nothing_for_another_reason_is_missed(
    trained: Trainer, plan: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    from loraferry_agent.engine import lean

    plain = lean._linear

    def broken(self: Any, x: Tensor) -> Tensor:
        return self.get_base_layer()(x) if self.get_base_layer().weight.shape[1] == 16 else plain(self, x)

    monkeypatch.setattr(lean, "_linear", broken)
    code, folder = trained(changed(plan, sampling__every=0, saving__every=0))
    last = events(folder)[-1]
    assert code == 1 and isinstance(last, Failed) and last.problem.code == "lora_zero"


@pytest.fixture(scope="module")
def parent(trained: Trainer, plan: TrainConfig) -> Path:
    """A finished LoRA."""
    _, folder = trained(changed(plan, sampling__every=0, saving__every=0, saving__name="parent"))
    return folder.output / "parent.safetensors"


def test_a_run_begins_with_another_lora_and_remembers_it(
    trained: Trainer, plan: TrainConfig, parent: Path, tmp_path: Path
) -> None:
    # A rate at which nothing moves shows what it began with; another alpha acts alike.
    still = {"optimizer__lr": 1e-12, "sampling__every": 0, "saving__every": 2, "network__alpha": 1.0}
    config = changed(plan, network__parent=str(parent), **still)
    code, folder = trained(config, stop_after=2)
    assert code == 0
    moved = parent.rename(tmp_path / "elsewhere")  # the checkpoint knows all that is needed
    try:
        code, _ = trained(config, folder=folder, attempt=2)
    finally:
        moved.rename(parent)
    assert code == 0 and isinstance(events(folder)[-1], Finished)
    path = folder.output / "zorb.safetensors"
    before, after = load_file(parent), load_file(path)
    assert before.keys() == after.keys()
    for key, tensor in before.items():
        expected = {"lora_up.weight": 2.0, "alpha": 0.5}.get(key.partition(".")[2], 1.0) * tensor
        torch.testing.assert_close(after[key], expected, rtol=1e-4, atol=1e-6)
    header = read_header(path)
    assert header.metadata[PARENT_KEY] == read_header(parent).metadata["sshs_model_hash"]


@pytest.mark.parametrize("form", ["diffusers", "peft"])
def test_it_may_be_in_the_form_of_peft_and_ferried(
    trained: Trainer, plan: TrainConfig, parent: Path, machine: Machine, form: Form
) -> None:
    tree = hashlib.sha256(form.encode()).hexdigest()
    export(parent, machine.layout.trees / tree, form)
    still = changed(plan, optimizer__lr=1e-12, sampling__every=0, saving__every=0)
    code, folder = trained(changed(still, network__parent="mine.safetensors", network__parent_tree=tree))
    assert code == 0
    before, after = load_file(parent), load_file(folder.output / "zorb.safetensors")
    for key, tensor in before.items():
        torch.testing.assert_close(after[key], tensor, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("setting", "value", "code"),
    [
        ("network__rank", 3, "parent_other_rank"),
        ("network__dora", True, "parent_other_kind"),
        ("network", LohaNetwork(rank=2), "parent_other_kind"),
        ("network__targets", ("attention",), "parent_more_layers"),
        ("base__family", "sdxl", "parent_other_family"),
        ("network__parent", "/none", "parent_not_found"),
    ],
)
def test_one_that_does_not_fit_is_refused_first(
    trained: Trainer, plan: TrainConfig, parent: Path, setting: str, value: Any, code: str
) -> None:
    config = changed(plan, **{setting: value})
    if setting != "network__parent":
        config = changed(config, network__parent=str(parent))
    status, folder = trained(config)
    last = events(folder)[-1]
    assert status == 1 and isinstance(last, Failed) and last.problem.code == code
    assert len(events(folder)) == 1


def test_one_of_other_sizes_is_refused(trained: Trainer, plan: TrainConfig, parent: Path, tmp_path: Path) -> None:
    tensors = load_file(parent)
    key = next(key for key in tensors if key.endswith("to_q.lora_down.weight"))
    save_file({**tensors, key: torch.zeros(2, 5)}, tmp_path / "other.safetensors")
    status, folder = trained(changed(plan, network__parent=str(tmp_path / "other.safetensors")))
    last = events(folder)[-1]
    assert status == 1 and isinstance(last, Failed) and last.problem.code == "parent_other_shape"
