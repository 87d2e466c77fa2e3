"""What an address is, and how it is written in one line: an `ssh` command, a URL, `user@host:port`, an alias."""

import ipaddress
import re
from collections.abc import Iterator

from pydantic import Field

from loraferry_core.config.param import Config
from loraferry_core.problems import fail

_HOST = re.compile(r"^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?$")
_USER = re.compile(r"^[^\s@:/'\"\\-][^\s@:/'\"\\]{0,63}$")
ARROW = r"(?:[-=]>|[→➜⇒])"
_FORWARDED = re.compile(
    rf"^(?:[^:]{{0,200}}\s)?(?P<host>\S+):(?P<port>\d+)\s*{ARROW}\s*(?:\S*:)?22(?:/tcp|\s+\(?tcp\)?)?$", re.IGNORECASE
)
_PROMPT = re.compile(r"^(?:[$#>]\s*|\S*[$#>]\s+(?=ssh\s))")
_WITH_VALUE = frozenset("BbcDEeFIiJLlmOopQRSWw")
_PROXIES = frozenset({"ssh.runpod.io"})
"""Hosts behind which neither plain commands nor file transfer work, only a terminal."""
MAX_HOPS = 8


class Address(Config):
    """Where a machine is reached. Port 0 and empty texts were not said: the user's ssh settings decide, then 22 and
    the login name. `jump` is what `ssh -J` takes."""

    host: str
    port: int = Field(0, ge=0, le=65535)
    user: str = ""
    key_path: str = ""
    jump: str = ""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (f"{self.user}@" if self.user else "") + host + (f":{self.port}" if self.port else "")


def parse_address(text: str) -> Address:
    """The address in one line: an `ssh` command, `ssh://…`, `user@host:port`, `1.2.3.4:13007 -> :22`, a host or an
    alias from the ssh settings. For what spans several lines or holds a password see `loraferry.remote.paste`.

    Raises ProblemError: `address_invalid`, or `address_proxied` where a vendor's proxy would not carry the agent.
    """
    text = _PROMPT.sub("", plain_signs(text).strip()).strip()
    forwarded = _FORWARDED.match(text)
    if forwarded:
        address = _checked(text, host=forwarded["host"], port=forwarded["port"], user="root")
    elif re.search(ARROW, text):
        raise fail("address_invalid", text=text)  # another port of the machine, not that of ssh
    else:
        words = _words(text)
        if is_ssh(words):
            words = words[1:]
        elif len(words) > 1 and not any(word.startswith("-") for word in words):
            raise fail("address_invalid", text=text)
        elif len(words) > 1 and not words[0].startswith("-") and not re.search(r"[@.:]", words[0]):
            raise fail("address_invalid", text=text)  # another program's command, such as scp
        address = _from_arguments(text, words)
    refuse_proxy(address.host)
    return address


def refuse_proxy(host: str) -> None:
    """Raises ProblemError `address_proxied` for a vendor's proxy that would not carry the agent."""
    if host.lower() in _PROXIES:
        raise fail("address_proxied", host=host)


def jump_addresses(jump: str) -> tuple[Address, ...]:
    """The hosts of `ssh -J`, in the order in which they are passed. Raises ProblemError `address_invalid`."""
    hops = tuple(_checked(jump, **_from_target(jump, hop.strip())) for hop in jump.split(",")) if jump else ()
    if len(hops) > MAX_HOPS:
        raise fail("address_invalid", text=jump)
    return hops


def plain_signs(text: str) -> str:
    """The text with the full-width signs, odd blanks and curly quotes of web pages and chats made plain."""
    table = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}  # full-width forms of ASCII
    table |= dict.fromkeys(map(ord, "\u00a0\u3000\u2002\u2003\u2009\u202f\t"), " ")
    table |= dict.fromkeys(map(ord, "“”„«»"), '"') | dict.fromkeys(map(ord, "‘’‚"), "'")
    table |= dict.fromkeys(map(ord, "‐‑–—−"), "-")
    unseen = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\r"))
    return text.translate({**table, **unseen})


def is_ssh(words: list[str]) -> bool:
    """Whether a command line calls OpenSSH's program."""
    return bool(words) and re.split(r"[\\/]", words[0])[-1].lower() in ("ssh", "ssh.exe")


def _words(text: str) -> list[str]:
    """Split at blanks outside quotes; a backslash is a plain character, as in a Windows path."""
    if text.count('"') % 2 or text.count("'") % 2 or "\n" in text:
        raise fail("address_invalid", text=text)
    return [re.sub(r"[\"']", "", word) for word in re.findall(r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'])+", text)]


def _from_arguments(text: str, words: list[str]) -> Address:
    target = ""
    options: dict[str, str] = {}
    for option, value in _options(text, words):
        if option:
            options.setdefault(option, value)  # like ssh, the first one counts
        elif not target:
            target = value
    if not target:
        raise fail("address_invalid", text=text)
    fields = _from_target(text, target)
    for option, name in (("l", "user"), ("p", "port"), ("i", "key_path"), ("J", "jump")):
        if option in options:
            fields[name] = options[option]
    return _checked(text, **fields)


def _options(text: str, words: list[str]) -> Iterator[tuple[str, str]]:
    """Pairs of option letter and value; the target and what follows it have no letter."""
    left = iter(words)
    for word in left:
        if not word.startswith("-"):
            yield "", word
            continue
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter not in _WITH_VALUE:
                continue
            value = letters or next(left, "")
            if not value:
                raise fail("address_invalid", text=text)
            yield from _long_option(value) if letter == "o" else ((letter, value),)
            break


def _long_option(value: str) -> Iterator[tuple[str, str]]:
    name, _, setting = value.replace("=", " ", 1).partition(" ")
    letter = {"port": "p", "user": "l", "identityfile": "i", "proxyjump": "J"}.get(name.lower())
    if letter:
        yield letter, setting.strip()


def _from_target(text: str, target: str) -> dict[str, str]:
    target = re.sub(r"^ssh://", "", target, flags=re.IGNORECASE).rstrip("/;,、。")
    user, at, place = target.rpartition("@")
    bracketed = re.match(r"^\[([^\]]+)\](?::(\d+))?$", place)
    if bracketed:
        host, port = bracketed[1], bracketed[2] or ""
    elif place.count(":") > 1:
        host, port = place, ""
    else:
        host, colon, port = place.partition(":")
        if colon and not port:
            raise fail("address_invalid", text=text)
    if at and not user:
        raise fail("address_invalid", text=text)
    return {"host": host, "port": port or "0", "user": user}


def _checked(text: str, host: str, port: str = "0", user: str = "", key_path: str = "", jump: str = "") -> Address:
    plausible = (
        _is_host(host)
        and port.isascii()
        and port.isdigit()
        and len(port) <= 5
        and int(port) <= 65535
        and (not user or _USER.match(user))
    )
    if not plausible:
        raise fail("address_invalid", text=text)
    if jump.lower() == "none":
        jump = ""
    jump_addresses(jump)
    return Address(host=host, port=int(port), user=user, key_path=key_path, jump=jump)


def _is_host(host: str) -> bool:
    if ":" not in host:
        return bool(_HOST.match(host)) and ".." not in host
    try:
        ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return False
    return True
