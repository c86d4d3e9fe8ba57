"""Moving about in a form, leaving it, coming back, giving it up."""

from __future__ import annotations

from conversations.engine import asking, consents, pieces, recording, summary, words
from conversations.engine.answering import put_off
from conversations.engine.desk import Desk, replace
from conversations.engine.way import SUMMARY, missing, place_of, questions, way_of
from conversations.forms.schema import Field
from conversations.model import Answer, Asked, CloseDraft, Draft
from conversations.prompts import overview, ways
from conversations.prompts import questions as wording
from conversations.prompts.text import deadline

_TEXTUAL = frozenset({"text", "long_text", "name", "ethnicity"})
_UNANSWERED = frozenset({"offered", "partial"})


# ---- leaving and coming back ----


def leave(desk: Desk) -> None:
    """退出: the draft stays; say how to come back, and until when."""
    draft = desk.draft
    if draft is None:
        nothing_in_focus(desk)
        return
    form = desk.form(draft)
    asked = questions(form, draft)
    until = deadline(draft.context.get("apply_until", ""), desk.moment.today)
    desk.focus("")
    place = place_of(asked, draft.cursor)
    lacking = len(missing(asked, draft.answers))
    desk.say(ways.left(form.title, place, lacking, until))


def nothing_in_focus(desk: Desk) -> None:
    """A word for forms came while none is being filled."""
    desk.say(ways.NOT_IN_FORM if desk.conversation.drafts else ways.NOTHING_OPEN)


def readable(desk: Desk) -> tuple[Draft, ...]:
    """The drafts whose form the book still has."""
    return tuple(one for one in desk.conversation.drafts if is_readable(desk, one))


def is_readable(desk: Desk, draft: Draft) -> bool:
    """Whether the book has the form of a draft, in its version."""
    try:
        desk.form(draft)
    except KeyError:
        return False
    return True


def resume(desk: Desk) -> None:
    """继续: go on; with several forms open, ask which."""
    draft = desk.draft
    if draft is not None and _is_answered(draft):
        desk.note(ways.KEPT)
        asking.go_on(desk, draft)
        return
    drafts = readable(desk)
    if len(drafts) > 1:
        _ask_which(desk, drafts)
    elif draft is not None:
        asking.ask_current(desk, draft)
    elif drafts:
        turn_to(desk, drafts[0])
    elif desk.conversation.drafts:
        say_gone(desk)
    else:
        desk.say(ways.NOTHING_OPEN)


def say_gone(desk: Desk) -> None:
    """A draft is there, but its form is not: said once in a turn."""
    said = ways.VERSION_GONE.format(contact=desk.contact)
    if said not in desk.notes:
        desk.note(said)


def _is_answered(draft: Draft) -> bool:
    """Whether the question at the cursor is one being changed."""
    answer = draft.answers.get(draft.cursor)
    return answer is not None and answer.state in ("given", "pending")


def _ask_which(desk: Desk, drafts: tuple[Draft, ...]) -> None:
    labels = [_line(desk, draft) for draft in drafts]
    held = ",".join(draft.id for draft in drafts)
    desk.ask(ways.WHICH_FORM, labels, topic="resume", held=held)


def _line(desk: Desk, draft: Draft) -> str:
    form = desk.form(draft)
    asked = questions(form, draft)
    place = place_of(asked, draft.cursor)
    return ways.draft_line(form.title, summary.about(draft), place, len(asked))


def choose_form(desk: Desk, asked: Asked, place: int) -> None:
    """One of several open forms was chosen."""
    draft = desk.find(asked.held.split(",")[place - 1])
    if draft is None:
        resume(desk)
    else:
        turn_to(desk, draft)


def turn_to(desk: Desk, draft: Draft) -> None:
    """Go on with a draft where it was left."""
    desk.focus(draft.id)
    desk.note(ways.back_in(desk.form(draft).title))
    asking.ask_current(desk, draft)


def titles(desk: Desk) -> list[str]:
    """The titles of the open forms."""
    return [desk.form(draft).title for draft in readable(desk)]


# ---- giving up ----


def cancel(desk: Desk) -> None:
    """取消: asks before the draft in focus is thrown away."""
    draft = desk.draft
    if draft is None:
        desk.say(ways.NOTHING_TO_CANCEL)
        return
    text = ways.cancel(desk.form(draft).title, _done(draft))
    desk.ask(text, (ways.KEEP, ways.GIVE_UP), topic="cancel")


def _done(draft: Draft) -> int:
    return sum(answer.state == "given" for answer in draft.answers.values())


def choose_cancel(desk: Desk, draft: Draft, place: int) -> None:
    """1 keeps the draft, 2 throws it away."""
    if place == 1:
        asking.ask_current(desk, draft)
        return
    desk.effects.append(CloseDraft(draft.id))
    title = desk.form(draft).title
    desk.remove(draft.id)
    desk.note(ways.given_up(title))
    if readable(desk):
        desk.note(ways.hint(titles(desk)))


