"""Whether a host is the one it is taken for: known by this key, or accepted by a person."""

from loraferry.remote.ssh.known_hosts import HostKey, KnownHosts
from loraferry.remote.ssh.prompts import Prompts, UnknownKey
from loraferry.remote.ssh.settings import Route
from loraferry_core.problems import fail


def verify(shown: HostKey, route: Route, known: KnownHosts, prompts: Prompts) -> None:
    """Let this key pass only if the host is known by it, or a person accepts it. Raises ProblemError
    `host_key_unknown`, `host_key_changed`."""
    expected = known.lookup(*route.known_as)
    if known.is_revoked(*route.known_as, shown) or (expected and shown not in expected):
        raise fail(
            "host_key_changed",
            host=route.name,
            port=route.port,
            fingerprint=shown.fingerprint,
            known=", ".join(key.fingerprint for key in expected) or "revoked",
            file=known.source(*route.known_as),
        )
    if expected:
        return
    question = UnknownKey(route.name, route.port, shown.kind, shown.fingerprint)
    if prompts.accept_key is None or not prompts.accept_key(question):
        raise fail("host_key_unknown", host=route.name, port=route.port, kind=shown.kind, fingerprint=shown.fingerprint)
    known.remember(*route.known_as, shown)
