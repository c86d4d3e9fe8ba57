"""What a form's rules say of an answer as soon as it is given.

A form without rules here takes whatever its fields take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date

import msgspec

from conversations.model import Answer, Refusal, Value
from conversations.rules import openings, plans


class Around(msgspec.Struct, frozen=True):
    """What a rule may look at beside the answer: the draft's answers and context."""

    answers: Mapping[str, Answer]
    context: Mapping[str, str]
    today: date

    def said(self, field: str) -> str:
        """The text given to a field, else nothing."""
        answer = self.answers.get(field)
        if answer is None or answer.state != "given":
            return ""
        return answer.value if isinstance(answer.value, str) else ""


class Remark(msgspec.Struct, frozen=True):
    """Something worth saying of an answer that stands; prompts word each ``rule``."""

    rule: str
    facts: dict[str, str]


Check = Callable[[str, str, Around], Refusal | None]
Comment = Callable[[str, str, Around], Iterator[Remark]]


def _opening(field: str, value: str, around: Around) -> Refusal | None:
    return openings.check_answer(
        field, value, around.context, level=around.said("level"), today=around.today
    )


def _of_opening(field: str, value: str, around: Around) -> Iterator[Remark]:
    said = {key: around.said(key) for key in openings.WATCHED} | {field: value}
    for rule, facts in openings.remarks(field, said, around.context, around.today):
        yield Remark(rule, facts)


def _planned(field: str, value: str, around: Around) -> Refusal | None:
    return plans.check_answer(
        field, value, around.context, level=around.said("level"), today=around.today
    )


CHECKS: Mapping[str, Check] = {"class_opening": _opening, "plan_item": _planned}
COMMENTS: Mapping[str, Comment] = {
    "class_opening": _of_opening,
    "plan_item": _of_opening,
}


def check_answer(form: str, field: str, value: Value, around: Around) -> Refusal | None:
    """Why an answer cannot stand; None when it can."""
    check = CHECKS.get(form)
    if check is None or not isinstance(value, str):
        return None
    return check(field, value, around)


def remarks(form: str, field: str, value: Value, around: Around) -> tuple[Remark, ...]:
    """What is to be said of an answer that stands."""
    comment = COMMENTS.get(form)
    if comment is None or not isinstance(value, str):
        return ()
    return tuple(comment(field, value, around))


def no_longer_stands(
    form: str, changed: str, around: Around
) -> Iterator[tuple[str, Refusal]]:
    """The other given answers that a changed one has made wrong, and why."""
    if form not in CHECKS:
        return
    for field, answer in around.answers.items():
        if field != changed and answer.state == "given":
            refusal = check_answer(form, field, answer.value, around)
            if refusal is not None:
                yield field, refusal
