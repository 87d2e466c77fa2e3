"""Keys of every dialect lead to the same layers."""

import pytest

from loraferry_core.lora_file.keys import SD1_UNET, SDXL_UNET, kohya_key, unet_modules
from loraferry_core.lora_file.names import named

Q = "down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
TEXT = "text_model.encoder.layers.3.self_attn.out_proj"
OUT = "mid_block.attentions.0.transformer_blocks.0.attn2.to_out.0"


@pytest.mark.parametrize(
    ("key", "module", "part"),
    [
        (f"unet.{Q}.lora_A.weight", Q, "lora_down.weight"),
        (f"unet.{Q}.lora_B.weight", Q, "lora_up.weight"),
        (f"{Q}.lora.down.weight", Q, "lora_down.weight"),
        (f"base_model.model.{Q}.lora_magnitude_vector", Q, "dora_scale"),
        (f"base_model.model.{Q}.lora_magnitude_vector.weight", Q, "dora_scale"),
        (f"base_model.model.{OUT}.hada_w1_a", OUT, "hada_w1_a"),
        (f"base_model.model.unet.{OUT}.lokr_w2", OUT, "lokr_w2"),
        (f"unet.{Q}.alpha", Q, "alpha"),
        (f"unet.{Q.replace('.to_q', '.processor.to_q')}_lora.down.weight", Q, "lora_down.weight"),
        (f"{OUT.removesuffix('.0').replace('.to_out', '.processor.to_out')}_lora.up.weight", OUT, "lora_up.weight"),
        ("lora_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.lora_up.weight", Q, "lora_up.weight"),
        (kohya_key(Q) + ".alpha", Q, "alpha"),
        (f"lora_te_{TEXT.replace('.', '_')}.alpha", f"text_encoder.{TEXT}", "alpha"),
        (f"lora_te1_{TEXT.replace('.', '_')}.lora_up.weight", f"text_encoder.{TEXT}", "lora_up.weight"),
        (f"lora_te2_{TEXT.replace('.', '_')}.dora_scale", f"text_encoder_2.{TEXT}", "dora_scale"),
        (f"text_encoder.{TEXT}.lora_A.weight", f"text_encoder.{TEXT}", "lora_down.weight"),
        (f"text_encoder_2.{TEXT}.lora_magnitude_vector.weight", f"text_encoder_2.{TEXT}", "dora_scale"),
        (f"text_encoder.{TEXT.removeprefix('text_model.')}.lora_B.weight", f"text_encoder.{TEXT}", "lora_up.weight"),
        (
            f"text_encoder.{TEXT.replace('out_proj', 'to_out')}_lora.down.weight",
            f"text_encoder.{TEXT}",
            "lora_down.weight",
        ),
        (
            "text_encoder.text_model.encoder.layers.3.mlp.fc1.lora_linear_layer.up.weight",
            "text_encoder.text_model.encoder.layers.3.mlp.fc1",
            "lora_up.weight",
        ),
    ],
)
def test_a_key(key, module, part):
    assert named([key]).places == {key: (module, part)}
    assert named([key]).parts == {module: {part: key}}


@pytest.mark.parametrize(
    "key",
    [
        "", "lora_unet_nothing.alpha", kohya_key(Q), "unet.nothing.lora_A.weight", f"unet.{Q}.weight",
        "lora_te_text_model_encoder_layers_0_mlp_fc9.alpha", "text_encoder.text_model.encoder.layers.0.lora_A.weight",
        "lora_te_text_model_encoder_layers_32_mlp_fc1.alpha", "lora_te3_text_model_encoder_layers_0_mlp_fc1.alpha",
        "text_encoder.lora_A.weight",
    ],
)  # fmt: skip
def test_a_key_of_something_else(key):
    assert named([key]).unknown == (key,)


@pytest.mark.parametrize(("shape", "naming"), [(SD1_UNET, "diffusers"), (SDXL_UNET, "ldm"), (SDXL_UNET, "diffusers")])
def test_every_layer_comes_back(shape, naming):
    modules = unet_modules(shape)
    keys = [f"{kohya_key(module, naming)}.alpha" for module in modules]
    assert [module for module, _ in named(keys).places.values()] == list(modules)
