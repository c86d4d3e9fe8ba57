"""Taking in what people do: once each, whatever the platform or the machine does.

A batch loads with one query per table, steps in memory, writes with executemany
and commits once. A command that only looks things up and opens a form for its
own person is run within it; a step that touches what others share leaves the
batch and runs in its own transaction. If a batch fails, each of its messages is done
again alone, so that a poisoned one hurts only itself.

Locks come before the look into the inbox: whoever held the person's row has
committed by then, so a message that it answered is seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections.abc import Callable, Sequence
from datetime import timedelta

import msgspec
import structlog

from bot import faults, wording
from bot.actions import carry, dispatch
from bot.actions.arrivals import Loaded, load, sender
from bot.actions.context import Actor, Context, Grant, House
from bot.actions.writes import Stepped, Writes
from bot.clock import Clock, moment_of
from bot.ports import Envelope
from conversations import codec, engine
from conversations.model import (
    Conversation,
    Facts,
    Moment,
    Option,
    Reply,
    RunCommand,
    SubmitForm,
    Turn,
)
from storage import conversations, files, inbox, people, reach
from storage.database import Database, Patience, UnitOfWork
from storage.errors import cannot_write, is_transient

_log = structlog.get_logger()

_TRIES_WHEN_TRANSIENT = 5
_FAILURES_BEFORE_SET_ASIDE = 2
_KEPT_UNDECODABLE = timedelta(days=30)

# A handler that hangs fails twice alone after it failed a batch: whoever came
# with it is answered in time even so. SQLite's own wait for its writer is longer.
_PATIENCE = {
    "postgresql": Patience(database=4.0, work=1.0),
    "sqlite": Patience(database=40.0, work=1.0),
}


class UnavailableError(Exception):
    """The database could not be reached; nothing was decided about the message."""


class NotSavedError(UnavailableError):
    """The database takes nothing in (``why``: ``full``, ``read_only``)."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Leaves(enum.Enum):
    """Why a message was not processed in its batch."""

    ALONE = "it touches what others share, or cannot be stepped"
    LATER = "its person is locked by another process"


class Answered(msgspec.Struct, frozen=True):
    """A processed message: its remembered answer, and the turn's replies.

    ``replies`` is empty when the answer was given to an earlier delivery.
    """

    remembered: bytes
    replies: tuple[Reply, ...] = ()


BatchOutcome = Answered | Leaves


