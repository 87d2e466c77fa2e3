import pytest

from loraferry.remote.ssh.tcp import is_fake


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("198.18.0.1", True),
        ("198.19.255.255", True),
        ("198.20.0.1", False),
        ("28.1.2.3", True),
        ("29.0.0.1", False),
        ("127.0.0.1", False),
        ("fc00::1", True),
        ("fdfe:dcba:9876::5", True),
        ("fd00::1", False),
        ("fe80::1%eth0", False),
        ("2001:db8::1", False),
    ],
)
def test_knows_made_up_addresses(address: str, expected: bool) -> None:
    assert is_fake(address) is expected
