"""The real OpenSSH server that a file of tests shares."""

from collections.abc import Iterator

import pytest

from tests.fakes.sshd import Sshd, SshdUnavailable, running_sshd


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    """A server with one user key; the tests that need it are skipped where there is none."""
    try:
        with running_sshd() as running:
            yield running
    except SshdUnavailable as reason:
        pytest.skip(str(reason))
