"""The end of the way: 预览, the summary, 提交."""

from __future__ import annotations

from conversations.engine.desk import Desk, replace
from conversations.engine.way import (
    SUMMARY,
    derived_values,
    missing,
    place_of,
    questions,
    way_of,
)
from conversations.forms.schema import Field, Form
from conversations.model import Draft, SubmitForm
from conversations.prompts import overview, ways


def show(desk: Desk, draft: Draft, asked: tuple[Field, ...]) -> None:
    """The summary with the question whether to hand it in; or what it still lacks."""
    lacking = missing(asked, draft.answers)
    if lacking:
        desk.ask(
            ways.skipped_again(_places(asked, lacking), desk.contact), topic="lacking"
        )
        return
    form = desk.form(draft)
    text = overview.summary(form, asked, draft.answers, about(draft))
    if is_pending(draft):
        desk.ask(f"{text}\n{overview.waiting_photo()}", topic="waiting")
        return
    _ask_whether(desk, draft, f"{text}\n{overview.confirm()}")


def _ask_whether(desk: Desk, draft: Draft, question: str) -> None:
    """Ask whether to hand in what is shown; its picture follows."""
    if desk.form(draft).picture:
        desk.start_job("form_picture", {"draft": draft.id})
    labels = (overview.SUBMIT, overview.LOOK)
    desk.ask(question, labels, topic="summary")


def about(draft: Draft) -> str:
    """What the draft is about, in the words of its context."""
    return draft.context.get("class_title", "") or draft.context.get("title", "")


def is_pending(draft: Draft) -> bool:
    """Whether an answer is still being checked."""
    return any(answer.state == "pending" for answer in draft.answers.values())


def _places(
    asked: tuple[Field, ...], fields: tuple[Field, ...]
) -> list[tuple[int, str]]:
    return [(place_of(asked, field.id), field.name) for field in fields]


def first_missing(desk: Desk, draft: Draft) -> str:
    """The id of the first field that lacks an answer, said in a note; empty if none."""
    asked = questions(desk.form(draft), draft)
    lacking = missing(asked, draft.answers)
    if not lacking:
        return ""
    desk.note(ways.still_missing(_places(asked, lacking)))
    return lacking[0].id


def ask_to_submit(desk: Desk, draft: Draft) -> None:
    """Show the summary of a complete draft."""
    asked = questions(desk.form(draft), draft)
    show(desk, desk.put(replace(draft, cursor=SUMMARY, parts=(), misses=0)), asked)


def submit(desk: Desk, draft: Draft) -> None:
    """Hand the draft in; what became of it is said by ``settle``."""
    desk.notes.clear()
    desk.effects.append(SubmitForm(draft))


def preview(desk: Desk, draft: Draft) -> bool:
    """Note every place with its answer; the picture of the form follows.

    Whoever is at the end is asked to hand it in: then true.
    """
    form = desk.form(draft)
    asked = questions(form, draft)
    further = _derived_lines(form, draft)
    desk.note(overview.preview(form, asked, draft.answers, further))
    if draft.cursor == SUMMARY:
        return _ask_again(desk, draft, asked)
    if form.picture:
        desk.start_job("form_picture", {"draft": draft.id})
    return False


def _ask_again(desk: Desk, draft: Draft, asked: tuple[Field, ...]) -> bool:
    """Under all the answers the summary would only say them once more."""
    if missing(asked, draft.answers) or is_pending(draft):
        return False
    _ask_whether(desk, draft, overview.confirm())
    return True


def _derived_lines(form: Form, draft: Draft) -> dict[str, tuple[str, ...]]:
    way = way_of(form)
    return {
        origin: tuple(
            overview.further_line(way.fields[one].name, value)
            for one, value in derived_values(
                form, draft.answers, origin, draft.started_on
            ).items()
        )
        for origin in way.derived
    }
