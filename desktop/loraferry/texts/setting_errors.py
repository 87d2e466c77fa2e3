"""From pydantic's findings about a setting to words in the user's language."""

from collections.abc import Mapping
from typing import Any

from loraferry.texts.translation import lookup

TEMPLATES: dict[str, str] = {
    "greater_than_equal": "Must be at least {ge}.",
    "less_than_equal": "Must be at most {le}.",
    "greater_than": "Must be more than {gt}.",
    "less_than": "Must be less than {lt}.",
    "int_parsing": "Must be a whole number.",
    "int_from_float": "Must be a whole number.",
    "int_type": "Must be a whole number.",
    "float_parsing": "Must be a number, such as 0.5 or 1e-4.",
    "float_type": "Must be a number, such as 0.5 or 1e-4.",
    "finite_number": "Must be a number, such as 0.5 or 1e-4.",
    "string_too_long": "At most {max_length} characters.",
    "string_too_short": "Must not be empty.",
    "string_pattern_mismatch": "Holds characters that are not allowed here.",
    "too_short": "Choose at least one.",
    "too_long": "At most {max_length}.",
    "literal_error": "Is not one of the choices.",
}

OTHER = "This value is not allowed ({detail})."


def setting_error(error: Mapping[str, Any]) -> str:
    """The words for one entry of `ValidationError.errors()`."""
    template = TEMPLATES.get(error["type"])
    if template is None:
        return lookup("SettingError", OTHER).format(detail=error["msg"])
    return lookup("SettingError", template).format_map(
        {name: _plain(value) for name, value in error.get("ctx", {}).items()}
    )


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
