"""Which fields belong to a form as answered, and what is complete."""

from __future__ import annotations

from datetime import date

import pytest

from conversations.engine import complete_answers, visible_fields
from conversations.engine.way import SUMMARY, missing, next_open, questions
from conversations.forms.book import load_book
from conversations.model import Answer, Draft, Value
from tests.conversations.engine.people import FILLED, applicant, draft_of
from tests.goldens.player import CLASS, ID_NUMBER

FORM = load_book().newest("application")


def ids(answers: dict[str, Answer], level: str = "二级") -> list[str]:
    shown = visible_fields(FORM, answers, {**CLASS, "level": level})
    return [field.id for field in shown]


@pytest.mark.parametrize(
    ("level", "expected"),
    [("一级", "ability_1"), ("二级", "ability_2"), ("三级", "ability_3")],
)
def test_only_the_items_of_the_level_are_asked(level: str, expected: str) -> None:
    shown = [one for one in ids({}, level) if one.startswith("ability")]
    assert shown == [expected]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(Answer("yes"), True, id="ticked"),
        pytest.param(Answer("no"), False, id="another-value"),
        pytest.param(Answer("yes", "offered"), False, id="only-offered"),
        pytest.param(Answer(state="put_off"), False, id="put-off"),
        pytest.param(None, False, id="not-answered"),
    ],
)
def test_a_branch_shows_for_a_given_answer_only(
    answer: Answer | None, expected: bool
) -> None:
    answers = {"trained": answer} if answer else {}
    assert ("trained_detail" in ids(answers)) == expected


def draft(**answers: Value) -> Draft:
    return Draft(
        id="d",
        form="application",
        version=1,
        subject="s",
        context=CLASS,
        started_on=date(2026, 3, 6),
        answers={key: Answer(value) for key, value in answers.items()},
    )


def test_complete_answers_hold_what_is_fixed_and_derived_and_visible() -> None:
    given = draft(id_number=ID_NUMBER, trained="no", trained_detail="2021 年")
    assert complete_answers(FORM, given) == {
        "major": "机械类",
        "level": "二级",
        "id_number": ID_NUMBER,
        "trained": "no",
        "sex": "男",
        "age": "35",
    }


def test_the_age_is_that_of_the_day_of_applying() -> None:
    given = draft(id_number=ID_NUMBER)
    assert complete_answers(FORM, given, on=date(2026, 3, 7))["age"] == "36"


def test_an_offered_answer_is_no_answer() -> None:
    offered = draft()
    offered.answers["unit"] = Answer("江南机电技师学院", "offered")
    assert "unit" not in complete_answers(FORM, offered)


def test_first_what_was_never_answered_then_what_was_put_off() -> None:
    asked = questions(FORM, draft())
    answers = {field.id: Answer("x") for field in asked}
    assert next_open(asked, answers) == SUMMARY
    answers["photo"] = Answer(state="put_off")
    assert next_open(asked, answers) == "photo"
    answers["signature"] = Answer("李", "offered")
    assert next_open(asked, answers) == "signature"
    assert [one.id for one in missing(asked, answers)] == ["photo", "signature"]


def test_a_filled_form_lacks_nothing() -> None:
    player = applicant(*FILLED)
    filled = draft_of(player)
    assert missing(questions(FORM, filled), filled.answers) == ()
    assert filled.cursor == SUMMARY
