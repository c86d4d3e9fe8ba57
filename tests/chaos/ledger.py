"""What must be true afterwards, read from the database and the platform's record."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import func, select

from bot.ports import Push
from conversations import codec
from storage import files, people, submissions
from storage.database import UnitOfWork
from storage.submissions import Submission
from storage.tables.classes import applications
from storage.tables.messages import conversations, drafts, inbox, jobs, outbox
from storage.tables.people import addresses, consents
from tests.chaos.play import ADMITTED, FINE, TITLE, Play, Scale, stage
from tests.chaos.talkers import pushed_text, pushes
from tests.chaos.world import CHANNEL, MANAGER, NOTICE_TEMPLATE, OFFICER
from tests.faults.seeds import seed

# What a service that is killed all the time may complain of, on a platform
# without menus.
_EXPECTED = frozenset(
    {"job_failed", "job_left", "tick_put_off", "wechat_menus_put_off"}
)


async def unfinished(play: Play) -> list[str]:
    """The pushes and jobs that still wait, or are being worked on, and how they stand."""
    under_way = ("waiting", "leased", "held")
    found: list[str] = []
    async with play.core.database.reading() as uow:
        for table in (outbox, jobs):
            kind = table.c.purpose if table is outbox else table.c.kind
            code = table.c.error_code if table is outbox else table.c.id
            query = select(
                kind, table.c.state, table.c.attempts, table.c.not_before, code
            ).where(table.c.state.in_(under_way))
            found += [f"{table.name} {tuple(row)}" for row in await uow.execute(query)]
    return found


async def play_through(database_url: str, folder: Path, scale: Scale) -> None:
    """Play, check every law of it, and tell what happened."""
    async with stage(database_url, folder, scale, seed()) as play:
        try:
            await play.run()
            await check(play)
        finally:
            print(play.summary())  # noqa: T201 -- what a chaos run is for


async def check(play: Play) -> None:
    """Every law of the run."""
    async with play.core.database.reading() as uow:
        await _check_answers(play, uow)
        await _check_traces(play, uow)
        await _check_pushes(play, uow)
    _check_kills(play)
    _check_words(play)


# ---- answers ----


async def _check_answers(play: Play, uow: UnitOfWork) -> None:
    """Each teacher's form lies there once, and says what they said."""
    openids = [teacher.openid for teacher in play.teachers]
    known = await people.resolve(uow, channel=CHANNEL, addresses=openids)
    kept: defaultdict[str | None, list[Submission]] = defaultdict(list)
    for one in await submissions.find(uow, form="application"):
        kept[one.person_id].append(one)
    assert len(kept) == len(play.teachers)
    for teacher in play.teachers:
        person_id = known[teacher.openid].person_id
        assert len(kept[person_id]) == 1
        answers = dict(kept[person_id][0].all_answers)
        photo = answers.pop("photo")
        assert isinstance(photo, str)
        assert await files.info(uow, file_id=photo) is not None
        assert answers == teacher.answers
        await _check_consents(uow, person_id)
    await _check_decisions(play, uow)


async def _check_consents(uow: UnitOfWork, person_id: str) -> None:
    found = await uow.execute(
        select(consents.c.kind, consents.c.given).where(
            consents.c.person_id == person_id
        )
    )
    given = [tuple(row) for row in found]
    assert len(given) == 2
    assert len({kind for kind, _ in given}) == 2
    assert all(yes for _, yes in given)


async def _check_decisions(play: Play, uow: UnitOfWork) -> None:
    found = await uow.execute(
        select(applications.c.number, applications.c.state, applications.c.reason)
    )
    decided = {number: (state, reason) for number, state, reason in found}
    assert decided == {
        number: ("awaiting_stamp", "") if word == ADMITTED else ("refused", word)
        for number, word in play.reviews.items()
    }


# ---- traces ----


async def _check_traces(play: Play, uow: UnitOfWork) -> None:
    """Every message was taken in once, and nothing is left half done."""
    found = (await uow.execute(select(inbox.c.message_key, inbox.c.state))).all()
    assert {state for _, state in found} == {"done"}
    said = [key for key, _ in found if not key.startswith("job:")]
    assert len(said) == len(play.platform.keys)
    assert (await uow.execute(select(func.count()).select_from(drafts))).scalar() == 0
    for person_id, sealed in await uow.execute(
        select(conversations.c.person_id, conversations.c.state_sealed)
    ):
        state = uow.vault.open(
            sealed, table="conversations", column="state_sealed", row=person_id
        )
        assert codec.decode(state).drafts == ()
    assert list((play.folder / "spool").rglob("*.msg")) == []


