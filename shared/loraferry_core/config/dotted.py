"""Reading and changing a nested config by dotted names such as `network.rank`."""

from collections.abc import Iterator
from typing import Any, TypeVar

from loraferry_core.config.param import Config

C = TypeVar("C", bound=Config)


def read(config: Config, path: str) -> Any:
    """The value at `path`. Raises KeyError when there is no such parameter."""
    value: Any = config
    for name in path.split("."):
        if not isinstance(value, Config) or name not in type(value).model_fields:
            raise KeyError(path)
        value = getattr(value, name)
    return value


def replace_at(config: C, path: str, value: Any) -> C:
    """A validated copy of `config` with `value` at `path`. Raises KeyError or pydantic's ValidationError."""
    read(config, path)
    name, _, rest = path.partition(".")
    inner = replace_at(getattr(config, name), rest, value) if rest else value
    return config.replace(**{name: inner})


def leaves(config: Config, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every (dotted name, value) pair of a config, discriminators included."""
    for name in type(config).model_fields:
        value = getattr(config, name)
        if isinstance(value, Config):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def differences(before: Config, after: Config) -> dict[str, tuple[Any, Any]]:
    """Dotted name to (before, after) for every value that differs; None where one side lacks the name."""
    old, new = dict(leaves(before)), dict(leaves(after))
    return {name: (old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)}
