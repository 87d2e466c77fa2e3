"""No text that a machine sends reaches a window or a terminal with escapes in it."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import AfterValidator, BaseModel
from pydantic.fields import FieldInfo

from loraferry_core.host import GpuLoad, HostFacts
from loraferry_core.names import without_control_characters
from loraferry_core.protocol import messages as m
from loraferry_core.protocol.codec import Decoder, encode

EVIL = "\x1b[31mA10\x1b]0;owned\x07\x9b2J\u202egpj\r\x00"
UNCLEANED = {
    "Artifact.name": "refused where it is unsafe",
    "GuardSettings.currency": "what the desktop has set",
    "HostFacts.agent_id": "compared, never shown",
    "HostFacts.boot_id": "compared, never shown",
    "HostFacts.codes": "compared, never shown",
    "HostFacts.home": "a path that commands are made of; problems clean what they name",
    "HostFacts.markers": "compared, never shown",
    "HostFacts.pythons": "paths that commands are made of",
    "HostFacts.venvs": "compared, never shown",
    "Interpreter.packages": "compared, never shown",
    "Interpreter.path": "a path that commands are made of",
    "Interpreter.torch": "compared, never shown",
    "Interpreter.version": "compared, never shown",
    "JobStatus.spec_hash": "compared, never shown",
    "Problem.code": "one of those that are declared",
    "Problem.params": "only their names, which are declared",
    "StopPlan.answer": "what the desktop has set",
    "StopPlan.command": "what the desktop has set",
    "StopPlan.keeps": "what the desktop has set",
}
"""Texts from the other end that stay as they are, and why that does no harm."""


def models_in(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from models_in(part)


def reachable(*roots: Any) -> set[type[BaseModel]]:
    found: set[type[BaseModel]] = set()
    waiting = [model for root in roots for model in models_in(root)]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [inner for field in model.model_fields.values() for inner in models_in(field.annotation)]
    return found


def is_cleaned(metadata: tuple[Any, ...]) -> bool:
    cleaners = [part.func for part in metadata if isinstance(part, AfterValidator)]
    return without_control_characters in cleaners or any(getattr(part, "pattern", None) for part in metadata)


def raw_texts(kind: Any, metadata: tuple[Any, ...] = ()) -> Iterator[Any]:
    """The places in a type where any text may stand."""
    if get_origin(kind) is Annotated:
        inner, *more = get_args(kind)
        flat = [part for item in more for part in (item.metadata if isinstance(item, FieldInfo) else [item])]
        yield from raw_texts(inner, (*metadata, *flat))
    elif kind is str:
        if not is_cleaned(metadata):
            yield kind
    elif not (isinstance(kind, type) and issubclass(kind, BaseModel)) and str(get_origin(kind)) != "typing.Literal":
        for part in get_args(kind):
            yield from raw_texts(part)


def test_each_text_of_a_machine_is_cleaned_or_does_no_harm() -> None:
    raw = {
        f"{model.__name__}.{name}"
        for model in reachable(m.Answer, m.Push, HostFacts)
        for name, field in model.model_fields.items()
        if list(raw_texts(field.annotation, tuple(field.metadata)))
    }
    assert raw == UNCLEANED.keys()


def test_it_is_clean_when_it_arrives() -> None:
    gpu = GpuLoad.model_construct(name=EVIL, memory_mb=1, used_mb=1, load_percent=0, temperature_c=0)
    said = m.LogTail.model_construct(text=EVIL)
    (reply,) = Decoder().feed(encode(m.Reply.model_construct(re=1, answer=said)))
    assert isinstance(reply, m.Reply) and isinstance(reply.answer, m.LogTail)
    assert reply.answer.text == "A102Jgpj"
    assert GpuLoad.model_validate_json(gpu.model_dump_json()).name == "A102Jgpj"
