"""Browsers on the board. Each is known by the digest of a secret that it alone holds.

A login is ``asked`` by a browser, ``confirmed`` by its person in the chat, and
``open`` once that browser came for it; each step happens once, and in time.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, delete, insert, select, update

from storage.database import UnitOfWork
from storage.tables.board import board_logins


class NewLogin(msgspec.Struct, frozen=True):
    """What a browser asks for. ``code`` is what the person says in the chat."""

    secret: str
    person_id: str
    code: str
    browser: str
    asked_at: datetime
    expires_at: datetime


class LoginRow(msgspec.Struct, frozen=True):
    """A login that is still good."""

    person_id: str
    state: str
    code: str
    browser: str
    asked_at: datetime
    expires_at: datetime


_COLUMNS = tuple(board_logins.c[name] for name in LoginRow.__struct_fields__)


def _id(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


async def ask(uow: UnitOfWork, login: NewLogin) -> None:
    """Note what a browser asks for; what its person was asked before is void."""
    await uow.execute(
        delete(board_logins).where(
            board_logins.c.person_id == login.person_id, board_logins.c.state == "asked"
        )
    )
    row = {
        "id": _id(login.secret),
        "person_id": login.person_id,
        "state": "asked",
        "code": login.code,
        "browser": login.browser,
        "asked_at": login.asked_at,
        "expires_at": login.expires_at,
    }
    await uow.execute(insert(board_logins), row)


async def read(uow: UnitOfWork, *, secret: str, now: datetime) -> LoginRow | None:
    """The login of a browser; None when unknown, ended or expired."""
    query = select(*_COLUMNS).where(
        board_logins.c.id == _id(secret), board_logins.c.expires_at > now
    )
    row = (await uow.execute(query)).first()
    return LoginRow(*row) if row else None


def _asked(person_id: str, code: str, now: datetime) -> ColumnElement[bool]:
    return (
        (board_logins.c.person_id == person_id)
        & (board_logins.c.code == code)
        & (board_logins.c.state == "asked")
        & (board_logins.c.expires_at > now)
    )


async def asked(
    uow: UnitOfWork, *, person_id: str, code: str, now: datetime
) -> LoginRow | None:
    """What a browser asks this person with this code; a code of others is none."""
    query = select(*_COLUMNS).where(_asked(person_id, code, now))
    row = (await uow.execute(query)).first()
    return LoginRow(*row) if row else None


async def confirm(uow: UnitOfWork, *, person_id: str, code: str, now: datetime) -> bool:
    """Let the browser in that shows this code; False when it is too late or done."""
    done = await uow.execute(
        update(board_logins)
        .where(_asked(person_id, code, now))
        .values(state="confirmed", code="")
    )
    return bool(done.rowcount == 1)


async def open_(
    uow: UnitOfWork, *, secret: str, fresh: str, until: datetime, now: datetime
) -> bool:
    """Open a confirmed login, once, under a fresh secret: the old one is void."""
    done = await uow.execute(
        update(board_logins)
        .where(
            board_logins.c.id == _id(secret),
            board_logins.c.state == "confirmed",
            board_logins.c.expires_at > now,
        )
        .values(id=_id(fresh), state="open", expires_at=until)
    )
    return bool(done.rowcount == 1)


async def end(uow: UnitOfWork, *, secret: str) -> None:
    """Forget a browser."""
    await uow.execute(delete(board_logins).where(board_logins.c.id == _id(secret)))


async def end_all(uow: UnitOfWork, *, person_id: str) -> int:
    """Forget all browsers of a person; how many."""
    mine = board_logins.c.person_id == person_id
    done = await uow.execute(delete(board_logins).where(mine))
    return int(done.rowcount)


async def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Forget what expired before a moment; how many."""
    over = board_logins.c.expires_at < before
    done = await uow.execute(delete(board_logins).where(over))
    return int(done.rowcount)
