"""When checkpoints are made and what the finished file looks like."""

from typing import Literal

from pydantic import field_validator

from loraferry_core.config.param import Config, Param
from loraferry_core.names import is_safe_relative


class Saving(Config):
    """Checkpoints on the way and the file at the end."""

    name: str = Param(
        "",
        "Name",
        "Name of the finished LoRA file. Empty takes the trigger word or the name of the folder.",
        max_length=80,
        pattern=r"^[^/\\\x00-\x1f<>:\"|?*]*$",
    )
    every: int = Param(
        250,
        "Checkpoint every",
        "Steps between checkpoints. 0 makes one only when the run stops.",
        unit="steps",
        ge=0,
        le=1_000_000,
    )
    keep: int = Param(3, "Keep", "How many of the newest checkpoints are kept.", ge=1, le=1000, advanced=True)
    dtype: Literal["fp16", "bf16", "fp32"] = Param(
        "fp16", "File precision", "Number format in the finished file. fp16 is read everywhere.", advanced=True
    )
    private: bool = Param(
        False, "Leave tags out", "Write no captions, tags or folder names into the finished file.", advanced=True
    )

    @field_validator("name")
    @classmethod
    def _is_a_file_name(cls, name: str) -> str:
        if not is_safe_relative(f"{name}.safetensors"):
            raise ValueError("this cannot be the name of a file")
        return name
