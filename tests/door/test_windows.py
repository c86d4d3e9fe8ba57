"""What a message opens, what that costs, and what goes with its answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from bot.clock import SystemClock
from bot.ports import Encoded, Envelope, Push
from conversations.model import Inbound, Option, Reply
from storage import outbox, people
from storage.outbox import OutboxRow
from storage.people import Known
from storage.tables.messages import outbox as rows
from storage.tables.people import addresses
from tests.door.post import CHANNEL, Post, letter
from tests.door.test_statements import counted

LONGEST = 40
_number = count()


def encode(replies: Sequence[Reply], _now: datetime) -> Encoded:
    """One line for each of three replies, short ones; all else follows."""
    fits = [one for one in replies if one.kind == "text" and len(one.text) <= LONGEST]
    rest = tuple(one for one in replies if one not in fits)
    if len(fits) > 3:
        fits, rest = fits[:3], (*rest, *fits[3:])
    return Encoded("\n".join(one.text for one in fits).encode(), rest)


def answering(text: str) -> Any:
    """An encoder to which the turn itself says no more than ``text``."""

    def encode_short(replies: Sequence[Reply], now: datetime) -> Encoded:
        return encode([Reply(text=text), *replies[1:]], now)

    return encode_short


def message(sender: str, opens: str = "window", *, kind: str = "text") -> Envelope:
    plain = letter(sender, "你好", kind=kind, encode_as=answering("好的"))
    return msgspec.structs.replace(plain, opens=opens)


async def known(post: Post, sender: str) -> Known:
    async with post.database.reading() as uow:
        found = await people.resolve(uow, channel=CHANNEL, addresses=[sender])
    return found[sender]


async def change(post: Post, **values: Any) -> None:
    async with post.database.transaction() as uow:
        await uow.execute(update(addresses).values(values))
        await uow.commit()


async def hold(post: Post, sender: str, *replies: Reply, **fields: Any) -> None:
    """Messages that could not arrive, and wait for the person to write."""
    whose = await known(post, sender)
    now = SystemClock().now()
    said = [
        OutboxRow(
            id=f"held-{next(_number):04d}",
            dedupe_key=f"held {sender} {reply.text} {reply.ref}",
            person_id=whose.person_id,
            address_id=whose.address_id,
            channel=CHANNEL,
            purpose="notice",
            urgency=3,
            body=msgspec.json.encode(Push(reply=reply)),
            not_before=now,
            **fields,
        )
        for reply in replies
    ]
    async with post.database.transaction() as uow:
        await outbox.enqueue(uow, said, now=now)
        await uow.execute(
            update(rows)
            .where(rows.c.id.in_([one.id for one in said]))
            .values(state="held", error_code="window", refused="custom")
        )
        await uow.commit()


async def fate(post: Post) -> dict[str, tuple[str, str, str]]:
    """State, way and refused ways of each held message, by its text or file."""
    found = {}
    async with post.database.reading() as uow:
        query = select(rows).where(rows.c.id.like("held-%")).order_by(rows.c.id)
        for row in await uow.execute(query):
            body = uow.vault.open(
                row.body_sealed, table="outbox", column="body_sealed", row=row.id
            )
            reply = msgspec.json.decode(body, type=Push).reply
            found[reply.text or reply.ref] = (row.state, row.way, row.refused)
    return found


CARRIED, RELEASED = ("sent", "passive", "custom"), ("waiting", "", "")


async def test_a_message_opens_a_window_and_a_tap_a_brief_one(post: Post) -> None:
    before = SystemClock().now()
    await post.door.receive(message("甲"))
    await post.door.receive(message("乙", "brief"))
    await post.door.receive(message("丙", ""))
    wrote, tapped, other = [await known(post, one) for one in "甲乙丙"]

    assert wrote.window_until is not None
    assert wrote.window_until >= before + timedelta(hours=48)
    assert (wrote.window_sends, wrote.brief_sends) == (5, 0)
    assert tapped.brief_until is not None
    assert tapped.brief_until >= before + timedelta(seconds=60)
    assert (tapped.window_until, tapped.window_sends, tapped.brief_sends) == (
        None,
        0,
        3,
    )
    assert (other.window_until, other.brief_until) == (None, None)
    assert other.last_inbound_at is not None


async def test_a_tap_does_not_renew_the_window(post: Post) -> None:
    await post.door.receive(message("甲"))
    first = await known(post, "甲")
    await change(post, window_sends=1)
    await post.door.receive(message("甲", "brief"))
    then = await known(post, "甲")

    assert (then.window_until, then.window_sends) == (first.window_until, 1)
    assert then.brief_sends == 3


@pytest.mark.parametrize("opens", ["window", "brief", ""])
async def test_a_window_that_nothing_was_sent_in_costs_no_statement(
    post: Post, opens: str
) -> None:
    await post.door.receive(message("甲"))
    with counted(post.database) as sent:
        await post.door.receive(message("甲", opens))

    assert [one for one in sent if "UPDATE addresses" in one] == []
    assert [one for one in sent if "UPDATE outbox" in one] == []


@pytest.mark.parametrize(
    "changed",
    [
        {"window_sends": 4},
        {"window_until": datetime(2020, 1, 1, tzinfo=UTC)},
        {"reachable": False},
    ],
)
async def test_the_next_message_opens_anew_what_was_used_or_closed(
    post: Post, changed: dict[str, Any]
) -> None:
    await post.door.receive(message("甲"))
    fresh = await known(post, "甲")
    await change(post, **changed)
    await post.door.receive(message("甲"))
    again = await known(post, "甲")

    assert again.window_sends == 5
    assert again.window_until is not None
    assert fresh.window_until is not None
    assert again.window_until >= fresh.window_until
    assert again.last_inbound_at is not None


async def test_who_unfollows_is_out_of_reach_and_what_waits_is_looked_at(
    post: Post,
) -> None:
    await post.door.receive(message("甲"))
    await hold(post, "甲", Reply(text="通知"))
    await post.door.receive(message("甲", "", kind="unfollow"))
    gone = await known(post, "甲")

    assert gone.last_inbound_at is None
    assert (gone.window_until, gone.window_sends) == (None, 0)
    # Not said into nothing: the planner finds another way, or says why not.
    assert await fate(post) == {"通知": RELEASED}

    await post.door.receive(message("甲", "brief", kind="follow"))
    assert (await known(post, "甲")).last_inbound_at is not None


async def test_held_texts_go_with_the_answer_as_many_as_fit(post: Post) -> None:
    await post.door.receive(message("甲"))
    choice = (Option("是", "是"),)
    await hold(
        post,
        "甲",
        Reply(text="第一条"),
        Reply(kind="image", ref="file-1"),
        Reply(text="1. 是", choices=choice),
        Reply(text="长" * (LONGEST + 1)),
        Reply(text="第二条"),
        Reply(text="第三条"),
    )
    answer = await post.door.receive(message("甲"))

    assert answer.decode() == "好的\n第一条\n第二条"
    assert await fate(post) == {
        "第一条": CARRIED,
        "file-1": RELEASED,
        "1. 是": RELEASED,
        "长" * (LONGEST + 1): RELEASED,
        "第二条": CARRIED,
        "第三条": RELEASED,
    }
    # Nothing is carried twice.
    assert (await post.door.receive(message("甲"))).decode() == "好的"


async def test_what_expired_is_not_carried(post: Post) -> None:
    await post.door.receive(message("甲"))
    over = SystemClock().now() - timedelta(seconds=1)
    await hold(post, "甲", Reply(text="过期"), expires_at=over)

    assert (await post.door.receive(message("甲"))).decode() == "好的"
    assert (await fate(post))["过期"][1] == ""


async def test_nothing_is_carried_where_the_answer_has_no_room(post: Post) -> None:
    await post.door.receive(message("甲"))
    await hold(post, "甲", Reply(text="通知"))

    def full(replies: Sequence[Reply], _now: datetime) -> Encoded:
        return Encoded(b"full", tuple(replies[:1]))

    envelope = msgspec.structs.replace(message("甲"), encode=full)
    await post.door.receive(envelope)

    assert await fate(post) == {"通知": RELEASED}


async def test_slow_work_carries_nothing(post: Post) -> None:
    await post.door.receive(message("甲"))
    await hold(post, "甲", Reply(text="通知"))
    whose = await known(post, "甲")
    result = msgspec.structs.replace(
        message("甲", ""),
        channel="internal",
        address=whose.address_id,
        inbound=Inbound(id="work-1", kind="other"),
    )
    await post.door.receive(result)

    assert await fate(post) == {"通知": ("held", "", "custom")}


async def test_somebody_elses_messages_stay(post: Post) -> None:
    await post.door.receive(message("甲"))
    await post.door.receive(message("乙"))
    await hold(post, "乙", Reply(text="给乙"))

    assert (await post.door.receive(message("甲"))).decode() == "好的"
    assert await fate(post) == {"给乙": ("held", "", "custom")}


async def test_a_batch_of_people_with_held_messages_costs_the_same(post: Post) -> None:
    costs = []
    for word, people_count in (("甲", 2), ("乙", 40)):
        senders = [f"{word}{number}" for number in range(people_count)]
        for sender in senders:
            await post.door.receive(message(sender))
            await hold(post, sender, Reply(text=f"给{sender}"))
        await change(post, window_sends=2)
        with counted(post.database) as sent:
            await post.reception.receive_batch([message(one) for one in senders])
        costs.append(len(sent))

    assert costs[0] == costs[1]
    assert set((await fate(post)).values()) == {CARRIED}
