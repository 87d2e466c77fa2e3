"""What people paste from a vendor's page: an address, often in several lines, often with its password.

The password is taken away first, so that no problem that names the rest can hold it.
"""

import re
from dataclasses import dataclass

from loraferry.remote.address import ARROW, Address, is_ssh, parse_address, plain_signs
from loraferry_core.problems import ProblemError, fail

MAX_PASTE = 20_000
"""Characters. A longer text is not what a vendor shows."""
_LABEL = (
    r"(?:ssh\s*)?(?:登[录陆入]指令|登[录陆入]命令|连接指令|连接命令|指令|命令|命令行|连接地址|地址|"
    r"command|login(?: command)?|connect(?: command)?|address)|ssh"
)
_LABELLED = re.compile(rf"^(?:{_LABEL})\s*:\s*(?!//|\d+$)(?P<rest>\S.*)$", re.IGNORECASE)
_SECRET_LABEL = r"(?:ssh\s*)?(?:登[录陆入])?(?:密码|密碼|口令|password|passwd|pwd)"
_SECRET = re.compile(
    rf"(?:^|[\s;；,，、。|/]){_SECRET_LABEL}\s*[:：=]\s*(?P<secret>\S+)\s*$|^{_SECRET_LABEL}\s+(?P<bare>\S+)\s*$", re.I
)
_SECRET_LABEL_ALONE = re.compile(rf"^{_SECRET_LABEL}\s*[:：]?$", re.IGNORECASE)
_IN_URL = re.compile(r"(?P<before>ssh://[^\s@:/]+):(?P<secret>[^\s/]+)@(?=[^\s@]+$)", re.IGNORECASE)
_SSHPASS = re.compile(
    r"""^(?:\S*[$#>]\s*)?sshpass\s+-p\s*(?:'(?P<single>[^']*)'|"(?P<double>[^"]*)"|(?P<plain>\S+))\s+"""
)
_BEFORE = re.compile(
    rf"""^(?:.{{0,200}}?[$#>%:"'`]\s*|.{{0,200}}?[➜❯]\s+\S+\s+|(?:{_LABEL})\s+)(?=(?:\S{{0,200}}[\\/])?ssh(?:\.exe)?\s)""",
    re.IGNORECASE,
)
"""A shell's prompt, a label or an opening quote before a command."""
_MASK = re.compile(r"[•●∙·*＊]+")
"""What a page shows instead of a password."""
_COMMAND = re.compile(
    r"^(?:\S{0,200}[$#>]\s*)?(?:\S{0,200}[\\/])?ssh(?:\.exe)?\s+(?:\S+$|.*@|.*\s-|-)|^ssh://", re.IGNORECASE
)
"""Not what begins with “SSH” because it is a heading, unless that is of two words: those come last."""
_PLACE = re.compile(r"^(?:\S+@\S+|\[[0-9a-f:]+\]:\d+|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+:\d+)$", re.IGNORECASE)
_FIELDS = {
    "host": "host", "hostname": "host", "ip": "host", "ipaddress": "host", "publicip": "host", "主机": "host",
    "主机名": "host", "主机地址": "host", "ip地址": "host", "port": "port", "端口": "port", "端口号": "port",
    "user": "user", "username": "user", "用户": "user", "用户名": "user", "账号": "user",
    "identityfile": "key_path", "proxyjump": "jump",
}  # fmt: skip
_FIELD_FORMS = tuple(
    map(re.compile, (r"^(?P<name>[^:=]{1,30}?)\s*[:=]\s*(?P<value>\S.*)$", r"^(?P<name>[A-Za-z]+)\s+(?P<value>\S.*)$"))
)


@dataclass(frozen=True)
class Pasted:
    """An address, and the password that stood beside it, if one did."""

    address: Address
    password: str = ""

    def __repr__(self) -> str:
        return f"Pasted({self.address!r})"


def parse_paste(text: str) -> Pasted:
    """The address and the password in a pasted text.

    Raises ProblemError: `address_invalid`, or `address_proxied` where only an address that carries no data was there.
    Neither names a password.
    """
    lines, raw, password = _without_secrets(text[:MAX_PASTE])
    commands = [line for line in lines if _is_command(line)]
    if len(lines) == 1:
        return Pasted(_parse(lines[0]), password)
    if commands:
        address, line = _first_usable(commands)
        return Pasted(address, password or _lone_word_below(lines, raw, line))
    fields = _fields(lines)
    if "host" in fields:
        return Pasted(_from_fields(fields), password)
    raise fail("address_invalid", text=_shown(lines))


