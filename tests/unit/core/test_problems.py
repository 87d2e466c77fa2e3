"""Problems carry exactly what their kind declares, and can always be sent."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from loraferry_core.problems import KINDS, Problem, ProblemError, fail, problem


@pytest.mark.parametrize("code", KINDS)
def test_every_kind_can_be_made_and_sent(code):
    params = dict.fromkeys(KINDS[code].params, "x")
    made = problem(code, **params)
    assert made == Problem(code=code, params=params)
    assert Problem.model_validate_json(made.model_dump_json()) == made
    assert made.severity == KINDS[code].severity
    assert KINDS[code].severity in ("error", "warning")


def test_severity():
    assert problem("image_unreadable", name="a", detail="b").severity == "error"
    assert problem("link_lost", host="h").severity == "warning"


@pytest.mark.parametrize(
    ("code", "params", "message"),
    [
        ("nonsense", {}, "unknown problem code 'nonsense'"),
        ("image_empty", {}, r"image_empty takes \['name'\], not \[\]"),
        ("image_empty", {"name": "a", "more": 1}, r"image_empty takes \['name'\], not \['more', 'name'\]"),
        ("image_empty", {"path": "a"}, r"image_empty takes \['name'\], not \['path'\]"),
        ("no_images_approved", {"x": 1}, r"takes \[\], not \['x'\]"),
    ],
)
def test_what_is_not_declared_is_refused(code, params, message):
    with pytest.raises(ValidationError, match=message):
        Problem(code=code, params=params)


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, "\ud800", float("nan"), float("inf")])
def test_a_parameter_is_text_or_a_number(value):
    with pytest.raises(ValidationError):
        Problem(code="image_empty", params={"name": value})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("x", "x"), (5, 5), (2.5, 2.5), ("5", "5"), (Path("a"), "a"), (OSError("no"), "no"), (None, "None"),
        (float("nan"), "nan"), (float("-inf"), "-inf"), (2**63, str(2**63)), (10**400, str(10**400)),
        ("caf\udce9.png", "caf\\udce9.png"), ("龙\n", "龙\n"),
    ],
    ids=ascii,
)  # fmt: skip
def test_whatever_is_the_culprit_can_be_named(value, kept):
    made = problem("image_empty", name=value)
    assert made.params == {"name": kept}
    assert type(made.params["name"]) is type(kept)
    assert Problem.model_validate_json(made.model_dump_json()) == made


def test_the_exception():
    error = fail("image_empty", name="a.png")
    assert isinstance(error, ProblemError)
    assert error.problem == problem("image_empty", name="a.png")
    assert error.notes == ()
    assert str(error) == "image_empty {'name': 'a.png'}"
    with pytest.raises(ProblemError) as caught:
        raise ProblemError(error.problem, (problem("runner_lost"),))
    assert caught.value.notes == (problem("runner_lost"),)
