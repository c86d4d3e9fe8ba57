"""People who write through a real door to a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import func, select

from bot.actions.context import House
from bot.actions.inbound import Reception
from bot.actions.writes import Writes
from bot.clock import SystemClock
from bot.door import InboundDoor
from bot.ids import new_id
from bot.metrics import Metrics
from bot.ports import Encoded, Encoder, Envelope, Push
from bot.saving import Saving
from bot.spool import Spool
from conversations import codec
from conversations.model import Conversation, Inbound, Reply
from storage import conversations, people
from storage.database import Database
from storage.tables.messages import inbox, outbox

CHANNEL = "official_account"
LONG_TEXT = "school_work"


def encode(replies: Sequence[Reply], now: datetime) -> Encoded:
    """Texts are answered at once, with the instant; all else follows."""
    said = [reply.text for reply in replies if reply.kind == "text"]
    rest = tuple(reply for reply in replies if reply.kind != "text")
    answer = f"{now.isoformat()}\n" + "\n\n".join(said) if said else ""
    return Encoded(answer.encode(), rest)


def letter(
    sender: str,
    text: str,
    *,
    key: str = "",
    channel: str = CHANNEL,
    kind: str = "text",
    media: str = "",
    encode_as: Encoder = encode,
) -> Envelope:
    """A message on its way in."""
    return Envelope(
        channel=channel,
        address=sender,
        message_key=key or new_id(),
        inbound=Inbound(id=new_id(), kind=kind, text=text, media=media),
        encode=encode_as,
    )


@dataclass
class Post:
    """One process: its own connections, its own door."""

    database: Database
    house: House
    folder: Path
    patience: float = 60
    written: list[Writes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.spool = Spool(self.folder, self.database.vault)
        self.spool.prepare()
        self.metrics = Metrics()
        self.reception = Reception(
            self.database,
            self.house,
            SystemClock(),
            self.written.append,
            self.metrics.put_by,
        )
        self.saving = Saving(self.metrics)
        self.door = InboundDoor(
            self.reception,
            self.spool,
            self.metrics,
            drainers=1 if self.database.dialect == "sqlite" else 2,
            patience=self.patience,
            saving=self.saving,
        )

    async def say(self, sender: str, *texts: str) -> str:
        """Say one thing after the other; the last answer."""
        answer = b""
        for text in texts:
            answer = await self.door.receive(letter(sender, text))
        return answer.decode()

    async def begin(self, sender: str, class_code: str) -> None:
        """Be asked for a long text of the application."""
        answer = await self.say(
            sender, f"报名 {class_code}", "1", "李晓梅", f"修改 {await self._place()}"
        )
        assert "可以分几条发" in answer

    async def _place(self) -> int:
        form = self.house.book.newest("application")
        asked = [one.id for one in form.fields if one.kind not in _NOT_ASKED]
        return asked.index(LONG_TEXT) + 1

    # What lies in the database

    async def conversation(self, sender: str, channel: str = CHANNEL) -> Conversation:
        """Where somebody's dialogue stands."""
        async with self.database.reading() as uow:
            known = await people.resolve(uow, channel=channel, addresses=[sender])
            person_id = known[sender].person_id
            loaded = await conversations.load(uow, person_ids=[person_id])
        return codec.decode(loaded.rows[person_id].state)

    async def pieces(self, sender: str) -> tuple[str, ...]:
        """What somebody wrote so far to the long text."""
        return (await self.conversation(sender)).drafts[0].parts

    async def inbox(self) -> dict[str, tuple[str, int]]:
        """State and failures of each message, by its key."""
        query = select(inbox.c.message_key, inbox.c.state, inbox.c.failures)
        async with self.database.reading() as uow:
            rows = (await uow.execute(query)).all()
        return {key: (state, failures) for key, state, failures in rows}

    async def count(self, table: object) -> int:
        """How many rows a table has."""
        query = select(func.count()).select_from(table)  # type: ignore[arg-type]  # any table
        async with self.database.reading() as uow:
            return int((await uow.execute(query)).scalar_one())

    async def pushed(self) -> list[str]:
        """The texts of all pushes, in the order in which they were decided."""
        query = select(outbox.c.id, outbox.c.body_sealed).order_by(
            outbox.c.created_at, outbox.c.id
        )
        async with self.database.reading() as uow:
            rows = (await uow.execute(query)).all()
        opened = [
            self.database.vault.open(
                row.body_sealed, table="outbox", column="body_sealed", row=row.id
            )
            for row in rows
        ]
        return [msgspec.json.decode(body, type=Push).reply.text for body in opened]


_NOT_ASKED = frozenset({"fixed", "derived", "printed"})


async def together(post: Post, letters: Sequence[Envelope]) -> list[bytes]:
    """All at once, in this order; their answers."""
    return await asyncio.gather(*(post.door.receive(one) for one in letters))
