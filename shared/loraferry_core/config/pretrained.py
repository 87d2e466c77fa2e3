"""Which base model a LoRA is trained on."""

from typing import Literal

from loraferry_core.config.param import Config, Param

PredictionKind = Literal["epsilon", "v_prediction"]


class Pretrained(Config):
    """The frozen model under the LoRA."""

    family: str = Param("sd1", "Model family", "The architecture of the base model.", pattern=r"^[a-z0-9_]+$")
    source: str = Param(
        "toy",
        "Base model",
        "The model to teach: a name from the catalogue, a folder on the training machine, or a Hugging Face id.",
        min_length=1,
    )
    prediction: Literal["auto", "epsilon", "v_prediction"] = Param(
        "auto",
        "Prediction",
        "What the base model was trained to predict. Auto reads it from the model's own settings.",
        advanced=True,
    )
    tree: str = Param(
        "",
        "Ferried files",
        "Hash of the list of base model files that were sent from this computer.",
        hidden=True,
        pattern=r"^([0-9a-f]{64})?$",
    )
