"""Words: every problem has some, quantities are short, reports are clean."""

import string
from pathlib import Path

import pytest

from loraferry.texts.choices import config_title
from loraferry.texts.crash_report import crash_report, redact
from loraferry.texts.languages import LANGUAGES, Languages, system_language
from loraferry.texts.problem_texts import TEXTS
from loraferry.texts.problems import render
from loraferry.texts.quantities import bytes_text, duration_text, money_text, rate_text, transfer_text
from loraferry.texts.setting_errors import setting_error
from loraferry_core.config.schedule import Cosine
from loraferry_core.problems import KINDS, problem


def test_every_problem_has_words_and_no_words_are_left_over() -> None:
    assert TEXTS.keys() == KINDS.keys()


@pytest.mark.parametrize("code", sorted(KINDS))
def test_words_name_exactly_the_parameters(code: str) -> None:
    named = {name for text in TEXTS[code] for _, name, _, _ in string.Formatter().parse(text) if name}
    assert named == KINDS[code].params
    assert TEXTS[code][1].endswith((".", "1.2.3.4"))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("address_proxied", ("RunPod's proxied address", "neither files nor commands", "SSH over exposed TCP")),
        ("dns_failed", ("was not found on the network", "spelling")),
        ("connection_refused", ("refuses connections", "still be starting")),
        ("connection_timeout", ("did not answer", "firewall")),
        ("banner_missing", ("says nothing", "TUN")),
        ("fake_address", ("made-up address", "TUN")),
        ("banner_wrong", ("is not SSH", "another port")),
        ("host_key_unknown", ("for the first time", "Compare it")),
        ("host_key_changed", ("No password and no key was sent", "stopped and started again", "image was changed",
                              "another machine that got this address", "do not connect")),
        ("auth_failed", ("did not let", "It accepts")),
        ("password_wrong", ("did not accept the password",)),
        ("python_missing", ("no Python", "3.8")),
        ("disk_full", ("is full", "another working folder")),
        ("inodes_full", ("no more files", "many small files")),
        ("driver_too_old", ("driver", "too old")),
        ("gpu_too_old", ("too old for PyTorch",)),
    ],
)  # fmt: skip
def test_failures_to_connect_are_told_apart(code: str, told: tuple[str, ...]) -> None:
    values = dict.fromkeys(KINDS[code].params, "17")
    words = str(render(problem(code, **values)))
    assert [part for part in told if part not in words] == []


def test_a_hostile_text_cannot_smuggle_controls_or_fields() -> None:
    words = render(problem("agent_failed", detail="\x1b[31m{red}\x07 \u202e"))
    assert "\x1b" not in words.what
    assert "\x07" not in words.what
    assert "\u202e" not in words.what
    assert "{red}" in words.what


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_234_567, "1.2 MB"), (25_600_000_000, "26 GB"), (9.96e6, "10 MB"),
     (999_600, "1.0 MB")],
)  # fmt: skip
def test_sizes(count: float, text: str) -> None:
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7620, "2 h 07 min"), (273_600, "3 d 4 h"), (-5, "0 s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_rates_and_money() -> None:
    assert rate_text(2.345) == "2.3 steps/s"
    assert rate_text(0.25) == "4.0 s/step"
    assert rate_text(0) == "–"
    assert transfer_text(1_200_000) == "1.2 MB/s"
    assert money_text(1.256, "USD") == "1.26 USD"


def test_titles_leave_the_source_out() -> None:
    assert config_title(Cosine) == "Falls along half a cosine wave."


def test_an_unknown_finding_still_says_something() -> None:
    assert "odd one" in setting_error({"type": "never_heard_of", "msg": "odd one"})


def test_a_report_holds_no_secrets(tmp_path: Path) -> None:
    home = tmp_path / "王小明"
    try:
        raise ValueError(f"{home}/pics token=abc123 hf_abcdefghijklmnop https://me:pw@host/ 10.1.2.3")
    except ValueError as error:
        report = crash_report(error, home)
    for secret in ("王小明", "abc123", "hf_abc", "me:pw", "10.1.2.3"):
        assert secret not in report
    assert "~/pics" in report
    assert "test_texts.py" in report
    assert "Python 3" in report


def test_a_private_key_is_removed_even_when_cut_off() -> None:
    assert "AAAA" not in redact("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", Path("/"))


def test_languages_switch_and_switch_back(qapp) -> None:
    languages = Languages()
    words = problem("trigger_missing")
    languages.switch("zh_CN")
    assert render(words).what == "还没有触发词。"
    languages.switch("en")
    assert render(words).what == "There is no trigger word."
    assert system_language() in LANGUAGES


def test_an_unknown_language_means_the_systems(qapp) -> None:
    languages = Languages()
    languages.switch("tlh")
    assert languages.current == system_language()
    languages.switch("en")
