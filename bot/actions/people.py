"""Roles: invited by a role above within its own scope, taken up once with a code."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot import wording
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.context import Context
from conversations.engine import words
from conversations.model import Refusal
from storage import audit, classes, invitations, organisations, people, throttles
from storage.audit import AuditRow
from storage.database import UnitOfWork
from storage.invitations import InvitationRow
from storage.organisations import ScopeRow

# Crockford's base32: no I, L, O, U, so that a code survives being read aloud.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 12
_ALIKE = str.maketrans("OIL", "011", "- ")
NATION = "nation"
_WRONG_CODES = "wrong-codes"


def new_code() -> str:
    """A fresh code of 60 random bits, in three groups of four."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
    return "-".join(drawn[at : at + 4] for at in range(0, _LENGTH, 4))


def plain_code(said: str) -> str:
    """A code as people type it, in the form in which it is looked up."""
    return said.upper().translate(_ALIKE)


async def invite(
    uow: UnitOfWork,
    *,
    role: str,
    scope_id: str,
    now: datetime,
    new_id: Callable[[], str],
    days: int = 7,
    created_by: str | None = None,
    roster_id: str | None = None,
) -> str:
    """Offer a role over a scope to whoever says the returned code, once.

    The code is returned this once; only its keyed digest is kept.
    """
    code = new_code()
    invitation = invitations.NewInvitation(
        id=new_id(),
        role=role,
        scope_id=scope_id,
        expires_at=now + timedelta(days=days),
        created_by=created_by,
        roster_id=roster_id,
    )
    await invitations.create(uow, invitation, code=plain_code(code), now=now)
    await audit.add(
        uow,
        [
            AuditRow(
                id=new_id(),
                at=now,
                actor_id=created_by,
                action="invite",
                outcome="done",
                subject=role,
                scope_id=scope_id,
            )
        ],
    )
    return code


async def invite_first(
    uow: UnitOfWork,
    *,
    now: datetime,
    new_id: Callable[[], str],
    name: str,
    days: int = 7,
) -> str:
    """The first centre manager's code, with the root of the tree if it is missing."""
    root = await organisations.nation(uow)
    if root is None:
        root = await organisations.create_scope(
            uow, id=NATION, kind="nation", name=name
        )
    return await invite(
        uow, role="centre_manager", scope_id=root.id, now=now, new_id=new_id, days=days
    )


# ---- 邀请码 ----


async def take_up(ask: Asking) -> Result:
    """``邀请码 CODE``: take up a role. Guessing is slowed down per address."""
    if not ask.words.words:
        return wording.how_to_say(ask.command.usage)
    if await guesses_too_often(ask.context):
        return await _denied(ask, wording.people.too_many_tries())
    context = ask.context
    code = plain_code("".join(ask.words.words))
    found = await invitations.find(context.uow, code=code)
    if found is None or found.used_at or found.expires_at <= context.now:
        return await _useless(ask)
    return await accept(ask, found)


async def accept(ask: Asking, found: InvitationRow) -> Result:
    """Take up an invitation that is still good; one held already stays good."""
    context = ask.context
    scope = await organisations.scope(context.uow, scope_id=found.scope_id)
    if scope is None:
        return await _useless(ask)
    held = {(grant.role, grant.scope_id) for grant in context.actor.grants}
    if (found.role, found.scope_id) in held:
        return say(wording.people.role_held(found.role, scope.name))
    return await _grant(ask, found, scope)


async def _grant(ask: Asking, found: InvitationRow, scope: ScopeRow) -> Result:
    context = ask.context
    uow, person_id = context.uow, context.actor.person_id
    if not await invitations.use(
        uow, invitation_id=found.id, person_id=person_id, now=context.now
    ):
        return await _useless(ask)
    if found.roster_id and not await organisations.take_roster_place(
        uow, roster_id=found.roster_id, person_id=person_id
    ):
        return await _denied(ask, wording.people.code_useless())
    await people.add_grant(
        uow,
        grant_id=context.new_id(),
        person_id=person_id,
        role=found.role,
        scope_id=found.scope_id,
        granted_by=found.created_by,
        now=context.now,
    )
    await _write_down(ask, "done", subject=found.role, scope_id=found.scope_id)
    return say(wording.people.role_taken(found.role, scope.name))


