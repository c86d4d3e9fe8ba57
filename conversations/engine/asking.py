"""Asking: the question at the cursor, with its place, its choices, its consent."""

from __future__ import annotations

from functools import cache

import msgspec

from conversations.engine import consents, summary
from conversations.engine.desk import Desk, replace
from conversations.engine.way import (
    SUMMARY,
    is_begun,
    next_open,
    place_of,
    questions,
    way_of,
)
from conversations.forms.schema import Field, Form, Item
from conversations.model import Answer, Draft
from conversations.prompts import questions as wording
from conversations.prompts.values import mark, shown

_CHOSEN = frozenset({"choice", "yes_no", "ticks"})
_NOT_IN_BLOCKS = frozenset({"photo", "declaration", "signature", "long_text"})
_LONGEST_BLOCK = 8


class _At(msgspec.Struct, frozen=True):
    """Where a draft stands: the fields it asks, and the one at the cursor."""

    form: Form
    draft: Draft
    asked: tuple[Field, ...]
    field: Field
    place: int


def go_on(desk: Desk, draft: Draft) -> None:
    """Ask what is open next; show the summary when nothing is."""
    asked = questions(desk.form(draft), draft)
    move_to(desk, draft, next_open(asked, draft.answers))


def move_to(desk: Desk, draft: Draft, cursor: str) -> None:
    """Set the cursor and ask there. A long text half written goes on."""
    answer = draft.answers.get(cursor)
    parts: tuple[str, ...] = ()
    fields = way_of(desk.form(draft)).fields
    editing = draft.editing and _same_part(fields, draft.cursor, cursor)
    if answer and is_begun(answer) and isinstance(answer.value, str):
        parts = (answer.value,)
    moved = replace(draft, cursor=cursor, parts=parts, misses=0, editing=editing)
    ask_current(desk, desk.put(moved))


def _same_part(fields: dict[str, Field], one: str, other: str) -> bool:
    return one in fields and other in fields and fields[one].part == fields[other].part


def ask_current(desk: Desk, draft: Draft) -> None:
    """Ask the question at the cursor, after the consent it may need."""
    form = desk.form(draft)
    asked = questions(form, draft)
    if draft.cursor == SUMMARY:
        summary.show(desk, draft, asked)
        return
    place = place_of(asked, draft.cursor)
    if not place:
        cursor = next_open(asked, draft.answers)
        draft = desk.put(replace(draft, cursor=cursor, parts=(), misses=0))
        if cursor == SUMMARY:
            summary.show(desk, draft, asked)
            return
        place = place_of(asked, cursor)
    field = asked[place - 1]
    consent = consents.wanted(desk, field)
    if consent:
        consents.ask(desk, consent)
    else:
        _ask(desk, _At(form, draft, asked, field, place))


def _ask(desk: Desk, at: _At) -> None:
    answer = at.draft.answers.get(at.field.id)
    if at.draft.parts:
        _ask_on(desk, at)
    elif answer is not None and is_begun(answer):
        _ask_rest(desk, at, answer)
    elif answer is None or answer.state == "put_off":
        _ask_plain(desk, at, head=_head(at))
    elif answer.state == "offered":
        _ask_offered(desk, at, answer)
    else:
        now = wording.change(at.field, now_shown(at.field, answer))
        _ask_plain(desk, at, head=f"{_head(at)}{now}\n")


def now_shown(field: Field, answer: Answer) -> str:
    """An answer as it stands, in words."""
    if answer.state == "pending":
        return wording.PHOTO_PENDING
    return shown(field, answer.value)


def _head(at: _At) -> str:
    """The place, with the part's name where a part begins, and what is known."""
    before = at.asked[at.place - 2].part if at.place > 1 else ""
    part = way_of(at.form).parts[at.field.part] if at.field.part != before else ""
    place = wording.place(at.place, len(at.asked), part)
    return _known(at) + place if at.field.id not in at.draft.answers else place


def _known(at: _At) -> str:
    """What the class already says on the paper right before this question."""
    rows = [
        (field.name, value)
        for field in way_of(at.form).known[at.field.id]
        if (value := at.draft.context.get(field.source, ""))
    ]
    return wording.known(rows) if rows else ""


