"""Small models of the real architectures and formats: a tagger of the WD v3 layout, BLIP, Florence-2."""

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 448
# Scores are: share of blue, of green, of red (0 to 1), and constants.
TAGS = (
    ("general", 9, 0.70),
    ("sensitive", 9, 0.20),
    ("blue_theme", 0, None),
    ("green_theme", 0, None),
    ("red_theme", 0, None),
    ("^_^", 0, 0.90),
    ("long_hair", 0, 0.36),
    ("barely", 0, 0.01),
    ("hatsune_miku_(vocaloid)", 4, 0.86),
    ("someone", 4, 0.40),
    ("artist_x", 1, 0.95),
)
WORDS = [
    "a",
    "an",
    "the",
    "cat",
    "dog",
    "picture",
    "photo",
    "of",
    "in",
    "on",
    "red",
    "green",
    "blue",
    "small",
    "large",
    "sits",
    "stands",
    "under",
    "over",
    "table",
    "tree",
]


def write_tagger(folder: Path, side: int = SIDE, tags: int = len(TAGS)) -> Path:
    """A tagger whose scores tell how blue, green and red a picture is; of `tags` names in its list."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.zeros((3, len(TAGS)), np.float32)
    bias = np.zeros(len(TAGS), np.float32)
    colours = iter(range(3))
    for number, (_, _, score) in enumerate(TAGS):
        if score is None:
            weights[next(colours), number] = 1 / 255
        else:
            bias[number] = score
    nodes = [
        helper.make_node("ReduceMean", ["input"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "weights"], ["shares"]),
        helper.make_node("Add", ["shares", "bias"], ["output"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tagger",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, ["batch", side, side, 3])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch", len(TAGS)])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    rows = [f"{number},{name},{category},{1000 - number}" for number, (name, category, _) in enumerate(TAGS[:tags])]
    (folder / "selected_tags.csv").write_text("\n".join(["tag_id,name,category,count", *rows, ""]), encoding="utf-8")
    return folder


def write_blip(folder: Path) -> Path:
    """A BLIP with random weights and a vocabulary of some words; files as Salesforce's repositories have them."""
    import torch
    from transformers import BertTokenizer, BlipConfig, BlipForConditionalGeneration

    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[DEC]"]
    vocabulary = [*marks, *WORDS]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = BertTokenizer(vocab={word: number for number, word in enumerate(vocabulary)}, bos_token="[DEC]")
    tokenizer.save_pretrained(folder)
    small = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 37}
    config = BlipConfig(
        text_config={
            **small, "vocab_size": len(vocabulary), "encoder_hidden_size": 32, "projection_dim": 32,
            "bos_token_id": 5, "pad_token_id": 0, "eos_token_id": 3, "sep_token_id": 3, "max_position_embeddings": 64,
        },
        vision_config={**small, "image_size": 32, "patch_size": 16, "projection_dim": 32},
        projection_dim=32, image_text_hidden_size=32,
    )  # fmt: skip
    torch.manual_seed(1)
    BlipForConditionalGeneration(config).save_pretrained(folder)
    _write_json(
        folder / "preprocessor_config.json",
        {**_PIXELS, "size": {"height": 32, "width": 32}, "image_processor_type": "BlipImageProcessor"},
    )
    return folder


def write_florence(folder: Path) -> Path:
    """A Florence-2 with random weights and a vocabulary of some words; files as florence-community's repositories have
    them."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import Florence2Config, Florence2ForConditionalGeneration, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<image>", *WORDS])}
    inner = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>",
        extra_special_tokens={"image_token": "<image>"},
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    config = Florence2Config(
        text_config={
            "model_type": "bart", "vocab_size": len(vocabulary), "d_model": 32, "encoder_layers": 1,
            "decoder_layers": 1, "encoder_attention_heads": 4, "decoder_attention_heads": 4, "encoder_ffn_dim": 37,
            "decoder_ffn_dim": 37, "max_position_embeddings": 128, "bos_token_id": 0, "pad_token_id": 1,
            "eos_token_id": 2, "decoder_start_token_id": 2, "forced_eos_token_id": 2, "forced_bos_token_id": 0,
        },
        vision_config={
            "depths": (1, 1, 1, 1), "embed_dim": (16, 16, 16, 16), "num_heads": (2, 2, 2, 2), "num_groups": (2, 2, 2, 2),
            "window_size": 2, "projection_dim": 32,
        },
        image_token_id=vocabulary["<image>"],
    )  # fmt: skip
    torch.manual_seed(1)
    Florence2ForConditionalGeneration(config).save_pretrained(folder)
    _write_json(
        folder / "preprocessor_config.json",
        {
            **_PIXELS, "size": {"height": 64, "width": 64}, "image_processor_type": "CLIPImageProcessor",
            "image_seq_length": 5, "do_center_crop": False, "crop_size": {"height": 64, "width": 64},
        },
    )  # fmt: skip
    _write_json(folder / "processor_config.json", {"processor_class": "Florence2Processor"})
    return folder


_PIXELS = {
    "do_normalize": True, "do_resize": True, "do_rescale": True, "resample": 3, "rescale_factor": 1 / 255,
    "image_mean": [0.48145466, 0.4578275, 0.40821073], "image_std": [0.26862954, 0.26130258, 0.27577711],
}  # fmt: skip


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")
