"""Which keys start which action: the ones at first, those that a person chose, and where two are at odds."""

from collections.abc import Iterable, Mapping

from loraferry.views.commands.catalogue import FIXED, Command, FixedKeys

Keys = tuple[str, ...]


def keys_now(commands: Iterable[Command], chosen: Mapping[str, Keys]) -> dict[str, Keys]:
    """Action → its keys, with what was chosen in place of those at first; empty: none by choice."""
    return {command.id: tuple(chosen.get(command.id, command.keys)) for command in commands}


def is_same_place(one: Command, other: Command) -> bool:
    """Whether keys of two actions would meet: on one page, or where one is the whole window's."""
    return one.page == other.page or not one.page or not other.page


def conflicts(
    commands: Iterable[Command], keys: Mapping[str, Keys], id: str, wanted: Iterable[str]
) -> dict[str, list[str]]:
    """Actions that have one of the `wanted` keys already, where that would meet the action `id`; and those keys."""
    all_of = {command.id: command for command in commands}
    asked = set(wanted)
    found = {}
    for other, command in all_of.items():
        shared = [key for key in keys.get(other, ()) if key in asked]
        if other != id and shared and is_same_place(all_of[id], command):
            found[other] = shared
    return found


def always(command: Command, wanted: str) -> FixedKeys | None:
    """What a key does already where it would meet the action, and cannot be kept from doing."""
    return next((fixed for fixed in FIXED if wanted in fixed.keys and command.page in ("", fixed.page)), None)


def rebound(commands: Iterable[Command], chosen: Mapping[str, Keys], id: str, wanted: Keys) -> dict[str, Keys]:
    """What is chosen once the action `id` has the keys `wanted`: they are taken from whoever had them there.

    What is as at first is not noted, so that a better choice of ours reaches people who changed nothing.
    """
    commands = list(commands)
    now = keys_now(commands, chosen)
    for other, shared in conflicts(commands, now, id, wanted).items():
        now[other] = tuple(key for key in now[other] if key not in shared)
    now[id] = tuple(dict.fromkeys(wanted))
    return {command.id: now[command.id] for command in commands if now[command.id] != command.keys}
