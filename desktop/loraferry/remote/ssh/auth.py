"""Proving who the user is: keys, then the ssh agent's, then a password."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import paramiko

from loraferry.remote.ssh.prompts import Prompts
from loraferry.remote.ssh.settings import Route
from loraferry_core.problems import ProblemError, fail

DEFAULT_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")
MAX_KEYS = 5
"""Servers hang up after six tries by default, and asking what is allowed was the first."""


def authenticate(transport: paramiko.Transport, route: Route, prompts: Prompts) -> None:
    """Log in. Only call this once the host's key was verified.

    Raises ProblemError: `auth_failed`, `password_wrong`, `key_unreadable` or `key_passphrase`; SSHException where the
    connection breaks.
    """
    methods = _allowed_methods(transport, route)
    if methods is None:
        return
    complaint: ProblemError | None = None
    if "publickey" in methods:
        try:
            if _try_keys(transport, route, prompts):
                return
        except ProblemError as error:
            complaint = error
    by_word = [method for method in ("password", "keyboard-interactive") if method in methods]
    if by_word and _try_password(transport, route, by_word[0], prompts):
        return
    raise complaint or fail("auth_failed", user=route.user, host=route.name, methods=", ".join(methods))


def _allowed_methods(transport: paramiko.Transport, route: Route) -> list[str] | None:
    """What the server takes; None when it wants nothing at all."""
    try:
        transport.auth_none(route.user)
    except paramiko.BadAuthenticationType as refusal:
        return list(refusal.allowed_types)
    return None


def _try_keys(transport: paramiko.Transport, route: Route, prompts: Prompts) -> bool:
    for tried, key in enumerate(_keys(route, prompts)):
        if tried == MAX_KEYS:
            break
        try:
            if not transport.auth_publickey(route.user, key):
                return True
        except paramiko.BadAuthenticationType:
            return False
        except paramiko.AuthenticationException:
            continue
    return False


def _keys(route: Route, prompts: Prompts) -> Iterator[paramiko.PKey]:
    """Keys to try: the chosen ones alone where some are chosen, else the agent's and the usual files."""
    if route.key_paths:
        for path in route.key_paths:
            yield _load_key(path, prompts)
        return
    with closing(paramiko.Agent()) as agent:
        yield from agent.get_keys()
    for name in DEFAULT_KEYS:
        usual = Path.home() / ".ssh" / name
        if usual.is_file():
            yield _load_key(str(usual), prompts)


def _load_key(path: str, prompts: Prompts) -> paramiko.PKey:
    """A private key file of any of OpenSSH's kinds. Raises ProblemError `key_unreadable` or `key_passphrase`."""
    path = path.removesuffix(".pub")
    try:
        return paramiko.PKey.from_path(path)
    except (TypeError, paramiko.PasswordRequiredException):
        passphrase = prompts.passphrase(path) if prompts.passphrase else None
    except (OSError, ValueError, paramiko.SSHException, paramiko.pkey.UnknownKeyType) as error:
        raise fail("key_unreadable", path=path, detail=error) from error
    if not passphrase:
        raise fail("key_passphrase", path=path)
    try:
        return paramiko.PKey.from_path(path, passphrase.encode())  # text is not what the crypto library takes
    except (ValueError, TypeError, paramiko.SSHException) as error:
        raise fail("key_passphrase", path=path) from error


def _try_password(transport: paramiko.Transport, route: Route, method: str, prompts: Prompts) -> bool:
    """False where there is no password to try. Raises ProblemError `password_wrong`."""
    password = prompts.password(route.user, route.name) if prompts.password else None
    if password is None:
        return False
    try:
        if method == "password":
            left = transport.auth_password(route.user, password, fallback=False)
        else:
            left = transport.auth_interactive(route.user, lambda _title, _text, asked: [password for _ in asked])
    except paramiko.AuthenticationException as error:
        raise fail("password_wrong", user=route.user, host=route.name) from error
    return not left
