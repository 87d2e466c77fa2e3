"""Base models on a training machine: those that are there, and orders to fetch one."""

from typing import Annotated, Literal

from pydantic import Field

from loraferry_core.bounds import Count, Identity, Shown
from loraferry_core.config.param import Config
from loraferry_core.problems import Problem

Sha256OrNone = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
ModelForm = Literal["single_file", "diffusers"]
Purpose = Literal["base", "transformers", "tagger"]
"""What a model is fetched for, which decides the files of it that are needed: to be trained on · to be loaded by
transformers · to tag pictures (an ONNX file and its list of tags)."""


class FoundModel(Config):
    """A base model that lies on the machine already. `family` is empty where its header does not tell."""

    path: Shown
    form: ModelForm
    family: Shown = ""
    title: Shown = ""
    size: Count = 0


class FetchSource(Config):
    """One place to get a model from. `hub` and `modelscope` take a repository id, `url` an address.

    `file` is one file of the repository; without it the whole folder in diffusers' form.
    """

    kind: Literal["hub", "modelscope", "url"]
    place: str = Field(min_length=1, max_length=2000)
    file: str = Field("", max_length=500)
    revision: str = Field("", max_length=200)


class FetchOrder(Config):
    """A model to be had on the machine: from the first of `sources` that gives it. Hash and size are checked where they
    are known. `secret` names the token to show, such as `huggingface` or `civitai`."""

    id: Identity
    name: str = Field(min_length=1, max_length=300)
    sources: tuple[FetchSource, ...] = Field(min_length=1, max_length=16)
    sha256: Sha256OrNone = ""
    size: Count = 0
    purpose: Purpose = "base"
    secret: str = Field("", pattern=r"^[a-z0-9_-]{0,40}$")


class FetchState(Config):
    """How far an order is, in bytes; `total` is 0 while it is not known."""

    id: Identity
    name: Shown
    state: Literal["running", "done", "failed"]
    done: Count = 0
    total: Count = 0
    problem: Problem | None = None