def _without_secrets(text: str) -> tuple[list[str], list[str], str]:
    """The lines that are not empty, with plain signs and without passwords; the same as they were written; and the
    first password among them."""
    lines: list[str] = []
    written: list[str] = []
    secrets: list[str] = []
    expected = False
    for raw in re.sub(r"\\\r?\n", " ", text).splitlines():
        line = raw.strip().strip("`").strip()
        if not line:
            continue
        if expected:
            secrets += [] if _MASK.fullmatch(line) else [line]
            expected = False
        elif _SECRET_LABEL_ALONE.match(line):
            expected = True
        else:
            kept, secret = _take_secret(line)
            secrets += [secret] if secret else []
            lines += [kept] if kept else []
            written += [line] if kept else []
    return lines, written, secrets[0] if secrets else ""


def _take_secret(line: str) -> tuple[str, str]:
    """A line with plain signs without its password, and the password as it was written."""
    for pattern, stays in ((_SECRET, ""), (_SSHPASS, ""), (_IN_URL, r"\g<before>@")):
        found = pattern.search(line)
        if found:
            secret = next((part for name, part in found.groupdict().items() if part and name != "before"), "")
            rest = line[: found.start()] + found.expand(stays) + line[found.end() :]
            return _plain(rest), "" if _MASK.fullmatch(secret) else secret
    return _plain(line), ""


def _plain(line: str) -> str:
    line = plain_signs(line).strip()
    labelled = _LABELLED.match(line)
    line = labelled["rest"].strip() if labelled else line
    before = "" if _starts_with_ssh(line) else (found[0].rstrip() if (found := _BEFORE.match(line)) else "")
    if not before:
        return line
    line = line[len(before) :].strip()
    return line.partition(before[-1])[0].strip() if before[-1] in "\"'`" else line


def _starts_with_ssh(line: str) -> bool:
    return is_ssh(line.split(maxsplit=1)[:1])


def _is_command(line: str) -> bool:
    return bool(_COMMAND.match(line) or _PLACE.match(line)) or bool(re.search(ARROW, line))


def _parse(line: str) -> Address:
    fields = _fields([line])
    return _from_fields(fields) if "host" in fields else parse_address(line)


def _first_usable(commands: list[str]) -> tuple[Address, str]:
    """The first command that is an address, and its line; otherwise what is wrong with the first one."""
    problems: list[ProblemError] = []
    for line in sorted(commands, key=lambda line: not re.search(r"@|:\d|\s-", line)):
        try:
            return parse_address(line), line
        except ProblemError as error:
            problems.append(error)
    proxied = [error for error in problems if error.problem.code == "address_proxied"]
    raise (proxied or problems)[0]


def _lone_word_below(lines: list[str], written: list[str], command: str) -> str:
    """The password that stands below the command without a label: the only other line, and one word."""
    lone = len(lines) == 2 and lines[0] == command and not re.search(r"\s", written[1]) and not _COMMAND.match(lines[1])
    return written[1] if lone else ""


def _fields(lines: list[str]) -> dict[str, str]:
    """What lines such as `Port 22` or `端口：22` say, as a form or `~/.ssh/config` shows them; the first of each counts,
    but a `HostName` more than the `Host` it explains."""
    found: dict[str, str] = {}
    for line in lines:
        for form in _FIELD_FORMS:
            match = form.match(line)
            said = re.sub(r"\s|^ssh", "", match["name"].lower()) if match else ""
            name = _FIELDS.get(said, "")
            if match and name:
                if name not in found or said == "hostname":
                    found[name] = match["value"].strip().strip("\"'")
                break
    return found


def _from_fields(fields: dict[str, str]) -> Address:
    options = {"user": "-l", "port": "-p", "key_path": "-i", "jump": "-J"}
    words = [f'{option} "{fields[name]}"' for name, option in options.items() if fields.get(name)]
    return parse_address(" ".join(["ssh", *words, "--", f'"{fields["host"]}"']))


def _shown(lines: list[str]) -> str:
    """What a problem may name of several lines. An unlabelled password could be any of them that is one word."""
    safe = [line for line in lines if " " in line]
    return safe[0] if safe else "…"
