"""What the board's page asks for: who a browser is, and what that person may see.

Every look is held against the roles that the person has at that moment, counted,
and written to the log as the command in the chat is.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import msgspec

from bot import permissions, wording
from bot.actions import board, showing
from bot.actions.board import Board, ClassCard
from bot.actions.board_logins import CODE_LENGTH, PURPOSE
from bot.actions.context import Grant, House
from bot.clock import Clock, civil
from bot.commands import Command, by_word
from storage import (
    audit,
    board_logins,
    classes,
    links,
    organisations,
    people,
    throttles,
)
from storage.audit import AuditRow
from storage.classes import LIVE, StaffRow, Tally
from storage.database import Database, UnitOfWork
from storage.organisations import ScopeRow

_MINUTE = timedelta(minutes=1)
_OVER = ("closed", "cancelled")
_GROUPS = ("province", "level", "major")


class Waiting(msgspec.Struct, frozen=True):
    """A browser that shows a code until its person says it in the chat."""

    code: str
    until: datetime


class Visitor(msgspec.Struct, frozen=True):
    """Somebody on the board, with the scopes they may see."""

    person_id: str
    name: str
    title: str
    scopes: tuple[str, ...]
    paths: tuple[str, ...]
    until: datetime


class Place(msgspec.Struct, frozen=True):
    """A part of the board to look at: a province, or an institution in one."""

    id: str
    name: str
    kind: str
    path: str


class Overview(msgspec.Struct, frozen=True):
    """The board of some scopes, and the places in them; ``place`` when narrowed."""

    board: Board
    places: tuple[Place, ...]
    place: Place | None = None


class ClassView(msgspec.Struct, frozen=True):
    """One class: how far it is, who did what, who works in it."""

    card: ClassCard
    doers: dict[str, str]
    staff: tuple[StaffRow, ...]


class Numbers(msgspec.Struct, frozen=True):
    """Classes and admitted teachers by province, level and major."""

    tallies: dict[str, tuple[Tally, ...]]


class TooOften(Exception):  # noqa: N818 -- a verdict, answered with 429
    """Somebody looks faster than anybody reads."""


class BoardDesk:
    """The board for browsers; each call is a transaction of its own."""

    def __init__(self, database: Database, house: House, clock: Clock) -> None:
        self._database = database
        self._house = house
        self._clock = clock

    @property
    def hours(self) -> int:
        """How long a login lasts."""
        return self._house.limits.board_hours

    # ---- coming in and leaving ----

    async def invited(self, token: str) -> bool:
        """True iff the link is still good; looking does not use it up."""
        async with self._database.reading() as uow:
            link = await links.read(uow, token=token, now=self._clock.real())
        return link is not None and link.purpose == PURPOSE

    async def begin(self, token: str, *, browser: str) -> str | None:
        """Use the link up: the secret of a browser that now waits; None too late."""
        now = self._clock.real()
        secret = secrets.token_urlsafe(32)
        minutes = self._house.limits.board_link_minutes
        async with self._database.transaction() as uow:
            link = await links.use(uow, token=token, now=now)
            if link is None or link.purpose != PURPOSE:
                return None
            login = board_logins.NewLogin(
                secret=secret,
                person_id=link.person_id,
                code=f"{secrets.randbelow(10**CODE_LENGTH):0{CODE_LENGTH}d}",
                browser=browser,
                asked_at=now,
                expires_at=now + timedelta(minutes=minutes),
            )
            await board_logins.ask(uow, login)
            await self._note(uow, link.person_id, "browser asks")
            await uow.commit()
        return secret

    async def enter(self, secret: str) -> str | None:
        """A fresh secret for a browser that was confirmed; None when it was not."""
        now = self._clock.real()
        fresh = secrets.token_urlsafe(32)
        until = now + timedelta(hours=self.hours)
        async with self._database.transaction() as uow:
            if not await board_logins.open_(
                uow, secret=secret, fresh=fresh, until=until, now=now
            ):
                return None
            row = await board_logins.read(uow, secret=fresh, now=now)
            if row is not None:
                await self._note(uow, row.person_id, "browser opened")
            await uow.commit()
        return fresh

    async def who(self, secret: str) -> Visitor | Waiting | None:
        """Who a browser is. None when unknown, over, or without a role any more."""
        async with self._database.reading() as uow:
            row = await board_logins.read(uow, secret=secret, now=self._clock.real())
            if row is None:
                return None
            if row.state == "asked":
                return Waiting(row.code, row.expires_at)
            if row.state == "confirmed":
                return Waiting("", row.expires_at)
            return await self._visitor(uow, row.person_id, row.expires_at)

    async def leave(self, secret: str) -> None:
        """Forget a browser."""
        async with self._database.transaction() as uow:
            row = await board_logins.read(uow, secret=secret, now=self._clock.real())
            await board_logins.end(uow, secret=secret)
            if row is not None:
                await self._note(uow, row.person_id, "browser left")
            await uow.commit()

    async def _visitor(
        self, uow: UnitOfWork, person_id: str, until: datetime
    ) -> Visitor | None:
        held = await people.grants_of(uow, person_ids=[person_id])
        grants = [
            Grant(one.role, one.scope_id, one.scope_path, one.scope_name)
            for one in held.get(person_id, ())
        ]
        paths = permissions.paths(grants, _command())
        if not paths:
            return None
        seeing = [one for one in grants if one.role in _command().who]
        return Visitor(
            person_id=person_id,
            name=await people.name_of(uow, person_id=person_id),
            title=wording.title(one.role for one in seeing),
            scopes=tuple(dict.fromkeys(one.scope_name for one in seeing)),
            paths=tuple(dict.fromkeys(paths)),
            until=until,
        )

    # ---- looking ----

    async def overview(
        self, visitor: Visitor, place_id: str = "", *, over: bool = False
    ) -> Overview | None:
        """The board, or of one place in it; None for a place that is not theirs.

        ``over``: of the classes that are closed or cancelled.
        """
        async with self._database.transaction() as uow:
            places = await self._places(uow, visitor)
            place = next((one for one in places if one.id == place_id), None)
            if place_id and place is None:
                return None
            seen = await board.look(
                uow,
                self._house,
                paths=[place.path] if place else visitor.paths,
                today=civil(self._clock.now()),
                states=_OVER if over else LIVE,
            )
            await self._looked(uow, visitor, place_id, place.id if place else None)
            await uow.commit()
        return Overview(seen, places, place)

    async def one_class(self, visitor: Visitor, code: str) -> ClassView | None:
        """One class; None for one that is not there or not theirs."""
        now = self._clock.now()
        async with self._database.transaction() as uow:
            row = await classes.by_code(uow, code=code)
            if row is None or not _covered(visitor, row.scope_path):
                return None
            (card,) = await board.cards_of(uow, self._house, [row], today=civil(now))
            view = ClassView(
                card=card,
                doers=await showing.doers_of(uow, card),
                staff=await classes.staff_of(uow, class_id=row.id),
            )
            await self._looked(uow, visitor, row.code, row.scope_id)
            await uow.commit()
        return view

    async def numbers(self, visitor: Visitor) -> Numbers:
        """Classes and admitted teachers, by what tells something in these scopes."""
        async with self._database.transaction() as uow:
            tallies = {
                by: await classes.tally(uow, paths=visitor.paths, by=by)
                for by in _GROUPS
            }
            await self._looked(uow, visitor, "", None)
            await uow.commit()
        return Numbers(tallies)

    async def _places(self, uow: UnitOfWork, visitor: Visitor) -> tuple[Place, ...]:
        found: list[ScopeRow] = []
        for kind in ("province", "institution"):
            found += await organisations.scopes_below(
                uow, paths=visitor.paths, kind=kind
            )
        return tuple(Place(one.id, one.name, one.kind, one.path) for one in found)

    async def _looked(
        self, uow: UnitOfWork, visitor: Visitor, subject: str, scope_id: str | None
    ) -> None:
        """Count a look, and write it down.

        Raises:
            TooOften: more in a minute than ``Limits.board_views_per_minute``.
        """
        counted = await throttles.hit(
            uow,
            subject=f"board:{visitor.person_id}",
            now=self._clock.real(),
            window=_MINUTE,
        )
        if counted > self._house.limits.board_views_per_minute:
            raise TooOften
        await self._note(uow, visitor.person_id, "page", subject, scope_id)

    async def _note(
        self,
        uow: UnitOfWork,
        person_id: str,
        detail: str,
        subject: str = "",
        scope_id: str | None = None,
    ) -> None:
        row = AuditRow(
            id=self._house.new_id(),
            at=self._clock.now(),
            actor_id=person_id,
            action=_command().name,
            outcome="done",
            subject=subject,
            scope_id=scope_id,
            detail=detail,
        )
        await audit.add(uow, [row])


def _command() -> Command:
    return by_word()["看板"]


def _covered(visitor: Visitor, path: str) -> bool:
    return any(permissions.covers(one, path) for one in visitor.paths)
