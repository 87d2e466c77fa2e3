"""One machine for all trials, and the counts written down when they are over."""

from collections.abc import Iterator

import pytest

from tests.fakes.sshd import SshdUnavailable
from tests.faults.box import Box, Home, running_box
from tests.faults.ledger import LEDGER


def pytest_sessionfinish() -> None:
    """Keep the counts, also of a run that was broken off."""
    LEDGER.write()


@pytest.fixture(scope="session")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """OpenSSH's server behind the relay."""
    try:
        with running_box(tmp_path_factory.mktemp("box")) as running:
            yield running
    except SshdUnavailable as reason:
        pytest.skip(str(reason))


@pytest.fixture
def calm(box: Box) -> Iterator[Box]:
    """The machine with a good line, at the beginning and at the end."""
    yield box
    box.relay.delay = box.relay.jitter = box.relay.rate = 0.0
    box.relay.refuse(False)
    box.relay.resume()
    box.relay.reset()


@pytest.fixture
def home(calm: Box, request: pytest.FixtureRequest) -> Iterator[Home]:
    """An agent's home of this test alone."""
    name = "".join(letter if letter.isalnum() else "-" for letter in request.node.name)
    made = calm.home(name)
    yield made
    made.end()
