"""People who write a long text piece by piece: what lies there tells what was lost.

Each piece is answered with its number, so that the dialogue's own serial order
can be compared with what is kept: a lost update, a doubled or a lost message
would all show.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from bot.core import Core
from conversations import codec
from storage import conversations, people
from storage.tables.messages import inbox
from tests.chaos.world import CHANNEL
from tests.door.post import LONG_TEXT
from tests.faults.callback import Heard, Platform, fresh_id

MOST_PIECES = 50
_NOT_ASKED = frozenset({"fixed", "derived", "printed"})


@dataclass
class Writer:
    """Somebody with what they wrote, and what they heard."""

    openid: str
    pieces: list[str] = field(default_factory=list)
    heard: list[Heard] = field(default_factory=list)


def writers(count: int) -> list[Writer]:
    """So many people."""
    return [Writer(f"oWriter{number:021d}") for number in range(count)]


async def begin(
    platform: Platform, core: Core, people: Sequence[Writer], class_code: str
) -> None:
    """Bring everybody to the question that takes a long text."""
    form = core.house.book.newest("application")
    asked = [one.id for one in form.fields if one.kind not in _NOT_ASKED]
    lines = (
        *(f"报名 {class_code}", "1", "李晓梅"),
        f"修改 {asked.index(LONG_TEXT) + 1}",
    )

    async def bring(writer: Writer) -> None:
        heard = [
            await platform.deliver(writer.openid, line, fresh_id()) for line in lines
        ]
        assert {one.status for one in heard} == {200}
        assert "可以分几条发" in heard[-1].shown

    await asyncio.gather(*(bring(writer) for writer in people))


async def write(
    platform: Platform,
    writer: Writer,
    count: int,
    pause: Callable[[], float] = lambda: 0.0,
    url: Callable[[], str] = lambda: "",
) -> None:
    """Write so many pieces, each after the answer to the one before."""
    for _ in range(count):
        text = f"第 {len(writer.pieces) + 1} 句，{writer.openid[-4:]}"
        writer.pieces.append(text)
        heard = await platform.deliver(writer.openid, text, fresh_id(), url=url())
        writer.heard.append(heard)
        await asyncio.sleep(pause())


async def kept(core: Core, people_: Sequence[Writer]) -> dict[str, tuple[str, ...]]:
    """What lies in the database of each person's text, in its order."""
    openids = [writer.openid for writer in people_]
    async with core.database.reading() as uow:
        known = await people.resolve(uow, channel=CHANNEL, addresses=openids)
        ids = {openid: one.person_id for openid, one in known.items()}
        loaded = await conversations.load(uow, person_ids=sorted(ids.values()))
    return {
        openid: codec.decode(loaded.rows[person_id].state).drafts[0].parts
        for openid, person_id in ids.items()
    }


async def wrote(core: Core, people_: Sequence[Writer]) -> None:
    """Everything that was written lies there, once, in its order."""
    lies = await kept(core, people_)
    assert lies == {writer.openid: tuple(writer.pieces) for writer in people_}


async def taken_in(core: Core) -> dict[str, int]:
    """How many messages are in the inbox, by their state."""
    async with core.database.reading() as uow:
        found = await uow.execute(
            select(inbox.c.state, func.count()).group_by(inbox.c.state)
        )
        return {state: int(count) for state, count in found}