# ---- pushes ----

_Sign = tuple[str, str]
"""To whom something was said, and its first line."""


async def _check_pushes(play: Play, uow: UnitOfWork) -> None:
    """Everything decided to be said was said, and hardly anything twice."""
    decided = await _decided(play, uow)
    called = Counter(_of_call(body) for body in pushes(play.api))
    assert decided - called == Counter()
    repeated = called - decided
    assert set(repeated) <= set(decided), "something was said that nobody decided"
    play.phases.append(f"{sum(repeated.values())} repeated push calls")
    assert sum(repeated.values()) <= sum(play.lives.kills.values())
    _check_expected(play, decided)
    _check_notice(play)


async def _decided(play: Play, uow: UnitOfWork) -> Counter[_Sign]:
    """What lies in the outbox, each settled as sent."""
    query = select(outbox, addresses.c.address_sealed, addresses.c.last_inbound_at)
    signs: Counter[_Sign] = Counter()
    for row in await uow.execute(
        query.join(addresses, addresses.c.id == outbox.c.address_id)
    ):
        assert row.state in ("sent", "delivered"), (row.state, row.error)
        openid = uow.vault.open(
            row.address_sealed,
            table="addresses",
            column="address_sealed",
            row=row.address_id,
        ).decode()
        body = uow.vault.open(
            row.body_sealed, table="outbox", column="body_sealed", row=row.id
        )
        push = msgspec.json.decode(body, type=Push)
        if row.last_inbound_at is None:
            signs[openid, f"[template {row.client_message_id}]"] += 1
        elif push.reply.kind == "image":
            signs[openid, "[image]"] += 1
        else:
            signs[openid, _first_line(push.reply.name or push.reply.text)] += 1
    return signs


def _of_call(body: dict[str, Any]) -> _Sign:
    return body["touser"], _first_line(pushed_text(body))


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _check_expected(play: Play, decided: Counter[_Sign]) -> None:
    """Nobody waits for what the script promised them."""
    lines: defaultdict[str, list[str]] = defaultdict(list)
    for (openid, line), count in decided.items():
        lines[openid] += [line] * count
    words = Counter(play.reviews.values())
    told = Counter[str]()
    for teacher in play.teachers:
        mine = lines[teacher.openid]
        assert sum(FINE in line for line in mine) == 1
        assert mine.count(TITLE) == 1
        told.update(word for word in words for line in mine if word in line)
    assert told == words
    for openid in (OFFICER, MANAGER):
        assert lines[openid].count(TITLE) == 1


def _check_notice(play: Play) -> None:
    """Who never wrote got the notice as a template message, and saw it once."""
    sent = [body for kind, body in play.api.calls if kind == "template"]
    assert {body["touser"] for body in sent} == set(play.country.followers)
    assert {body["template_id"] for body in sent} == {NOTICE_TEMPLATE}
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for body in sent:
        ids[body["touser"]].add(body["client_msg_id"])
    assert all(len(one) == 1 for one in ids.values())
    shown = [body for body in play.api.shown.values() if "template_id" in body]
    assert len(shown) == len(play.country.followers)


# ---- deaths ----


def _check_kills(play: Play) -> None:
    """The run was as hard as it says, and ended well."""
    kills, scale = play.lives.kills, play.scale
    assert sum(kills.values()) >= scale.kills
    assert min(kills[point] for point in scale.points) >= scale.at_each_point
    assert set(scale.dies_announcing) <= set(kills)
    assert play.platform.steps >= scale.steps
    for one in play.lives.each:
        *before, last = one.statuses
        assert last == 0
        assert set(before) <= {-9}
        assert len(before) == sum(one.kills.values())


def _check_words(play: Play) -> None:
    """The services complained of nothing that killing them does not explain."""
    said: Counter[str] = Counter()
    for line in play.lives.said.splitlines():
        assert line.startswith("{"), f"not a log line: {line}"
        words = json.loads(line)
        if words["level"] not in ("info", "debug"):
            said[f"{words['event']} {words.get('error', '')}".strip()] += 1
    play.phases.append(f"complaints: {dict(said)}")
    assert {event.partition(" ")[0] for event in said} <= _EXPECTED
