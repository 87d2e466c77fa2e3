"""Forms for every config: round trip, errors at their field, unions, numbers."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton

from loraferry.forms.dispatch import editor_for, is_group, union_kinds
from loraferry.forms.editors import CountEditor, NumberEditor
from loraferry.forms.form import ConfigForm, Group
from loraferry.forms.number_spin import stepped
from loraferry.texts.choices import LABELS
from loraferry.texts.quantities import number_text
from loraferry_core.config import Config, Param, TrainConfig, params
from loraferry_core.config.optimizers import Adafactor, AdamW


def every_config(config: type[Config] = TrainConfig) -> list[type[Config]]:
    inner = [
        member
        for param in params(config)
        for member in ([param.annotation] if is_group(param.annotation) else union_kinds(param.annotation).values())
    ]
    return [config, *(found for member in inner for found in every_config(member))]


CONFIGS = every_config()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.__name__)
def test_a_form_gives_back_the_defaults(qtbot, config: type[Config]) -> None:
    form = ConfigForm(config)
    qtbot.addWidget(form)
    assert form.value() == config()


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.__name__)
def test_every_parameter_has_label_help_and_named_choices(config: type[Config]) -> None:
    for param in params(config):
        assert param.label
        assert param.help
        for choice in getattr(param.annotation, "__args__", ()):
            if isinstance(choice, str):
                assert choice in LABELS
        for kind in union_kinds(param.annotation):
            assert kind in LABELS


def test_a_form_gives_back_values_that_are_no_defaults(qtbot) -> None:
    config = TrainConfig(
        dataset={"trigger": "小猫", "manifest": "0" * 64, "flip": True, "caption_style": "tags"},
        network={"kind": "lora", "rank": 3, "alpha": 1.5, "targets": ("projection",)},
        optimizer=Adafactor(lr=3e-4, d=2.5),
        schedule={"kind": "constant", "warmup": 0.2},
        loop={"seed": 2**32 - 1, "unit": "steps"},
        sampling={"prompts": ("a {trigger}", "two")},
    )
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    form.set_value(config)
    assert form.value() == config


def test_hidden_parameters_have_no_field(qtbot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    with pytest.raises(KeyError):
        form.row("dataset.manifest")


def test_a_union_switches_its_fields(qtbot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    form.set_value(TrainConfig(optimizer=Adafactor()))
    assert isinstance(form.value().optimizer, Adafactor)
    assert form.row("optimizer.d").param.name == "d"
    form.set_value(TrainConfig(optimizer=AdamW()))
    with pytest.raises(KeyError):
        form.row("optimizer.d")


@pytest.mark.parametrize(
    ("path", "text", "error"),
    [
        ("optimizer.lr", "7", "Must be at most 1."),
        ("optimizer.lr", "fast", "Must be a number, such as 0.5 or 1e-4."),
        ("optimizer.eps", "0", "Must be more than 0."),
        ("optimizer.beta1", "1", "Must be less than 1."),
        ("network.alpha", "", "Must be a number, such as 0.5 or 1e-4."),
        ("loop.seed", "1.5", "Must be a whole number."),
        ("base.family", "SD 1", "Holds characters that are not allowed here."),
        ("base.source", "", "Must not be empty."),
    ],
)
def test_an_error_marks_the_very_field(qtbot, path: str, text: str, error: str) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    editor = form.row(path).editor
    (editor.lineEdit() if hasattr(editor, "lineEdit") else editor).setText(text)
    assert form.check() is None
    assert form.row(path).error == error
    marked = [name for name in ("optimizer.lr", "network.alpha", "loop.seed", "base.source") if form.row(name).error]
    assert set(marked) <= {path}
    form.set_value(TrainConfig())
    assert form.row(path).error == ""


def test_no_target_at_all_is_an_error_of_the_checks(qtbot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    form.row("network.targets").editor.set_content(())
    assert form.check() is None
    assert form.row("network.targets").error == "Choose at least one."


def test_spin_boxes_have_the_declared_bounds(qtbot) -> None:
    class Bounds(Config):
        """Bounds."""

        small: int = Param(5, "Small", "Within.", gt=2, lt=9)
        large: int = Param(5, "Large", "Beyond 32 bits.", ge=0, lt=2**40)
        kind_of: Literal["tags"] = Param("tags", "Kind", "One choice.")

    found = {param.name: editor_for(param) for param in params(Bounds)}
    assert isinstance(found["small"], CountEditor)
    assert (found["small"].minimum(), found["small"].maximum()) == (3, 8)
    assert isinstance(found["large"], NumberEditor)


def test_an_unknown_type_is_refused_loudly(qtbot) -> None:
    class Odd(Config):
        """Odd."""

        odd: dict[str, int] = Param({}, "Odd", "Nobody has thought of it.")

    with pytest.raises(TypeError, match="odd"):
        ConfigForm(Odd)


@pytest.mark.parametrize(
    ("value", "steps", "expected"),
    [(1e-4, 1, 2e-4), (9e-4, 1, 1e-3), (1e-3, -1, 9e-4), (0.0, 1, 0.1), (7.0, 1, 8.0), (2.5, 1, 3.0), (2.5, -1, 2.0),
     (1.0, -1, 0.9), (0.1, -1, 0.09)],
)  # fmt: skip
def test_stepping_moves_the_first_digit(value: float, steps: int, expected: float) -> None:
    assert stepped(value, steps) == pytest.approx(expected, rel=1e-12)


@given(st.floats(1e-12, 1e12))
def test_stepping_up_is_up_and_down_is_down(value: float) -> None:
    assert stepped(value, 1) > value
    assert stepped(value, -1) < value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_are_written_so_that_they_read_back(value: float) -> None:
    assert float(number_text(value)) == value


@pytest.mark.parametrize(("value", "text"), [(1e-4, "1e-4"), (0.001, "0.001"), (16.0, "16"), (0.1, "0.1"), (0, "0")])
def test_numbers_are_written_the_way_people_write_them(value: float, text: str) -> None:
    assert number_text(value) == text


def test_what_was_changed_is_marked_and_offers_the_way_back(qtbot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    asked: list[str] = []
    form.reset_wanted.connect(asked.append)
    assert form.show_changes({"network.rank": "16", "optimizer.kind": "AdamW", "loop.seed": "0"}) == 3
    rank = form.row("network.rank")
    assert rank.changed
    assert not form.row("network.alpha").changed
    assert "16" in rank.reset.toolTip()
    rank.reset.click()
    groups = {group.param.name: group for group in form.findChildren(Group)}
    groups["optimizer"].findChild(QToolButton, "plain", Qt.FindChildOption.FindDirectChildrenOnly).click()
    groups["loop"].findChild(QPushButton, "resetGroup").click()
    assert asked == ["network.rank", "optimizer.kind", "loop"]
    assert form.show_changes({}) == 0
    assert not rank.changed
    assert rank.reset.isHidden()


def test_what_is_usual_stands_below_the_field(qtbot) -> None:
    form = ConfigForm(TrainConfig)
    qtbot.addWidget(form)
    form.show_ranges(lambda path, param: "Usual: 8 to 32." if path == "network.rank" else "")
    shown = [label.text() for label in form.row("network.rank").findChildren(QLabel) if not label.isHidden()]
    assert "Usual: 8 to 32." in shown
    hidden = [label.text() for label in form.row("network.alpha").findChildren(QLabel) if not label.isHidden()]
    assert "Usual: 8 to 32." not in hidden
