"""Of a model only what training needs."""

import pytest

from loraferry_core.model_files import INDEX, needed


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([], ()),
        (["x.ckpt", "README.md"], ()),
        (["x.safetensors"], ("x.safetensors",)),
        (["a.safetensors", "b.safetensors"], ()),
        (
            ["v1-5-pruned.safetensors", "v1-5-pruned-emaonly-fp16.safetensors"],
            ("v1-5-pruned-emaonly-fp16.safetensors",),
        ),
        (["m.safetensors", "m_pruned.safetensors"], ("m_pruned.safetensors",)),
        (["sub/x.safetensors"], ()),
        (["../x.safetensors", "C:x.safetensors", "/x.safetensors"], ()),
        ([INDEX, "x.safetensors", "../unet/config.json", "unet/../../x"], (INDEX,)),
        (
            [INDEX, "unet/model.safetensors", "unet/model.fp16.safetensors", "unet/model.bin", "unet/config.json"],
            (INDEX, "unet/model.fp16.safetensors", "unet/config.json"),
        ),
        (
            [
                INDEX,
                "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
                "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
                "unet/diffusion_pytorch_model.safetensors.index.json",
                "unet/diffusion_pytorch_model.safetensors.index.fp16.json",
                "unet/diffusion_pytorch_model.non_ema.safetensors",
                "unet/sub/config.json",
                "safety_checker/model.safetensors",
                "feature_extractor/preprocessor_config.json",
            ],
            (
                INDEX,
                "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
                "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
                "unet/diffusion_pytorch_model.safetensors.index.json",
            ),
        ),
        (
            [INDEX, "tokenizer_2/merges.txt", "text_encoder_2/model.fp16-00001-of-00001.safetensors"],
            (INDEX, "text_encoder_2/model.fp16-00001-of-00001.safetensors", "tokenizer_2/merges.txt"),
        ),
    ],
)
def test_needed(names: list[str], chosen: tuple[str, ...]) -> None:
    assert needed(names) == chosen


WHOLE = ("model.safetensors", "config.json", "merges.txt", "tokenizer.json")


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([*WHOLE, "model.fp16.safetensors", "pytorch_model.bin", "README.md", "onnx/config.json"], WHOLE),
        (["config.json"], ()),
        (["model.safetensors"], ()),
        (["sub/config.json", "sub/model.safetensors"], ()),
    ],
)
def test_needed_by_transformers(names: list[str], chosen: tuple[str, ...]) -> None:
    assert needed(names, "transformers") == chosen


def test_needed_to_tag() -> None:
    assert needed(["model.onnx", "model.safetensors", "selected_tags.csv"], "tagger") == (
        "model.onnx",
        "selected_tags.csv",
    )
    assert needed(["model.onnx"], "tagger") == ()
