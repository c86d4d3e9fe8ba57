"""Notices that went out before the demo begins: nobody finds a pile of old ones."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.actions import notices as board
from bot.demo_data.people import CHANNEL
from bot.demo_data.sample import RECRUITING
from bot.demo_data.stage import Stage
from notices.audience import Audience
from notices.lifecycle import Hand
from storage import notices, outbox
from storage.notices import NoticeRow

_SENDER = "demo-data"
_MOST = 500
_LEASE_SECONDS = 60.0


async def publish_all(stage: Stage) -> None:
    """One announcement of the centre, and a 招生通知 for each recruiting class."""
    announced = stage.at(stage.today - timedelta(days=15))
    await _publish(stage, await _announcement(stage, announced), announced)
    recruited = stage.at(stage.today - timedelta(days=8))
    provinces = {one.id: one.name for one in stage.sample.provinces}
    for row in stage.classes:
        if row.state != RECRUITING or row.apply_until < stage.today:
            continue
        base = stage.first_user("base_staff", [row.institution_id])
        draft = await board.draft_recruitment(
            stage.uow,
            row,
            provinces=provinces,
            author_id=stage.person_ids[base],
            contact=_contact(stage, row.institution_id),
            now=recruited,
            new_id=stage.house.new_id,
        )
        await _publish(stage, draft, recruited)


def _contact(stage: Stage, institution_id: str) -> str:
    found = {one.id: one.contact for one in stage.sample.institutions}
    return found[institution_id]


async def _announcement(stage: Stage, at: datetime) -> NoticeRow:
    sample = stage.sample
    author = stage.first_user("centre_manager", [sample.centre.id])
    written = board.Announcement(
        title=sample.announcement.title,
        text=sample.announcement.text.strip(),
        audience=Audience(),
    )
    drafted = await board.draft_announcement(
        stage.uow,
        written,
        scope=stage.scopes[sample.centre.id],
        author_id=stage.person_ids[author],
        contact=stage.house.contact or sample.centre.contact,
        now=at,
        new_id=stage.house.new_id,
    )
    if not isinstance(drafted, NoticeRow):
        raise TypeError(f"the sample notice is refused: {drafted!r}")
    return drafted


async def _publish(stage: Stage, draft: NoticeRow, at: datetime) -> None:
    """Publish, send to the frozen list, and note that it arrived."""
    row = await notices.get(stage.uow, notice_id=draft.id, lock=True)
    assert row is not None  # noqa: S101 -- it was drafted in this transaction
    hand = Hand(person_id=row.author_id, covers=True)
    await board.publish(
        stage.uow, row, hand, limit=stage.house.limits.author_publishes_up_to, now=at
    )
    frozen: int | None = 0
    while frozen is not None:
        frozen = await board.freeze_batch(stage.uow, now=at, new_id=stage.house.new_id)
    await _arrive(stage, at)


async def _arrive(stage: Stage, at: datetime) -> None:
    while sent := await outbox.claim(
        stage.uow,
        channel=CHANNEL,
        owner=_SENDER,
        limit=_MOST,
        now=at,
        lease_seconds=_LEASE_SECONDS,
    ):
        for one in sent:
            await outbox.settle(
                stage.uow, outbox_id=one.id, owner=_SENDER, state="delivered", now=at
            )
