"""From a text to a kept answer: read it, and say what is wrong or still missing."""

from __future__ import annotations

from collections.abc import Mapping

from conversations.engine import asking, recording
from conversations.engine.desk import Desk, replace
from conversations.engine.way import is_begun, place_of, questions, way_of
from conversations.forms.schema import Field
from conversations.model import Answer, Asked, Draft
from conversations.prompts import general, problems
from conversations.prompts import questions as wording
from conversations.understanding import Read, asks, read_field

_ASKS_FOR_MORE = frozenset({"ticks_detail"})
_TAKES_ANYTHING = frozenset({"name", "text", "long_text"})
_LONGEST_ASKED = 20


def read(desk: Desk, draft: Draft, field: Field, text: str) -> Read:
    """``text`` read for ``field``; a part understood before is gone on with."""
    return read_field(
        field,
        text,
        today=desk.moment.today,
        answers=_beside(draft, field),
        context=draft.context,
    )


def _beside(draft: Draft, field: Field) -> Mapping[str, Answer]:
    """The answers; without a finished one to the field itself, which is said anew."""
    before = draft.answers.get(field.id)
    if before is None or is_begun(before) or isinstance(before.value, str):
        return draft.answers
    return {key: one for key, one in draft.answers.items() if key != field.id}


def take(desk: Desk, draft: Draft, field: Field, text: str) -> None:
    """Read ``text`` for ``field``; keep it and go on, or ask back."""
    result = read(desk, draft, field, text)
    if not result.problem:
        asking.go_on(desk, recording.keep(desk, draft, [(field, result.value)]))
    elif result.candidates:
        _ask_which(desk, draft, field, text, result)
    elif isinstance(result.value, dict) and result.value:
        _keep_part(desk, draft, field, result)
    else:
        refuse(desk, draft, field, result, asked_back=asks(text))


def is_asking(draft: Draft, field: Field, text: str) -> bool:
    """Whether a short text, where any text is an answer, rather asks something."""
    return (
        field.kind in _TAKES_ANYTHING
        and not draft.parts
        and len(text) <= _LONGEST_ASKED
        and asks(text)
    )


def ask_whether_meant(desk: Desk, draft: Draft, field: Field, text: str) -> None:
    """A question is not kept as an answer, unless the person says that it is one."""
    answer = draft.answers.get(field.id)
    desk.note(wording.asked_back(desk.contact))
    if field.kind == "name" or (answer is not None and answer.state == "offered"):
        asking.ask_current(desk, draft)
        return
    asked = questions(desk.form(draft), draft)
    head = wording.place(place_of(asked, field.id), len(asked))
    desk.ask(
        f"{head}{asking.question_of(field)}",
        (general.my_answer(text),),
        topic="question",
        field=field.id,
        held=text,
    )


def _ask_which(desk: Desk, draft: Draft, field: Field, text: str, result: Read) -> None:
    if result.problem == "ambiguous":
        said = wording.readings(text)
    else:
        said = _said(desk, draft, field, result)
    labels = (*(one.label for one in result.candidates), wording.OTHER_READING)
    desk.ask(said, labels, topic="reading", field=field.id, held=text)


def choose(desk: Desk, draft: Draft, asked: Asked, place: int) -> None:
    """One of several readings was chosen, or none of them."""
    field = way_of(desk.form(draft)).fields.get(asked.field)
    candidates = read(desk, draft, field, asked.held).candidates if field else ()
    if field is None or place > len(candidates):
        asking.ask_current(desk, draft)
        return
    value = candidates[place - 1].value
    if field.kind in ("matrix", "ticks") and isinstance(value, str):
        take(desk, draft, field, candidates[place - 1].label)
    else:
        asking.go_on(desk, recording.keep(desk, draft, [(field, value)]))


def _keep_part(desk: Desk, draft: Draft, field: Field, result: Read) -> None:
    """Keep what was understood of ticks or a matrix, and ask for the rest."""
    draft = recording.set_state(desk, draft, field, Answer(result.value, "partial"))
    if result.problem not in _ASKS_FOR_MORE:
        desk.note(_said(desk, draft, field, result))
    asking.ask_current(desk, desk.put(replace(draft, misses=0)))


def refuse(
    desk: Desk, draft: Draft, field: Field, result: Read, *, asked_back: bool = False
) -> None:
    """Say what was wrong; the second time with an example, then with a way round.

    Who asks something instead (``asked_back``) has not missed.
    """
    if asked_back:
        desk.note(wording.asked_back(desk.contact))
        asking.ask_current(desk, draft)
        return
    misses = draft.misses + 1
    desk.put(replace(draft, misses=misses))
    said = [_said(desk, draft, field, result)]
    asked = desk.conversation.asked
    one_row = asked is not None and asked.topic == "field" and bool(asked.held)
    if misses >= 2 and not one_row:
        said.append(problems.example(field))
    if misses >= 3 and not one_row:
        said.append(problems.way_round(field, desk.contact))
    text = "\n".join(line for line in said if line)
    answer = draft.answers.get(field.id)
    if asked is not None and asked.topic == "offer":
        desk.say(text)
    elif answer is not None and is_begun(answer) and (one_row or answer.value):
        desk.note(text)
        asking.ask_current(desk, desk.put(replace(draft, misses=misses)))
    else:
        desk.ask(text, asking.labels_of(field), topic="field", field=field.id)


def _said(desk: Desk, draft: Draft, field: Field, result: Read) -> str:
    place = 0
    if result.problem == "signature_differs":
        place = place_of(questions(desk.form(draft), draft), field.source)
    return problems.problem(field, result, contact=desk.contact, name_place=place)
