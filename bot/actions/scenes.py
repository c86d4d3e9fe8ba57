"""QR codes: made by those who recruit or invite, taken up by whoever scans them.

A code's scene is a random id with its signature, so that nobody makes one up
and none tells anything. The same letters work when they are written.
"""

from __future__ import annotations

import secrets
from datetime import date, datetime, time, timedelta

from bot import wording
from bot.actions import applying, people
from bot.actions.asking import Asking, Result, class_asked, say
from bot.actions.classes import named
from bot.actions.context import Context
from bot.clock import civil
from bot.commands import Arguments, by_word
from conversations.engine import words
from conversations.model import Outcome, Refusal
from notices.calendar import instant
from storage import classes, invitations, jobs, scenes
from storage.classes import ClassRow
from storage.crypto import Vault
from storage.scenes import SceneRow

LONGEST = timedelta(days=30)
"""How long the platform lets a code of this kind live."""

JOB = "qr_code"
_MAKE = "make"
_PURPOSE = "scene"
_ID_LENGTH = 10
_SIGNATURE_LENGTH = 26
_OPEN = ("planned", "recruiting")


# ---- the token ----


def new_scene_id() -> str:
    """Fifty random bits, in letters that survive being read aloud."""
    return "".join(secrets.choice(people.ALPHABET) for _ in range(_ID_LENGTH))


def sign(vault: Vault, scene_id: str) -> str:
    """The scene's token: what a code carries, 36 letters and figures."""
    number = int.from_bytes(vault.sign(_PURPOSE, scene_id.encode()))
    return scene_id + "".join(
        people.ALPHABET[number >> 5 * place & 31] for place in range(_SIGNATURE_LENGTH)
    )


def read(vault: Vault, token: str) -> str | None:
    """The id of the scene that a token was signed for; None when it was not."""
    plain = people.plain_code(token)
    scene_id, letters = plain[:_ID_LENGTH], plain[_ID_LENGTH:]
    if len(letters) != _SIGNATURE_LENGTH or not set(plain) <= set(people.ALPHABET):
        return None
    number = sum(
        people.ALPHABET.index(letter) << 5 * place
        for place, letter in enumerate(letters)
    )
    if number >> 128:
        return None
    signature = number.to_bytes(16)
    good = vault.verify(_PURPOSE, scene_id.encode(), signature)
    return scene_id if good else None


# ---- 二维码 ----


async def show(ask: Asking) -> Result:
    """``二维码 CODE [人数]`` makes one; ``二维码`` and its letters take it up."""
    first = ask.words.first
    if first == words.SCANNED:
        return await _take(ask, ask.words.after(1))
    if first == words.INVITATION:
        return await _of_invitation(ask)
    if first and read(ask.context.uow.vault, "".join(ask.words.words)):
        return await _take(ask, "".join(ask.words.words))
    if ask.paths(_MAKE):
        return await _of_class(ask)
    return wording.scenes.useless() if first else wording.scenes.type_the_letters()


async def _of_class(ask: Asking) -> Result:
    row = await class_asked(ask, use=_MAKE)
    if isinstance(row, Refusal):
        return row
    context = ask.context
    if row.state not in _OPEN:
        return wording.classes.class_is(row.state, wording.scenes.RECRUIT)
    if row.apply_until < context.moment.today:
        return wording.scenes.too_late(named(row))
    number = _number_of_people(ask)
    if number is None:
        return wording.scenes.how_many(context.house.limits.code_people_most)
    closes = instant(row.apply_until + timedelta(days=1), time(0))
    scene = _scene(context, "class", row.id, uses=number, closes=closes)
    await scenes.add(context.uow, scene)
    drawn = await _draw(context, scene)
    token = sign(context.uow.vault, scene.id)
    return say(
        wording.scenes.class_code(
            named(row), _last_day(scene), number, token, drawn=drawn
        )
    )


