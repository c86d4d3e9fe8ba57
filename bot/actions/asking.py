"""What every command's handler gets, and the few answers they all give."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bot import permissions, wording
from bot.actions.context import Context
from bot.commands import Arguments, Command
from conversations.model import Conversation, Option, Outcome, Refusal, Reply
from storage import classes
from storage.classes import ClassRow, StaffRow

Result = Outcome | Refusal


@dataclass(slots=True)
class Trail:
    """What the audit row of this command says beside its name and its argument."""

    scope_id: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """A command somebody gave, with the words after it."""

    context: Context
    command: Command
    words: Arguments
    conversation: Conversation = field(default_factory=Conversation)
    trail: Trail = field(default_factory=Trail)

    def paths(self, use: str = "") -> tuple[str, ...]:
        """The scopes in which the person may give the command, or so use it."""
        grants = self.context.actor.grants
        return permissions.paths(grants, self.command, use=use)

    def demand(self, scope_path: str | None, *, use: str = "") -> Refusal | None:
        """None when allowed there; else the refusal that tells nothing."""
        return permissions.demand(
            self.context.actor.grants,
            self.command,
            scope_path,
            said=self.words.first,
            use=use,
        )

    def may(self, scope_path: str, use: str = "") -> bool:
        """True iff the person may make this use of the command there."""
        grants = self.context.actor.grants
        return permissions.may(grants, self.command, scope_path, use=use)


Handler = Callable[[Asking], Awaitable[Result]]


def say(text: str, choices: Sequence[Option] = ()) -> Outcome:
    """An outcome of one message."""
    return Outcome(replies=(Reply(text=text, choices=tuple(choices)),))


def choice(label: str, send: str) -> Option:
    """A choice that says ``send``."""
    return Option(label=label, send=send)


async def class_asked(
    ask: Asking, *, use: str = "", lock: bool = False
) -> ClassRow | Refusal:
    """The class whose code is the first word, if the person may act on it."""
    code = ask.words.code
    if not ask.words.first:
        return wording.how_to_say(ask.command.usage)
    found = await classes.by_code(ask.context.uow, code=code) if code else None
    refusal = ask.demand(found.scope_path if found else None, use=use)
    if refusal is not None or found is None:
        return refusal or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = found.scope_id
    if lock:
        return await classes.get(ask.context.uow, class_id=found.id, lock=True) or found
    return found


async def class_worked_in(
    ask: Asking, *, duties: Sequence[str]
) -> tuple[ClassRow, tuple[StaffRow, ...]] | Refusal:
    """The class whose code is the first word, if the person has a duty in it.

    With it come the person's rows of ``duties`` (``lecturer``, ``assessor``,
    ``manager``). A class in which they have none is not there.
    """
    code = ask.words.code
    if not ask.words.first:
        return wording.how_to_say(ask.command.usage)
    found = await classes.by_code(ask.context.uow, code=code) if code else None
    own = await duties_in(ask, found, duties=duties) if found else ()
    if found is None or not own:
        return wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = found.scope_id
    return found, own


async def duties_in(
    ask: Asking, row: ClassRow, *, duties: Sequence[str]
) -> tuple[StaffRow, ...]:
    """The rows by which the person works in a class, of these duties."""
    workers = await classes.workers(ask.context.uow, class_id=row.id)
    me = ask.context.actor.person_id
    return tuple(one for one in workers if one.person_id == me and one.duty in duties)
