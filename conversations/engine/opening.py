"""Opening a form, and what becomes of commands and submissions."""

from __future__ import annotations

from conversations.engine import asking, menus, moving
from conversations.engine.desk import Desk, base36, replace
from conversations.engine.way import way_of
from conversations.forms.schema import Field, Form
from conversations.model import (
    Answer,
    Asked,
    CloseDraft,
    Draft,
    FormRequest,
    OpenDraft,
    Outcome,
    Reply,
    Value,
)
from conversations.prompts import questions as wording
from conversations.prompts import ways
from conversations.prompts.text import LONGEST, pages

_NEVER_OFFERED = frozenset({"declaration", "signature"})
ALL = "*"


def settle_outcome(desk: Desk, outcome: Outcome) -> None:
    """Say what came of a command or a submission; open and close what it says."""
    if outcome.done:
        _close_submitted(desk, outcome)
    _drop(desk, outcome.drop)
    for reply in outcome.replies:
        _pass_on(desk, reply)
    if outcome.open is not None:
        open_form(desk, outcome.open)
    elif not desk.conversation.focus and moving.readable(desk):
        _hint(desk, ways.hint(moving.titles(desk)))


def _close_submitted(desk: Desk, outcome: Outcome) -> None:
    draft = desk.draft
    if draft is None:
        return
    desk.remove(draft.id)
    closing = desk.form(draft).closing
    if not outcome.replies and closing:
        desk.say(closing)


def _drop(desk: Desk, ids: tuple[str, ...]) -> None:
    everything = ALL in ids
    for draft in desk.conversation.drafts:
        if everything or draft.id in ids:
            desk.remove(draft.id)
            desk.effects.append(CloseDraft(draft.id))


def _pass_on(desk: Desk, reply: Reply) -> None:
    """Say a command's reply; its choices are what a number answers from now on."""
    if reply.kind != "text":
        desk.replies.append(reply)
        return
    *before, last = pages(menus.with_numbers(reply.text, reply.choices))
    desk.replies.extend(Reply(text=page) for page in before)
    desk.replies.append(replace(reply, text=last))
    if reply.choices:
        count = desk.conversation.questions + 1
        asked = Asked(
            token=f"#{base36(count)}",
            topic="menu",
            options=reply.choices,
            draft=desk.conversation.focus,
        )
        desk.conversation = replace(desk.conversation, asked=asked, questions=count)


def _hint(desk: Desk, text: str) -> None:
    """Add ``text`` under the last message, or as a message of its own."""
    last = desk.replies[-1] if desk.replies else None
    if last is not None and last.kind == "text":
        longer = f"{last.text}\n\n{text}"
        if len(longer.encode()) <= LONGEST:
            desk.replies[-1] = replace(last, text=longer)
            return
    desk.say(text)


# ---- opening ----


def open_form(desk: Desk, request: FormRequest) -> None:
    """Begin a form; one that is open about the same subject is gone on with."""
    for draft in moving.readable(desk):
        if (draft.form, draft.subject) == (request.form, request.subject):
            moving.turn_to(desk, draft)
            return
    others = moving.titles(desk)
    if others:
        desk.note(ways.kept_other(others[-1]))
    form = desk.book.get(request.form, request.version)
    draft = _new_draft(desk, form, request)
    drafts = (*desk.conversation.drafts, draft)
    desk.conversation = replace(desk.conversation, drafts=drafts)
    desk.focus(draft.id)
    desk.effects.append(OpenDraft(draft.id, draft.form, draft.version, draft.subject))
    desk.note(wording.opened(form))
    asking.go_on(desk, draft)


def _new_draft(desk: Desk, form: Form, request: FormRequest) -> Draft:
    fields = way_of(form).fields
    offered = {
        key: Answer(value, "offered")
        for key, value in request.prefill.items()
        if key in fields and _can_be_offered(fields[key], value)
    }
    given = {key: Answer(value) for key, value in request.given.items()}
    return Draft(
        id=request.draft,
        form=form.form,
        version=form.version,
        subject=request.subject,
        context=request.context,
        started_on=desk.moment.today,
        answers=offered | given,
    )


def _can_be_offered(field: Field, value: Value) -> bool:
    """Whether a remembered value still fits the field, which may have changed."""
    if not field.asked or field.kind in _NEVER_OFFERED or not value:
        return False
    known = {choice.value for choice in field.choices}
    if isinstance(value, str):
        return field.kind not in ("matrix", "ticks") and (not known or value in known)
    if field.kind == "matrix":
        items = {item.id for item in field.items}
        return set(value) == items and set(value.values()) <= known
    return field.kind == "ticks" and set(value) <= known