async def guesses_too_often(context: Context) -> bool:
    """Count a try of a code by this address; fewer are allowed while many guess wrong."""
    uow, limits = context.uow, context.house.limits
    wrong = await throttles.count(uow, subject=_WRONG_CODES, now=context.now)
    allowed = 1 if wrong >= limits.wrong_codes_per_hour else limits.code_tries_per_hour
    subject = await throttles.of_address(
        uow, "code", address_id=context.actor.address_id
    )
    return await throttles.hit(uow, subject=subject, now=context.now) > allowed


async def _useless(ask: Asking) -> Refusal:
    """The one answer to wrong, expired and used codes; such tries are counted."""
    await throttles.hit(ask.context.uow, subject=_WRONG_CODES, now=ask.context.now)
    return await _denied(ask, wording.people.code_useless())


async def _denied(ask: Asking, refusal: Refusal) -> Refusal:
    await _write_down(ask, "refused")
    return refusal


async def _write_down(
    ask: Asking, outcome: str, *, subject: str = "", scope_id: str | None = None
) -> None:
    context = ask.context
    row = AuditRow(
        id=context.new_id(),
        at=context.now,
        actor_id=context.actor.person_id,
        action="grant",
        outcome=outcome,
        subject=subject,
        scope_id=scope_id,
    )
    await audit.add(context.uow, [row])


# ---- 邀请 ----


async def invite_somebody(ask: Asking) -> Result:
    """``邀请 角色 谁``: a code for a role that the person may give away."""
    givable = [role for role in ask.command.uses if ask.paths(role)]
    role = wording.ROLE_WORDS.get(ask.words.first, "")
    if role not in givable:
        return say(wording.people.whom_to_invite(givable))
    where = ask.words.after(1)
    if role == "backbone_teacher":
        return await _invite_backbone(ask, where)
    if role == "class_manager":
        return await _invite_to_class(ask)
    kind = "province" if role == "province_manager" else "institution"
    places = await organisations.scopes_below(
        ask.context.uow, paths=ask.paths(role), kind=kind
    )
    named = [place for place in places if place.name == where] if where else places
    if where and not named:
        return wording.not_found("scope", where)
    return await _one_of(ask, role, named)


async def _invite_to_class(ask: Asking) -> Result:
    if not ask.words.second:
        paths = ask.paths("class_manager")
        listed = await classes.listed(ask.context.uow, paths=paths)
        options = [
            choice(row.title, f"{ask.command.name} {ask.words.first} {row.code}")
            for row in listed[: ask.context.house.limits.list_length]
        ]
        if not options:
            return say(wording.classes.no_class_yet())
        return say(wording.people.where_to_invite("class_manager"), options)
    shifted = Asking(
        context=ask.context,
        command=ask.command,
        words=type(ask.words)(words=ask.words.words[1:]),
        trail=ask.trail,
    )
    found = await class_asked(shifted, use="class_manager")
    if isinstance(found, Refusal):
        return wording.not_found("class", ask.words.second)
    return await _made(ask, "class_manager", found.scope_id, found.title)


async def _one_of(ask: Asking, role: str, places: Sequence[ScopeRow]) -> Result:
    if len(places) == 1:
        return await _made(ask, role, places[0].id, places[0].name)
    said = f"{ask.command.name} {wording.ROLE_SAID[role]}"
    options = [
        choice(place.name, f"{said} {place.name}")
        for place in places[: ask.context.house.limits.list_length]
    ]
    return say(wording.people.where_to_invite(role), options)


async def _invite_backbone(ask: Asking, said: str) -> Result:
    role = "backbone_teacher"
    if not said:
        return say(wording.people.whom_to_invite([role]))
    found = await organisations.roster_named(
        ask.context.uow, said=said, paths=ask.paths(role)
    )
    if not found:
        return wording.not_found("scope", said)
    if len(found) > 1:
        return wording.people.roster_ambiguous(said)
    entry = found[0]
    return await _made(ask, role, entry.province_id, entry.name, roster_id=entry.id)


async def _made(
    ask: Asking, role: str, scope_id: str, where: str, roster_id: str | None = None
) -> Result:
    context = ask.context
    days = context.house.limits.invitation_days
    code = await invite(
        context.uow,
        role=role,
        scope_id=scope_id,
        now=context.now,
        new_id=context.new_id,
        days=days,
        created_by=context.actor.person_id,
        roster_id=roster_id,
    )
    ask.trail.scope_id = scope_id
    as_code = choice(
        wording.scenes.as_code(), f"{words.QR_CODE} {words.INVITATION} {code}"
    )
    return say(wording.people.invitation_made(role, where, code, days), [as_code])
