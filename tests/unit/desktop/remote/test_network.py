import pytest

from loraferry.remote.network import Moment, has_moved, has_slept, local_address, look


def moment(wall: float = 0.0, monotonic: float = 0.0, address: str = "a") -> Moment:
    return Moment(wall, monotonic, address)


@pytest.mark.parametrize(
    ("wall", "monotonic", "slept"),
    [
        (1.0, 1.0, False),
        (4.0, 4.0, False),  # a busy computer
        (3600.0, 1.0, True),  # Linux and macOS stop the monotonic clock
        (3600.0, 3600.0, True),  # Windows does not
        (-3600.0, 1.0, False),  # the clock was set back
    ],
)
def test_sleep_shows_in_the_clocks(wall: float, monotonic: float, slept: bool) -> None:
    assert has_slept(moment(), moment(wall, monotonic), 1.0) is slept


def test_another_way_out_is_a_move_and_none_is_not() -> None:
    assert has_moved(moment(address="a"), moment(address="b"))
    assert has_moved(moment(address=""), moment(address="a"))
    assert not has_moved(moment(address="a"), moment(address="a"))
    assert not has_moved(moment(address="a"), moment(address=""))


def test_the_address_is_found_without_a_name_server() -> None:
    assert local_address("127.0.0.1") == "127.0.0.1"
    assert local_address("name.that.is.never.looked.up") == local_address("")
    assert look("127.0.0.1").address == "127.0.0.1"
