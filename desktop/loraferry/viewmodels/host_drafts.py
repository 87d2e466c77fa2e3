"""Between what the form of a host holds and what the book of hosts keeps; and what is wrong with a form, field by field."""

from pathlib import Path
from typing import Literal

from loraferry.remote.address import Address, parse_address
from loraferry.remote.hosts import Host
from loraferry.remote.paste import parse_paste
from loraferry.viewmodels.host_rows import HostDraft
from loraferry_core.problems import Problem, ProblemError, problem

Fault = Literal["missing_file", "public_key", "not_absolute", "bad_user"]
"""The file is not there · it is the public half · a folder on the machine must begin at / or ~ · no name of a user."""
Faults = dict[str, Fault | Problem]
"""By the name of the field in `HostDraft`."""


def draft_of(host: Host) -> HostDraft | None:
    """What the form of a host begins with; None for this computer."""
    if host.address is None:
        return None
    address = draft_of_address(host.address)
    return address.replace(
        name=host.label,
        transport=host.transport,
        vendor=host.vendor,
        work=host.work,
        caches=host.caches,
        python=host.python,
        price=host.price_per_hour,
        currency=host.currency,
    )


def pasted(text: str) -> HostDraft:
    """A form filled from what a vendor shows. Raises ProblemError `address_invalid`, `address_proxied`."""
    found = parse_paste(text)
    return draft_of_address(found.address, found.password)


def draft_of_address(address: Address, password: str = "") -> HostDraft:
    """A form with an address alone."""
    return HostDraft(
        host=address.host,
        port=address.port,
        user=address.user,
        key_path=address.key_path,
        jump=address.jump,
        password=password,
    )


def address_of(draft: HostDraft) -> Address:
    """The address in a form; what a whole command in its address says wins over the other fields.

    Raises ProblemError `address_invalid`, `address_proxied`.
    """
    if not draft.host.strip():
        raise ProblemError(problem("address_invalid", text=draft.host))
    said = parse_address(draft.host)
    return Address(
        host=said.host,
        port=said.port or draft.port,
        user=said.user or draft.user,
        key_path=said.key_path or draft.key_path,
        jump=said.jump or draft.jump,
    )


def edited(host: Host, draft: HostDraft) -> Host:
    """The host as the form says it is. Raises ProblemError as `address_of` does."""
    address = address_of(draft)
    return host.replace(
        label=draft.name or address.host,
        address=address,
        transport=draft.transport,
        vendor=draft.vendor,
        work=draft.work,
        caches=draft.caches,
        python=draft.python,
        price_per_hour=draft.price,
        currency=draft.currency,
    )


def faults_of(draft: HostDraft) -> Faults:
    """What is wrong with a form, by field; empty where nothing is."""
    faults: Faults = {}
    try:
        address_of(draft)
    except ProblemError as error:
        faults["host"] = error.problem
    if draft.user and (any(character.isspace() for character in draft.user) or draft.user[0] in "-@"):
        faults["user"] = "bad_user"
    if draft.key_path:
        if draft.key_path.endswith(".pub"):
            faults["key_path"] = "public_key"
        elif not Path(draft.key_path).expanduser().is_file():
            faults["key_path"] = "missing_file"
    for name in ("work", "caches", "python"):
        place = getattr(draft, name)
        if place and not place.startswith(("/", "~")):
            faults[name] = "not_absolute"
    return faults