class Reception:
    """Processes messages, in batches or alone.

    ``on_commit`` is called after each commit with what was written, so that
    those who send and work need not wait for their next look. ``on_put_by`` is
    told what could not be processed: a ``message``, a ``dialogue``.
    """

    def __init__(
        self,
        database: Database,
        house: House,
        clock: Clock,
        on_commit: Callable[[Writes], None],
        on_put_by: Callable[[str], None] = lambda _what: None,
    ) -> None:
        self._database = database
        self._house = house
        self._clock = clock
        self._on_commit = on_commit
        self._on_put_by = on_put_by
        self._patience = _PATIENCE[database.dialect]

    async def receive_batch(self, envelopes: Sequence[Envelope]) -> list[BatchOutcome]:
        """Process messages of distinct people in one transaction.

        Raises:
            Exception: nothing of the batch was kept.
        """
        now = self._clock.now()
        moment = moment_of(now)
        async with self._database.transaction(self._patience) as uow:
            loaded = await load(
                uow,
                envelopes,
                now,
                new_id=self._house.new_id,
                twins=self._house.twins,
                skip_locked=True,
            )
            faults.point("batch_loaded")
            writes = Writes(now, self._house.windows)
            taken: set[str] = set()
            outcomes: list[BatchOutcome] = [
                await self._process(uow, envelope, loaded, taken, writes, moment)
                for envelope in envelopes
            ]
            await writes.flush(uow)
            faults.point("batch_written")
            await uow.commit()
        self._on_commit(writes)
        return outcomes

    async def _process(
        self,
        uow: UnitOfWork,
        envelope: Envelope,
        loaded: Loaded,
        taken: set[str],
        writes: Writes,
        moment: Moment,
    ) -> BatchOutcome:
        earlier = loaded.earlier.get(envelope.message_key)
        if earlier is not None and earlier.state != "failed":
            return Answered(earlier.reply or b"")
        known = loaded.known.get(sender(envelope))
        if known is None:
            # The address of slow work whose person was erased meanwhile.
            return Answered(b"")
        person_id = known.person_id
        if person_id in loaded.dialogues.locked or person_id in taken:
            return Leaves.LATER
        taken.add(person_id)
        row = loaded.dialogues.rows.get(person_id)
        grants = loaded.grants.get(person_id, ())
        facts = self._facts(grants, row)
        try:
            before = codec.decode(row.state) if row else Conversation()
            turn = engine.step(
                before, envelope.inbound, self._house.book, facts, moment
            )
        except Exception:  # noqa: BLE001 -- it is met again alone, where it hurts only itself
            return Leaves.ALONE
        effect = _shared_effect(turn)
        if effect is not None:
            if not dispatch.is_own(effect):
                return Leaves.ALONE
            context = self._context(uow, known, grants, moment)
            turn = await self._act(context, effect, turn, facts)
        held = loaded.held.get(person_id, ())
        return _settle(envelope, known, row, before, turn, writes, earlier, held)

    async def receive_alone(self, envelope: Envelope) -> Answered:
        """Process one message in its own transaction.

        Its second failure sets it aside, with a polite answer. Troubles of the
        database are not the message's: it is tried again, and then given back.

        Raises:
            NotSavedError: the database takes nothing in.
            UnavailableError: the database could not be reached.
        """
        troubles = 0
        while True:
            try:
                return await self._alone_or_set_aside(envelope)
            except Exception as error:
                why = cannot_write(error)
                if why is not None:
                    raise NotSavedError(why) from error
                if not is_transient(error):
                    raise
                troubles += 1
                if troubles == _TRIES_WHEN_TRANSIENT:
                    raise UnavailableError from error
                await asyncio.sleep(0.02 * 2**troubles)

    async def _alone_or_set_aside(self, envelope: Envelope) -> Answered:
        while True:
            try:
                return await self._alone(envelope)
            except Exception as error:
                if is_transient(error):
                    raise
                _log.exception("message_failed", channel=envelope.channel)
                answered = await self._failed(envelope, error)
                if answered is not None:
                    return answered

    async def _alone(self, envelope: Envelope) -> Answered:
        now = self._clock.now()
        moment = moment_of(now)
        async with self._database.transaction(self._patience) as uow:
            loaded = await load(
                uow,
                [envelope],
                now,
                new_id=self._house.new_id,
                twins=self._house.twins,
                skip_locked=False,
            )
            writes = Writes(now, self._house.windows)
            earlier = loaded.earlier.get(envelope.message_key)
            known = loaded.known.get(sender(envelope))
            if earlier is not None and earlier.state != "failed":
                return Answered(earlier.reply or b"")
            if known is None:
                return Answered(b"")
            row = loaded.dialogues.rows.get(known.person_id)
            before = await self._dialogue(uow, row, writes)
            grants = loaded.grants.get(known.person_id, ())
            facts = self._facts(grants, row)
            turn = engine.step(
                before, envelope.inbound, self._house.book, facts, moment
            )
            effect = _shared_effect(turn)
            if effect is not None:
                context = self._context(uow, known, grants, moment)
                turn = await self._act(context, effect, turn, facts)
                known = await _still_known(uow, turn, known, writes)
            faults.point("alone_acted")
            gone = writes.erased or writes.joined
            held = () if gone else loaded.held.get(known.person_id, ())
            answered = _settle(
                envelope, known, row, before, turn, writes, earlier, held
            )
            await writes.flush(uow)
            faults.point("alone_written")
            await uow.commit()
        self._on_commit(writes)
        return answered

    def _context(
        self,
        uow: UnitOfWork,
        known: people.Known,
        grants: tuple[Grant, ...],
        moment: Moment,
    ) -> Context:
        actor = Actor(known.person_id, known.address_id, grants)
        return Context(uow=uow, actor=actor, moment=moment, house=self._house)

    async def _act(
        self,
        context: Context,
        effect: RunCommand | SubmitForm,
        turn: Turn,
        facts: Facts,
    ) -> Turn:
        """Do what the step asked for, and let the engine say what came of it."""
        outcome = await dispatch.run(context, effect, turn.conversation)
        settled = engine.settle(
            turn.conversation, outcome, self._house.book, facts, context.moment
        )
        own = tuple(each for each in turn.effects if each is not effect)
        return Turn(
            conversation=settled.conversation,
            replies=turn.replies + settled.replies,
            effects=own + settled.effects,
        )

    def _facts(
        self,
        grants: tuple[Grant, ...],
        row: conversations.ConversationRow | None,
    ) -> Facts:
        facts = dispatch.facts(grants, self._house)
        if row is None or row.push is None:
            return facts
        try:
            push = msgspec.json.decode(row.push, type=tuple[Option, ...])
        except msgspec.DecodeError:
            _log.error("push_undecodable")
            return facts
        return msgspec.structs.replace(facts, push=push)

    async def _failed(self, envelope: Envelope, error: Exception) -> Answered | None:
        """Count a failure of the message's own; the second one sets it aside."""
        now = self._clock.now()
        key = envelope.message_key
        async with self._database.transaction() as uow:
            earlier = (await inbox.answered(uow, keys=[key])).get(key)
            if earlier is not None and earlier.state != "failed":
                return Answered(earlier.reply or b"")
            failures = await inbox.record_failure(
                uow,
                message_key=key,
                person_id=None,
                received_at=now,
                error=type(error).__name__,
            )
            if failures < _FAILURES_BEFORE_SET_ASIDE:
                await uow.commit()
                return None
            replies = (Reply(text=wording.set_aside(self._house.contact)),)
            encoded = envelope.encode(replies, now)
            await inbox.set_aside(
                uow,
                message_key=key,
                person_id=None,
                received_at=now,
                reply=encoded.remembered,
                body=_legible(envelope),
                error=type(error).__name__,
            )
            await uow.commit()
        self._on_put_by("message")
        return Answered(encoded.remembered, replies)

    async def refusal(self, envelope: Envelope) -> bytes:
        """What a sender is told whose message can be kept nowhere just now.

        The remembered answer, if it was kept when it came before.
        """
        key = envelope.message_key
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1), self._database.reading() as uow:
                earlier = (await inbox.answered(uow, keys=[key])).get(key)
            if earlier is not None and earlier.state != "failed":
                return earlier.reply or b""
        reply = Reply(text=wording.not_saved(self._house.contact))
        return envelope.encode((reply,), self._clock.now()).remembered

    async def push_late(self, envelope: Envelope, replies: Sequence[Reply]) -> None:
        """Send as pushes the replies that the platform did not wait for."""
        now = self._clock.now()
        writes = Writes(now, self._house.windows)
        async with self._database.transaction() as uow:
            found = await people.resolve(
                uow, channel=envelope.channel, addresses=[envelope.address]
            )
            known = found.get(envelope.address)
            if known is None:
                # Erased since, or slow work's: nobody is there to be told.
                return
            writes.push_replies(envelope, known, replies, kind="late")
            await writes.flush(uow)
            await uow.commit()
        self._on_commit(writes)

    async def _dialogue(
        self,
        uow: UnitOfWork,
        row: conversations.ConversationRow | None,
        writes: Writes,
    ) -> Conversation:
        """The dialogue of a row; one that does not decode is put by, and begins afresh.

        Only when alone, where whatever it leads to hurts nobody else.
        """
        if row is None:
            return Conversation()
        try:
            return codec.decode(row.state)
        except codec.UnreadableConversation as error:
            _log.error("dialogue_undecodable", error=str(error))
            self._on_put_by("dialogue")
            await self._put_by(uow, row, writes)
            return Conversation()

    async def _put_by(
        self, uow: UnitOfWork, row: conversations.ConversationRow, writes: Writes
    ) -> None:
        """Keep a state that does not decode, and take its drafts off the index."""
        await files.put(
            uow,
            files.NewFile(
                id=self._house.new_id(),
                person_id=row.person_id,
                purpose="dialogue",
                media_type="application/octet-stream",
                name="dialogue.bin",
                content=row.state,
                keep_until=writes.now + _KEPT_UNDECODABLE,
            ),
            now=writes.now,
        )
        lost = await conversations.find_drafts(uow, person_id=row.person_id)
        writes.close_drafts([draft.id for draft in lost])


