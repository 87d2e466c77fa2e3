"""Our own words inside a problem's detail are translated; words of systems and libraries stay as they are."""

from PySide6.QtCore import QCoreApplication

from loraferry.texts.languages import Languages
from loraferry.texts.problem_texts import DETAILS
from loraferry.texts.problems import render
from loraferry_core.problems import problem


def test_details_of_ours_speak_chinese_and_others_are_left_alone(qapp: QCoreApplication) -> None:
    languages = Languages()
    languages.switch("zh_CN")
    try:
        for detail in DETAILS:
            assert detail not in str(render(problem("image_unreadable", name="a.png", detail=detail)))
        assert "errno 5" in str(render(problem("image_unreadable", name="a.png", detail="errno 5")))
    finally:
        languages.switch("en")