def _part_head(at: _At) -> str:
    """The part's name alone, over a block of its answers."""
    return wording.part(way_of(at.form).parts[at.field.part])


def _ask_plain(desk: Desk, at: _At, *, head: str) -> None:
    text = f"{head}{question_of(at.field)}"
    desk.ask(
        text,
        labels_of(at.field),
        topic="field",
        field=at.field.id,
        multiple=at.field.kind == "ticks",
    )


@cache
def question_of(field: Field) -> str:
    """What is asked of a field."""
    return wording.question(field)


@cache
def labels_of(field: Field) -> tuple[str, ...]:
    """The numbered ways to answer a field."""
    if field.kind in _CHOSEN:
        return tuple(choice.label for choice in field.choices)
    if field.kind == "declaration":
        return (wording.AGREE, wording.DISAGREE)
    return ()


# ---- what was understood in part ----


def _ask_rest(desk: Desk, at: _At, answer: Answer) -> None:
    value = answer.value
    if isinstance(value, dict) and at.field.kind == "matrix":
        ask_item(desk, at.field, value, head=_head(at))
    elif isinstance(value, dict):
        _ask_detail(desk, at, value)
    else:
        _ask_on(desk, at)


def ask_item(
    desk: Desk, field: Field, marks: dict[str, str], *, head: str = ""
) -> None:
    """Ask the first row of a matrix that has no mark yet."""
    number, item = next_item(field, marks)
    labels = [mark(choice.label) for choice in field.choices]
    text = f"{head}{wording.item(field, item, number)}"
    desk.ask(text, labels, topic="field", field=field.id, held=item.id)


def next_item(field: Field, marks: dict[str, str]) -> tuple[int, Item]:
    """The first row without a mark, and its 1-based number."""
    return next(
        (number, item)
        for number, item in enumerate(field.items, 1)
        if item.id not in marks
    )


def _ask_on(desk: Desk, at: _At) -> None:
    """A long text half written goes on."""
    said = wording.more_pieces(at.field, len(at.draft.parts))
    desk.ask(f"{_head(at)}{said}", topic="field", field=at.field.id)


def _ask_detail(desk: Desk, at: _At, ticked: dict[str, str]) -> None:
    lacking = [
        choice
        for choice in at.field.choices
        if choice.detail and ticked.get(choice.value) == ""
    ]
    if not lacking:
        _ask_plain(desk, at, head=_head(at))
        return
    text = wording.missing_detail(at.field, [lacking[0].label], lacking[0].detail)
    desk.ask(f"{_head(at)}{text}", topic="field", field=at.field.id)


# ---- what is remembered from before ----


def _ask_offered(desk: Desk, at: _At, answer: Answer) -> None:
    block = () if at.draft.editing else _block(desk, at)
    if len(block) > 1:
        _ask_block(desk, at, block)
        return
    labels = [wording.YES]
    if at.field.choices:
        labels.append(wording.ASK_AGAIN)
    text = wording.offer(at.field, shown(at.field, answer.value, 100))
    desk.ask(f"{_head(at)}{text}", labels, topic="offer", field=at.field.id)


def _block(desk: Desk, at: _At) -> tuple[Field, ...]:
    """The remembered answers of this part that one yes can settle."""
    fields = (
        field
        for field in at.asked[at.place - 1 :]
        if field.part == at.field.part
        and field.kind not in _NOT_IN_BLOCKS
        and (answer := at.draft.answers.get(field.id)) is not None
        and answer.state == "offered"
        and not consents.wanted(desk, field)
    )
    return tuple(fields)[:_LONGEST_BLOCK]


def _ask_block(desk: Desk, at: _At, block: tuple[Field, ...]) -> None:
    rows = [
        (field.name, shown(field, at.draft.answers[field.id].value, 40))
        for field in block
    ]
    held = ",".join(field.id for field in block)
    labels = (wording.ALL_SAME, wording.ONE_BY_ONE)
    text = f"{_part_head(at)}{wording.offers(rows)}"
    desk.ask(text, labels, topic="offers", field=at.field.id, held=held)
