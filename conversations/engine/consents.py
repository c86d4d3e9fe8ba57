"""Consent: asked once per version, before the first field that needs it."""

from __future__ import annotations

from conversations.engine.desk import Desk, replace
from conversations.engine.way import questions
from conversations.forms.schema import Field
from conversations.model import Answer, Asked, Draft, RecordConsent
from conversations.prompts import questions as wording

PERSONAL = "personal"
SENSITIVE = "sensitive"


def wanted(desk: Desk, field: Field) -> str:
    """The kind of consent that ``field`` still waits for; empty when none."""
    privacy = field.privacy
    if privacy.personal and not _given(desk, PERSONAL):
        return PERSONAL
    if privacy.sensitive and not _given(desk, SENSITIVE):
        return SENSITIVE
    return ""


def _given(desk: Desk, kind: str) -> bool:
    return desk.conversation.consents.get(kind) == desk.book.consent(kind).version


def ask(desk: Desk, kind: str, *, held: str = "") -> None:
    """Read the consent to the person in full; only the question if they just saw it.

    ``held`` is a photo that waits for it.
    """
    consent = desk.book.consent(kind)
    field = f"{kind}/{consent.version}"
    asked = desk.conversation.asked
    if asked is not None and asked.topic == "consent" and asked.field == field:
        text, held = wording.CONSENT_ONCE_MORE, held or asked.held
    else:
        if kind in desk.conversation.consents:
            desk.note(wording.CONSENT_AGAIN)
        text = consent.text.replace("{contact}", desk.contact)
    labels = (wording.AGREE, wording.DISAGREE)
    desk.ask(text, labels, topic="consent", field=field, held=held)


def kind_of(asked: Asked) -> str:
    """The kind of consent that a question was about."""
    return asked.field.partition("/")[0]


def is_outdated(desk: Desk, asked: Asked) -> bool:
    """Whether the text has changed since it was read to the person."""
    kind, _, version = asked.field.partition("/")
    return desk.book.consent(kind).version != version


def record(desk: Desk, kind: str, *, given: bool) -> None:
    """Keep the answer, with the version and the digest of what was read."""
    consent = desk.book.consent(kind)
    desk.effects.append(RecordConsent(kind, consent.version, consent.digest, given))
    if given:
        consents = {**desk.conversation.consents, kind: consent.version}
        desk.conversation = replace(desk.conversation, consents=consents)


def put_off_sensitive(desk: Desk, draft: Draft) -> tuple[Draft, tuple[Field, ...]]:
    """``draft`` with its open sensitive fields put off, and those fields."""
    fields = tuple(
        field
        for field in questions(desk.form(draft), draft)
        if field.privacy.sensitive and not _answered(draft, field)
    )
    answers = draft.answers | {field.id: Answer(state="put_off") for field in fields}
    return desk.put(replace(draft, answers=answers)), fields


def _answered(draft: Draft, field: Field) -> bool:
    answer = draft.answers.get(field.id)
    return answer is not None and answer.state in ("given", "pending")
