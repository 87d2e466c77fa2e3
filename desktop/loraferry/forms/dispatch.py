"""Which editor an annotation gets: the only place that looks at types."""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from loraferry.forms.editors import (
    ChecksEditor,
    ChoiceEditor,
    Editor,
    LinesEditor,
    SwitchEditor,
    TextEditor,
    number_editor,
)
from loraferry_core.config import Config, ParamInfo


def is_group(annotation: Any) -> bool:
    """Whether a parameter is a config of its own."""
    return isinstance(annotation, type) and issubclass(annotation, Config)


def union_kinds(annotation: Any) -> dict[str, type[Config]]:
    """Kind to config class of a discriminated union; empty for anything else."""
    if get_origin(annotation) not in (Union, UnionType):
        return {}
    members = get_args(annotation)
    if not all(is_group(member) for member in members):
        return {}
    return {member.model_fields["kind"].default: member for member in members}


def editor_for(param: ParamInfo) -> Editor:
    """The editor for one value. Raises TypeError for an annotation that nobody has thought of yet."""
    annotation = param.annotation
    if annotation is bool:
        return SwitchEditor()
    if annotation is int or annotation is float:
        return number_editor(param, whole=annotation is int)
    if annotation is str:
        return TextEditor()
    if get_origin(annotation) is Literal:
        return ChoiceEditor(get_args(annotation))
    if get_origin(annotation) is tuple:
        inner, rest = get_args(annotation)
        # A pattern that each line has to fit is checked with the whole value.
        inner = get_args(inner)[0] if get_origin(inner) is Annotated else inner
        if rest is Ellipsis and inner is str:
            return LinesEditor()
        if rest is Ellipsis and get_origin(inner) is Literal:
            return ChecksEditor(get_args(inner))
    raise TypeError(f"{param.name}: there is no editor for {annotation!r}")
