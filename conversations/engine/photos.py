"""Photos and other slow work: begun in a step, ended by a message of its own."""

from __future__ import annotations

from conversations.engine import asking, consents, recording, summary
from conversations.engine.desk import Desk, replace
from conversations.engine.way import SUMMARY, missing, questions, way_of
from conversations.forms.schema import Field
from conversations.model import Answer, Draft, Inbound, JobResult, Reply, RunCommand
from conversations.prompts import general, ways
from conversations.prompts.problems import photo_refused

STAMP = "盖章"
_PICTURES = frozenset({"chart", "form_picture"})


def take_image(desk: Desk, inbound: Inbound) -> None:
    """An image: the photo that the form wants, or a kind word."""
    draft = desk.draft
    if draft is None:
        _take_outside(desk, inbound.media)
        return
    field = _wanted(desk, draft)
    if field is None:
        has_photo = any(
            one.kind == "photo" for one in questions(desk.form(draft), draft)
        )
        desk.note(ways.PHOTO_ALREADY if has_photo else ways.PHOTO_NOT_WANTED)
        asking.ask_current(desk, draft)
        return
    if consents.wanted(desk, field):
        desk.note(ways.PHOTO_WAITS_FOR_CONSENT)
        consents.ask(desk, consents.wanted(desk, field), held=inbound.media)
        return
    take_photo(desk, draft, field, inbound.media)


def _take_outside(desk: Desk, media: str) -> None:
    """Outside a form, a picture can be the stamped page of an application."""
    if STAMP in desk.facts.commands:
        desk.effects.append(RunCommand(STAMP, media))
    else:
        desk.say(ways.PHOTO_OUTSIDE)


def _wanted(desk: Desk, draft: Draft) -> Field | None:
    """The photo field that has no photo yet, or is being asked."""
    for field in questions(desk.form(draft), draft):
        if field.kind == "photo":
            answer = draft.answers.get(field.id)
            if draft.cursor == field.id or answer is None or answer.state != "given":
                return field
    return None


def take_held(desk: Desk, draft: Draft, media: str) -> None:
    """The photo that waited for a consent."""
    field = _wanted(desk, draft)
    if field is None:
        asking.ask_current(desk, draft)
    elif consents.wanted(desk, field):
        consents.ask(desk, consents.wanted(desk, field), held=media)
    else:
        take_photo(desk, draft, field, media)


def take_photo(desk: Desk, draft: Draft, field: Field, media: str) -> None:
    """Have a photo checked, and go on meanwhile."""
    payload = {"media": media, "draft": draft.id, "field": field.id}
    job = desk.start_job("photo", payload)
    answer = Answer(state="pending", job=job)
    draft = recording.set_state(desk, draft, field, answer)
    desk.note(ways.PHOTO_TAKEN)
    if draft.cursor == field.id:
        asking.go_on(desk, draft)
    else:
        asking.ask_current(desk, draft)


# ---- results ----


def take_result(desk: Desk, result: JobResult) -> None:
    """Slow work has ended."""
    if result.kind == "photo":
        _take_photo_result(desk, result)
    elif not result.ok:
        if result.kind not in _PICTURES:
            desk.say(general.JOB_FAILED)
    elif result.file:
        kind = "image" if result.kind in _PICTURES else "file"
        desk.replies.append(Reply(kind=kind, ref=result.file, name=result.detail))


def _take_photo_result(desk: Desk, result: JobResult) -> None:
    """The photo is good, or the field is open again; a photo replaced since is nothing."""
    for draft in desk.conversation.drafts:
        for field_id, answer in draft.answers.items():
            if answer.state == "pending" and answer.job == result.job:
                _settle_photo(desk, draft, field_id, result)
                return


def _settle_photo(desk: Desk, draft: Draft, field_id: str, result: JobResult) -> None:
    field = way_of(desk.form(draft)).fields[field_id]
    if result.ok:
        _photo_is_fine(
            desk, recording.set_state(desk, draft, field, Answer(result.file))
        )
        return
    answers = {key: one for key, one in draft.answers.items() if key != field_id}
    draft = desk.put(replace(draft, answers=answers))
    if draft.cursor == SUMMARY:
        desk.put(replace(draft, cursor=field_id, misses=0))
        _forget_question(desk, draft)
    desk.say(photo_refused(result.reason))


def _photo_is_fine(desk: Desk, draft: Draft) -> None:
    """Say so; whoever waits for nothing else is asked to hand the form in."""
    asked = questions(desk.form(draft), draft)
    all_there = not missing(asked, draft.answers) and not summary.is_pending(draft)
    if draft.cursor != SUMMARY or not all_there:
        desk.say(ways.PHOTO_FINE)
    elif desk.conversation.focus == draft.id:
        desk.note(ways.PHOTO_FINE)
        summary.ask_to_submit(desk, draft)
    else:
        desk.say(ways.PHOTO_FINE_CONTINUE)


def _forget_question(desk: Desk, draft: Draft) -> None:
    """The summary that was asked about is no longer true."""
    if desk.conversation.focus == draft.id:
        desk.conversation = replace(desk.conversation, asked=None)
