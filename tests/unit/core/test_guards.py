from loraferry_core.guards import GuardSettings, StopPlan


def test_only_a_command_makes_a_stop_possible() -> None:
    assert not StopPlan(keeps=("/workspace",), answer="stopped").possible
    assert StopPlan(command=("shutdown",)).possible


def test_guards_are_harmless_until_armed() -> None:
    fresh = GuardSettings()
    assert not fresh.armed
    assert not fresh.stop.possible
    assert (fresh.ceiling_s, fresh.ceiling_cost) == (0, 0)
