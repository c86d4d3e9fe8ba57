"""The dialogue, pure: a conversation and a message in, a turn out."""

from __future__ import annotations

from conversations.engine.desk import Desk
from conversations.engine.opening import settle_outcome
from conversations.engine.routing import route
from conversations.engine.way import complete_answers, visible_fields
from conversations.forms.book import FormBook
from conversations.model import Conversation, Facts, Inbound, Moment, Outcome, Turn

__all__ = ["complete_answers", "settle", "step", "visible_fields"]


def step(
    conversation: Conversation,
    inbound: Inbound,
    book: FormBook,
    facts: Facts,
    moment: Moment,
) -> Turn:
    """What one message comes to. Never raises for anything a person may send.

    A turn with a ``RunCommand`` or ``SubmitForm`` has no replies: ``settle``
    makes them when the effect's outcome is known.
    """
    desk = Desk(conversation, book, facts, moment, inbound_id=inbound.id)
    route(desk, inbound)
    return desk.turn()


def settle(
    conversation: Conversation,
    outcome: Outcome,
    book: FormBook,
    facts: Facts,
    moment: Moment,
) -> Turn:
    """What is said when a command or a submission has been dealt with.

    ``conversation`` is the one of the turn that asked for it.
    """
    desk = Desk(conversation, book, facts, moment)
    settle_outcome(desk, outcome)
    return desk.turn()