def _legible(envelope: Envelope) -> bytes:
    """The message as the operator may look into it, whatever is wrong with it."""
    try:
        return msgspec.json.encode(envelope.inbound)
    except (UnicodeEncodeError, TypeError):
        return ascii(envelope.inbound).encode()


def _settle(
    envelope: Envelope,
    known: people.Known,
    row: conversations.ConversationRow | None,
    before: Conversation,
    turn: Turn,
    writes: Writes,
    earlier: inbox.InboxRow | None,
    held: Sequence[reach.HeldText],
) -> Answered:
    """Note everything a finished turn makes last."""
    if envelope.channel != known.channel:
        held = ()
    encoded, carried = carry.encode(envelope, turn.replies, held, writes.now)
    writes.add(
        Stepped(
            envelope=envelope,
            known=known,
            row=row,
            before=before,
            turn=turn,
            encoded=encoded,
            failures=earlier.failures if earlier else 0,
            carried=carried,
        )
    )
    return Answered(encoded.remembered, turn.replies)


def _shared_effect(turn: Turn) -> RunCommand | SubmitForm | None:
    for effect in turn.effects:
        if isinstance(effect, RunCommand | SubmitForm):
            return effect
    return None


async def _still_known(
    uow: UnitOfWork, turn: Turn, known: people.Known, writes: Writes
) -> people.Known:
    """Who is at the address after a command: erased, or become another person."""
    if turn.conversation.drafts or await people.exists(uow, person_id=known.person_id):
        return known
    now_there = await people.by_address_ids(uow, address_ids=[known.address_id])
    writes.erased = not now_there
    writes.joined = bool(now_there)
    return now_there.get(known.address_id, known)