def _number_of_people(ask: Asking) -> int | None:
    limits, said = (
        ask.context.house.limits,
        ask.words.second.removesuffix(wording.scenes.PEOPLE),
    )
    if not said:
        return limits.code_people
    number = int(said) if said.isdecimal() and len(said) < 6 else 0
    return number if 0 < number <= limits.code_people_most else None


async def _of_invitation(ask: Asking) -> Result:
    """The person's own invitation as a code, good for as long as it is."""
    context = ask.context
    code = people.plain_code(ask.words.after(1))
    found = await invitations.find(context.uow, code=code) if code else None
    if (
        found is None
        or found.created_by != context.actor.person_id
        or found.used_at is not None
        or found.expires_at <= context.now
    ):
        return wording.scenes.not_your_invitation()
    scene = _scene(context, "invitation", found.id, uses=1, closes=found.expires_at)
    await scenes.add(context.uow, scene)
    drawn = await _draw(context, scene)
    token = sign(context.uow.vault, scene.id)
    return say(wording.scenes.invitation_code(_last_day(scene), token, drawn=drawn))


def _scene(
    context: Context, kind: str, object_id: str, *, uses: int, closes: datetime
) -> SceneRow:
    return SceneRow(
        id=new_scene_id(),
        kind=kind,
        object_id=object_id,
        created_by=context.actor.person_id,
        created_at=context.now,
        expires_at=min(closes, context.now + LONGEST),
        uses_left=uses,
    )


def _last_day(scene: SceneRow) -> date:
    return civil(scene.expires_at - timedelta(seconds=1))


async def _draw(context: Context, scene: SceneRow) -> bool:
    """Have the platform's picture of the code sent, where there is one."""
    if not context.house.draws_codes:
        return False
    job = jobs.JobRow(
        id=context.new_id(),
        kind=JOB,
        person_id=context.actor.person_id,
        address_id=context.actor.address_id,
        payload={
            "token": sign(context.uow.vault, scene.id),
            "expires_at": scene.expires_at.isoformat(),
        },
        not_before=context.now,
    )
    await jobs.enqueue(context.uow, [job], now=context.now)
    return True


# ---- a code is taken up ----


async def _take(ask: Asking, token: str) -> Result:
    context = ask.context
    uow, person_id = context.uow, context.actor.person_id
    scene_id = read(uow.vault, token)
    found = (
        await scenes.find(uow, scene_id=scene_id, person_id=person_id, now=context.now)
        if scene_id
        else None
    )
    if found is None:
        return wording.scenes.useless()
    if found.kind == "class":
        return await _open_form(ask, found)
    return await _take_role(ask, found)


async def _open_form(ask: Asking, scene: SceneRow) -> Result:
    context = ask.context
    row = await classes.get(context.uow, class_id=scene.object_id)
    if row is None or row.state == "cancelled":
        return wording.scenes.useless()
    result = await applying.begin(_as_apply(ask, row), row)
    # Who is told why not has not used it.
    if isinstance(result, Outcome) and result.open and not await _used(context, scene):
        return wording.scenes.useless()
    return result


def _as_apply(ask: Asking, row: ClassRow) -> Asking:
    """As if they had written 报名 and the class's code."""
    return Asking(
        context=ask.context,
        command=by_word()[applying.COMMAND],
        words=Arguments(words=(row.code,)),
        conversation=ask.conversation,
        trail=ask.trail,
    )


async def _take_role(ask: Asking, scene: SceneRow) -> Result:
    context = ask.context
    found = await invitations.get(context.uow, invitation_id=scene.object_id)
    if found is None or found.used_at is not None or found.expires_at <= context.now:
        return wording.scenes.useless()
    result = await people.accept(ask, found)
    after = await invitations.get(context.uow, invitation_id=scene.object_id)
    if after is not None and after.used_by == context.actor.person_id:
        await _used(context, scene)
    return result


async def _used(context: Context, scene: SceneRow) -> bool:
    return await scenes.use(
        context.uow,
        scene_id=scene.id,
        person_id=context.actor.person_id,
        now=context.now,
    )
