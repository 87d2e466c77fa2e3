"""Orders as files."""

import os
from pathlib import Path

from loraferry_agent.jobs.mailbox import KEEP_SECONDS, Mailbox, command_for
from loraferry_agent.layout import Layout
from loraferry_core.problems import problem


def mailbox(tmp_path: Path) -> Mailbox:
    return Mailbox(Layout(tmp_path, tmp_path))


def test_an_order_is_taken_and_answered(tmp_path: Path) -> None:
    box, order = mailbox(tmp_path), command_for("job", 1, "stop", 10)
    box.send(order)
    assert list(box.pending()) == [order]
    assert box.answer_to(order) is None
    refusal = problem("job_unknown", job="job")
    box.answer(order, refusal)
    assert list(box.pending()) == []
    answer = box.answer_to(order)
    assert answer is not None
    assert answer.problem == refusal


def test_a_duplicate_keeps_its_first_answer_and_is_not_done_again(tmp_path: Path) -> None:
    box, order = mailbox(tmp_path), command_for("job", 1, "stop", 10)
    box.send(order)
    box.answer(order, None)
    box.send(order)
    assert list(box.pending()) == []
    assert list((tmp_path / "mailbox" / "commands").iterdir()) == []
    answer = box.answer_to(order)
    assert answer is not None
    assert answer.problem is None


def test_orders_come_in_the_order_they_were_given(tmp_path: Path) -> None:
    box = mailbox(tmp_path)
    orders = [command_for("job", number, "stop", 10) for number in range(5)]
    for age, order in enumerate(orders):
        box.send(order)
        os.utime(tmp_path / "mailbox" / "commands" / f"{order.id}.json", (1000 + age, 1000 + age))
    assert list(box.pending()) == orders


def test_what_a_newer_agent_adds_is_read_over_and_rubbish_dropped(tmp_path: Path) -> None:
    box, order = mailbox(tmp_path), command_for("job", 1, "resume", 10)
    folder = tmp_path / "mailbox" / "commands"
    text = order.model_dump_json()[:-1] + ',"tomorrow":1}'
    (folder / f"{order.id}.json").write_text(text, encoding="utf-8")
    (folder / "rubbish.json").write_text("{", encoding="utf-8")
    assert list(box.pending()) == [order]
    assert [path.name for path in folder.iterdir()] == [f"{order.id}.json"]


def test_old_answers_are_thrown_away(tmp_path: Path) -> None:
    box, order = mailbox(tmp_path), command_for("job", 1, "stop", 10)
    box.answer(order, None)
    age = (tmp_path / "mailbox" / "answers" / f"{order.id}.json").stat().st_mtime
    box.tidy(age + KEEP_SECONDS - 1)
    assert box.answer_to(order) is not None
    box.tidy(age + KEEP_SECONDS + 1)
    assert box.answer_to(order) is None
