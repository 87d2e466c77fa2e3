"""How a parameter is declared: once, in one line, with all that forms, command line, trainer and docs read from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo
from typing_extensions import Self


class Config(BaseModel):
    """A frozen group of parameters. Unknown keys are errors, and defaults are validated like any other value."""

    # With a length bound pydantic also refuses text that is no Unicode (lone surrogates), which no file could hold.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, str_min_length=0)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed, validated again (unlike pydantic's `model_copy`)."""
        return type(self).model_validate({**{name: getattr(self, name) for name in type(self).model_fields}, **changes})


def Param(
    default: Any, label: str, help: str, *, unit: str = "", advanced: bool = False, hidden: bool = False, **bounds: Any
) -> Any:
    """Declare one field of a `Config`.

    `label` and `help` are English and are translated on the desktop. `bounds` are pydantic's (`ge`, `le`, `gt`, `lt`,
    `min_length`, …). `advanced` fields show in Expert only; `hidden` ones are set by the program, never by a person.
    """
    return Field(
        default,
        title=label,
        description=help,
        json_schema_extra={"unit": unit, "advanced": advanced, "hidden": hidden},
        **bounds,
    )


@dataclass(frozen=True)
class ParamInfo:
    """What a declaration says, in the form in which forms, docs and the command line read it."""

    name: str
    label: str
    help: str
    unit: str
    advanced: bool
    hidden: bool
    annotation: Any
    default: Any
    field: FieldInfo

    def bound(self, name: str) -> float | None:
        """The declared bound `ge`, `le`, `gt` or `lt`, or None."""
        for constraint in self.field.metadata:
            if hasattr(constraint, name):
                return float(getattr(constraint, name))
        return None


def params(config: type[Config]) -> Iterator[ParamInfo]:
    """The parameters of a class in the order of their declaration (discriminators such as `kind` are left out)."""
    for name, field in config.model_fields.items():
        if field.title is None:
            continue
        extra = field.json_schema_extra
        assert isinstance(extra, dict)
        yield ParamInfo(
            name=name,
            label=field.title,
            help=field.description or "",
            unit=str(extra["unit"]),
            advanced=bool(extra["advanced"]),
            hidden=bool(extra["hidden"]),
            annotation=field.annotation,
            default=field.default,
            field=field,
        )
