"""Everything that finished turns make last, written with one statement per table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from bot.actions.pushes import as_few
from bot.ports import Encoded, Envelope, Push
from conversations import codec
from conversations.model import (
    CloseDraft,
    Conversation,
    Draft,
    OpenDraft,
    RecordConsent,
    Reply,
    StartJob,
    Turn,
)
from notices.reach import Windows
from storage import (
    consents,
    conversations,
    inbox,
    jobs,
    outbox,
    people,
    reach,
    windows,
)
from storage.conversations import ConversationRow, DraftRow
from storage.database import UnitOfWork
from storage.windows import Opened

# A window that nothing was sent in counts from a moment at most this much older
# than the last message, which saves a write for each message.
_TOUCH_AFTER = timedelta(minutes=10)


class Stepped(msgspec.Struct, frozen=True):
    """One message with the turn it came to.

    ``carried`` are held rows whose texts went with its answer.
    """

    envelope: Envelope
    known: people.Known
    row: ConversationRow | None
    before: Conversation
    turn: Turn
    encoded: Encoded
    failures: int
    carried: tuple[str, ...] = ()


class Writes:
    """Rows to be written, gathered turn by turn.

    ``erased`` tells that the one person concerned was erased in this very
    transaction: then only the answer is remembered, without them. ``joined``
    that they became one with another person, whose dialogue was written then.
    """

    def __init__(self, now: datetime, windows: Windows | None = None) -> None:
        self.now = now
        self._windows = windows or Windows()
        self.erased = False
        self.joined = False
        self._answers: list[inbox.Answered] = []
        self._new: list[ConversationRow] = []
        self._moved: list[ConversationRow] = []
        self._consents: list[consents.ConsentRow] = []
        self._opened: list[DraftRow] = []
        self._closed: list[str] = []
        self._touched: list[str] = []
        self._opened_windows: dict[str, list[str]] = {"window": [], "brief": []}
        self._ended: list[str] = []
        self._carried: list[str] = []
        # Who may have something held that can go now.
        self._present: set[str] = set()
        self.jobs: list[jobs.JobRow] = []
        self.pushes: list[outbox.OutboxRow] = []
        self.forgotten: list[str] = []
        """Addresses of the erased: what lies of them beside the database goes too."""

    def add(self, stepped: Stepped) -> None:
        """Note what one turn makes last."""
        known, turn, envelope = stepped.known, stepped.turn, stepped.envelope
        draft = _blind_draft(stepped.before, turn.conversation)
        self._answers.append(
            inbox.Answered(
                message_key=envelope.message_key,
                person_id=None if self.erased else known.person_id,
                received_at=self.now,
                reply=stepped.encoded.remembered,
                draft_id=draft,
                failures=stepped.failures,
            )
        )
        if stepped.encoded.overflow:
            self.push_replies(envelope, known, stepped.encoded.overflow, draft)
        if self.erased:
            self.forgotten.append(envelope.address)
        if self.erased or self.joined:
            return
        self._note_dialogue(stepped)
        # Whatever took them out: handed in, given up, dropped.
        kept = {draft.id for draft in turn.conversation.drafts}
        self._closed += [d.id for d in stepped.before.drafts if d.id not in kept]
        for number, effect in enumerate(turn.effects):
            self._note_effect(effect, known, f"{envelope.inbound.id}-{number}")
        if envelope.channel == known.channel:
            self._note_presence(stepped)

    def _note_presence(self, stepped: Stepped) -> None:
        """Note that somebody is there, if it changes what may be sent to them."""
        known, opens = stepped.known, stepped.envelope.opens
        self._carried += stepped.carried
        if known.holds:
            self._present.add(known.person_id)
        if stepped.envelope.inbound.kind == "unfollow":
            self._ended.append(known.address_id)
        elif opens and self._widens(known, opens):
            self._opened_windows[opens].append(known.address_id)
            self._present.add(known.person_id)
        elif _is_stale(known, self.now):
            self._touched.append(known.address_id)
            self._present.add(known.person_id)

    def _widens(self, known: people.Known, opens: str) -> bool:
        """True iff more may be sent after this message than before."""
        limits, now = self._windows, self.now
        if known.last_inbound_at is None:
            return True
        window = known.window_until
        if opens == "window":
            used = known.window_sends < limits.sends
            fresh = now + limits.lasts - _TOUCH_AFTER
            return used or window is None or window < fresh
        if window and window > now and known.window_sends >= limits.brief_sends:
            # It holds as much as a tap opens.
            return False
        until = known.brief_until
        soon = now + limits.brief_lasts / 2
        return known.brief_sends < limits.brief_sends or until is None or until < soon

    def _openings(self) -> list[Opened]:
        limits, ids = self._windows, self._opened_windows
        return [
            Opened(
                "window", tuple(ids["window"]), self.now + limits.lasts, limits.sends
            ),
            Opened(
                "brief",
                tuple(ids["brief"]),
                self.now + limits.brief_lasts,
                limits.brief_sends,
            ),
        ]

    def _note_dialogue(self, stepped: Stepped) -> None:
        row, after = stepped.row, stepped.turn.conversation
        person_id = stepped.known.person_id
        if row is None:
            self._new.append(ConversationRow(person_id, 1, codec.encode(after)))
        elif after is not stepped.before or row.push is not None:
            state = codec.encode(after)
            self._moved.append(ConversationRow(person_id, row.revision, state))

    def _note_effect(self, effect: object, known: people.Known, id_: str) -> None:
        match effect:
            case OpenDraft(draft, form, version, subject):
                self._opened.append(
                    DraftRow(draft, known.person_id, form, version, subject, self.now)
                )
            case CloseDraft():
                return
            case RecordConsent(kind, version, digest, given):
                self._consents.append(
                    consents.ConsentRow(
                        id_, known.person_id, kind, version, digest, given, self.now
                    )
                )
            case StartJob(job, kind, payload):
                self.jobs.append(
                    jobs.JobRow(
                        id=job,
                        kind=kind,
                        person_id=known.person_id,
                        address_id=known.address_id,
                        payload=payload,
                        not_before=self.now,
                    )
                )
            case _:
                raise TypeError(f"an effect nobody writes: {effect!r}")

    def push_replies(
        self,
        envelope: Envelope,
        known: people.Known,
        replies: Sequence[Reply],
        draft_id: str | None = None,
        *,
        kind: str = "reply",
    ) -> None:
        """Let replies leave as pushes to where the person is, in their order.

        Once for each ``kind`` of a message's replies: the rest of a passive
        answer (``reply``), and an answer that came too late (``late``).
        """
        few = as_few(replies, channel=known.channel)
        for number, reply in enumerate(few):
            key = f"{kind}:{envelope.message_key}:{number}"
            self.pushes.append(
                outbox.OutboxRow(
                    id=f"{envelope.inbound.id}-{kind[0]}{number:02d}",
                    dedupe_key=key,
                    person_id=None if self.erased else known.person_id,
                    address_id=known.address_id,
                    channel=known.channel,
                    purpose="reply",
                    urgency=0,
                    body=msgspec.json.encode(Push(reply=reply)),
                    not_before=self.now + timedelta(microseconds=number),
                    draft_id=draft_id,
                )
            )

    def close_drafts(self, draft_ids: Sequence[str]) -> None:
        """Take drafts off the index that no dialogue knows of any more."""
        self._closed += draft_ids

    async def flush(self, uow: UnitOfWork) -> None:
        """Write it all; the caller commits."""
        await conversations.insert_new(uow, self._new, now=self.now)
        await conversations.save(uow, self._moved, now=self.now)
        await inbox.remember(uow, self._answers)
        await consents.add(uow, self._consents)
        await conversations.open_drafts(uow, self._opened)
        await conversations.close_drafts(uow, draft_ids=self._closed)
        await jobs.enqueue(uow, self.jobs, now=self.now)
        await outbox.enqueue(uow, self.pushes, now=self.now)
        await reach.carried(uow, outbox_ids=self._carried, now=self.now)
        await people.touch_inbound(uow, address_ids=sorted(self._touched), now=self.now)
        await windows.begin(uow, self._openings(), now=self.now)
        await windows.end(uow, address_ids=self._ended)
        await outbox.release_held(uow, person_ids=sorted(self._present), now=self.now)


def _is_stale(known: people.Known, now: datetime) -> bool:
    last = known.last_inbound_at
    return last is None or now - last > _TOUCH_AFTER


def _blind_draft(before: Conversation, after: Conversation) -> str | None:
    """The draft the message was about, if its traces are to be wiped one day."""
    for conversation in (after, before):
        draft = _focused(conversation)
        if draft is not None:
            return draft.id
    return None


def _focused(conversation: Conversation) -> Draft | None:
    for draft in conversation.drafts:
        if draft.id == conversation.focus:
            return draft
    return None
