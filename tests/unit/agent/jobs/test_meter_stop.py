"""Running the vendor's command."""

import sys
import time
from pathlib import Path

import pytest

from loraferry_agent.jobs.meter_stop import StopOrder, filled_in, judge, shown
from loraferry_core.guards import StopPlan

DEADLINE = 60.0


def run(tmp_path: Path, code: str, environment: dict[str, str], *arguments: str, answer: str = "") -> tuple[str, str]:
    plan = StopPlan(command=(sys.executable, "-c", code, *arguments), answer=answer)
    order = StopOrder(plan, environment, tmp_path / "log")
    give_up_at = time.monotonic() + DEADLINE
    while (found := order.answer()) is None:
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
    return found


def test_variables_are_filled_in_as_they_are() -> None:
    environment = {"POD": "a b; rm -rf $X", "X": "y"}
    assert filled_in(("stop", "$POD", "id=${POD}!", "$", "5$"), environment) == [
        "stop", "a b; rm -rf $X", "id=a b; rm -rf $X!", "$", "5$",
    ]  # fmt: skip
    with pytest.raises(KeyError, match="MISSING"):
        filled_in(("stop", "$MISSING"), environment)


@pytest.mark.parametrize(
    ("code", "output", "word"),
    [
        (0, 'pod "x" stopped', "confirmed"),
        (0, "", "ordered"),
        (1, "stopped", "refused"),
        (-9, "stopped", "refused"),
    ],
)
def test_only_the_vendors_own_answer_confirms(code: int, output: str, word: str) -> None:
    assert judge(StopPlan(command=("x",), answer=r"pod .* stopped"), code, output) == word


def test_without_an_answer_to_look_for_nothing_is_confirmed() -> None:
    assert judge(StopPlan(command=("x",)), 0, "stopped") == "ordered"
    assert judge(StopPlan(command=("x",), answer="(unclosed"), 0, "stopped") == "ordered"


def test_no_secret_and_no_escape_is_shown() -> None:
    environment = {"RUNPOD_API_KEY": "rpa_12345", "RUNPOD_POD_ID": "pod1", "EMPTY_TOKEN": ""}
    assert shown(b"\x1b[31mbad key rpa_12345\x1b[0m for pod1\n", environment) == "bad key *** for pod1"
    assert len(shown(b"x" * 20_000, {})) == 8000


def test_the_command_runs_with_its_arguments_and_no_shell(tmp_path: Path) -> None:
    code = "import sys, os; print(sys.argv[1:], os.environ['POD'])"
    word, output = run(tmp_path, code, {"POD": "p;1"}, "$POD", "a b")
    assert (word, output) == ("ordered", "['p;1', 'a b'] p;1")


def test_its_end_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "import sys; sys.exit('not allowed')", {}) == ("refused", "not allowed")
    assert run(tmp_path, "print('pod stopped')", {}, answer="stopped") == ("confirmed", "pod stopped")


def test_what_cannot_be_started_is_refused(tmp_path: Path) -> None:
    order = StopOrder(StopPlan(command=("no-such-program",)), {}, tmp_path / "log")
    found = order.answer()
    assert found is not None
    assert found[0] == "refused"
    assert "no-such-program" in found[1]
    unset = StopOrder(StopPlan(command=("true", "$POD")), {}, tmp_path / "log").answer()
    assert unset == ("refused", "$POD is not set on this machine")


def test_a_command_that_hangs_is_ended(tmp_path: Path) -> None:
    now = [0.0]
    plan = StopPlan(command=(sys.executable, "-c", "import time; time.sleep(600)"))
    order = StopOrder(plan, {}, tmp_path / "log", lambda: now[0])
    assert order.answer() is None
    now[0] = 1000.0
    give_up_at = time.monotonic() + DEADLINE
    while (found := order.answer()) is None:
        assert time.monotonic() < give_up_at
        time.sleep(0.01)
    assert found[0] == "refused"
