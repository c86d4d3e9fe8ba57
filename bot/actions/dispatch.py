"""From a command or a finished form to the action that does it.

The caller owns the transaction: it commits when ``run`` has returned, and what
``run`` did is undone when it raises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache

from bot import wording
from bot.actions.context import Context, Grant, House
from bot.commands import Arguments, Command, allowed, by_word, guess, parse
from conversations.model import (
    Conversation,
    Facts,
    Outcome,
    Reply,
    RunCommand,
    SubmitForm,
)

Handler = Callable[[Context, Command, Arguments, Conversation], Awaitable[Outcome]]
Submitter = Callable[[Context, SubmitForm, Conversation], Awaitable[Outcome]]

HANDLERS: dict[str, Handler] = {}
SUBMITTERS: dict[str, Submitter] = {}


def facts(grants: Iterable[Grant], house: House) -> Facts:
    """What the engine may know of a person with these roles.

    The same object for the same set of roles, so it costs a set and a look-up.
    """
    return _facts(frozenset(grant.role for grant in grants), house.contact)


@lru_cache(maxsize=256)
def _facts(roles: frozenset[str], contact: str) -> Facts:
    return Facts(
        commands={command.name: command.help_of(roles) for command in allowed(roles)},
        title=wording.title(roles),
        contact=contact,
    )


async def run(
    context: Context, effect: RunCommand | SubmitForm, conversation: Conversation
) -> Outcome:
    """Do what the person asked for and say what came of it.

    A rule that says no is an ``Outcome`` with the reason, never an exception.
    """
    if isinstance(effect, SubmitForm):
        return await SUBMITTERS[effect.draft.form](context, effect, conversation)
    return await _run_command(context, effect, conversation)


async def _run_command(
    context: Context, effect: RunCommand, conversation: Conversation
) -> Outcome:
    roles = frozenset(grant.role for grant in context.actor.grants)
    command = by_word().get(effect.name)
    if command is None or not command.open_to(roles):
        return _unknown(effect.name, roles)
    handler = HANDLERS[command.name]
    return await handler(context, command, parse(effect.args), conversation)


def _unknown(said: str, roles: frozenset[str]) -> Outcome:
    """The same for a word that is no command and for a command of other roles."""
    near = guess(said, roles)
    text = wording.unknown_command(
        near.name if near else "", near.usage if near else ""
    )
    return Outcome(replies=(Reply(text=text),))