# ---- moving ----


def back(desk: Desk, draft: Draft) -> None:
    """上一步: the question before, or the row before in a matrix."""
    form = desk.form(draft)
    field = way_of(form).fields.get(draft.cursor)
    if field is not None and pieces.drop_last_mark(desk, draft, field):
        return
    asked = questions(form, draft)
    place = place_of(asked, draft.cursor) or len(asked) + 1
    draft = pieces.set_aside(desk, draft)
    if place == 1:
        desk.note(ways.AT_START)
        asking.move_to(desk, draft, draft.cursor)
    else:
        asking.move_to(desk, draft, asked[place - 2].id)


def change(desk: Desk, draft: Draft, place: int) -> None:
    """修改 N: ask the question at a place again, then return to where one was."""
    asked = questions(desk.form(draft), draft)
    if not 1 <= place <= len(asked):
        desk.say(ways.no_such_place(place, len(asked)))
        return
    draft = pieces.set_aside(desk, draft)
    asking.move_to(desk, draft, asked[place - 1].id)


def place_named(desk: Desk, draft: Draft, name: str) -> int | None:
    """The place of the question that ``name`` names; None when there is none."""
    if not name:
        return None
    for place, field in enumerate(questions(desk.form(draft), draft), 1):
        if name in (field.label, field.short, *field.aliases):
            return place
    return None


def skip(desk: Desk, draft: Draft) -> None:
    """跳过: an optional field is left empty, one that may wait comes again."""
    field = way_of(desk.form(draft)).fields.get(draft.cursor)
    if field is None:
        desk.say(overview.confirm())
    elif _is_answered(draft):
        desk.note(ways.KEPT)
        asking.go_on(desk, draft)
    elif field.may_wait and not field.optional:
        desk.note(ways.put_off(field.name))
        pass_over(desk, put_off(desk, pieces.set_aside(desk, draft), field), field)
    elif consents.wanted(desk, field):
        desk.note(wording.consent_unclear())
        asking.ask_current(desk, draft)
    elif field.optional:
        desk.note(ways.skipped(field.name))
        value = words.NOTHING if field.kind in _TEXTUAL else ""
        rows = [(field, value)]
        asking.go_on(desk, recording.keep(desk, draft, rows, aloud=False))
    else:
        desk.say(ways.cannot_skip(field.name, desk.contact))


def pass_over(desk: Desk, draft: Draft, field: Field) -> None:
    """Go on after a field was put off: never straight back to one put off before."""
    asked = questions(desk.form(draft), draft)
    place = place_of(asked, field.id)
    ahead = [one.id for one in asked if _is_open(draft.answers.get(one.id))]
    waiting = [
        one.id
        for one in asked[place:]
        if (answer := draft.answers.get(one.id)) is not None
        and answer.state == "put_off"
    ]
    asking.move_to(desk, draft, next(iter((*ahead, *waiting)), SUMMARY))


def _is_open(answer: Answer | None) -> bool:
    return answer is None or answer.state in _UNANSWERED


def preview(desk: Desk, draft: Draft) -> None:
    """预览: every place with its answer, then the question again."""
    if not summary.preview(desk, draft):
        asking.ask_current(desk, draft)


def finish(desk: Desk, draft: Draft) -> None:
    """完成: the end of a long text."""
    field = way_of(desk.form(draft)).fields.get(draft.cursor)
    if (
        field is not None
        and field.kind == "long_text"
        and not consents.wanted(desk, field)
    ):
        pieces.finish_text(desk, draft, field)
    else:
        desk.note(wording.FINISH_ELSEWHERE)
        asking.ask_current(desk, draft)


def submit(desk: Desk, draft: Draft) -> None:
    """提交: the summary first; missing answers before that."""
    asked = desk.conversation.asked
    lacking = summary.first_missing(desk, draft)
    if lacking:
        asking.move_to(desk, pieces.set_aside(desk, draft), lacking)
    elif summary.is_pending(draft):
        desk.put(replace(draft, cursor=SUMMARY, parts=(), misses=0))
        desk.say(ways.PHOTO_BEING_CHECKED)
    elif asked is not None and asked.topic == "summary":
        summary.submit(desk, draft)
    else:
        summary.ask_to_submit(desk, draft)


# ---- consent ----


def refuse_consent(desk: Desk, draft: Draft, kind: str) -> None:
    """No: nothing is kept against it, and there is another way."""
    form = desk.form(draft)
    if kind == consents.PERSONAL:
        contact = desk.contact
        desk.focus("")
        desk.say(wording.refused_personal(form.title, contact))
        return
    draft, fields = consents.put_off_sensitive(desk, draft)
    names = [field.name for field in fields]
    desk.note(wording.refused_sensitive(names, desk.contact))
    pass_over(desk, draft, questions(form, draft)[-1])
