"""Notices: drafted, previewed, published to a frozen list, stopped, withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from bot import faults
from bot.actions import articles as published
from bot.actions import pushes
from bot.ports import Push
from conversations.model import Reply
from notices import lifecycle
from notices.audience import TEACHER, Audience, covers, is_meant
from notices.calendar import civil
from notices.deliveries import Deliveries, add_up
from notices.lifecycle import Denied, Hand
from notices.render import TextRefused, fill, render
from notices.wording import FIELDS, describe, template_date
from storage import articles, classes, notices, numbers, outbox, readers
from storage.articles import ArticleRow
from storage.classes import ClassRow
from storage.database import Database, UnitOfWork
from storage.notices import NoticeRow
from storage.organisations import ScopeRow

FREEZE = 500
_SUMMARY = 80
_FIELD = 20
_GOOD_FOR = timedelta(days=14)

NewId = Callable[[], str]


class Announcement(msgspec.Struct, frozen=True):
    """What a manager wrote, and for whom."""

    title: str
    text: str
    audience: Audience


class Preview(msgspec.Struct, frozen=True):
    """A notice as it would go out: to whom, in words, and to how many now."""

    notice: NoticeRow
    audience: str
    recipients: int


class Outcome(msgspec.Struct, frozen=True):
    """A notice that was taken on, in its new state; ``cancelled`` pushes stopped."""

    notice: NoticeRow
    recipients: int = 0
    cancelled: int = 0


async def draft_announcement(
    uow: UnitOfWork,
    written: Announcement,
    *,
    scope: ScopeRow,
    author_id: str,
    contact: str,
    now: datetime,
    new_id: NewId,
) -> NoticeRow | TextRefused:
    """Keep a manager's notice as a draft, or say why its text is refused.

    ``scope`` is the author's: nobody outside it will be meant.
    """
    values = _values(scope.name, contact, now)
    named, body = fill(written.title, values), fill(written.text, values)
    for filled in (named, body):
        if isinstance(filled, TextRefused):
            return filled
    row = _draft(
        "announcement", str(named), str(body), written.audience, author_id, now
    )
    return await _keep(uow, row, scope_id=scope.id, class_id=None, new_id=new_id)


def _values(publisher: str, contact: str, now: datetime) -> dict[str, str]:
    known = {
        "published_on": template_date(civil(now)),
        "publisher": publisher,
        "contact": contact,
    }
    return {field: known[name] for field, name in FIELDS.items()}


async def draft_recruitment(
    uow: UnitOfWork,
    row: ClassRow,
    *,
    provinces: Mapping[str, str],
    author_id: str,
    contact: str,
    now: datetime,
    new_id: NewId,
) -> NoticeRow:
    """Keep the 招生通知 of a class as a draft, to the teachers it recruits from.

    ``provinces`` are names by scope id, of those in ``row.recruits_from``.
    """
    body = recruitment_body(row, provinces=provinces, contact=contact)
    title = render("recruitment_title", title=row.title)
    audience = Audience(roles=(TEACHER,), provinces=tuple(row.recruits_from))
    draft = _draft("recruitment", title, body, audience, author_id, now)
    return await _keep(
        uow, draft, scope_id=row.institution_id, class_id=row.id, new_id=new_id
    )


def recruitment_body(
    row: ClassRow, *, provinces: Mapping[str, str], contact: str
) -> str:
    """The text of the 招生通知 of a class as it is now."""
    return render(
        "recruitment",
        institution=row.institution,
        title=row.title,
        code=row.code,
        level=row.level,
        major=row.major,
        opens_on=row.opens_on,
        ends_on=row.ends_on,
        days=(row.ends_on - row.opens_on).days + 1,
        venue=row.venue,
        provinces=[provinces.get(one, one) for one in row.recruits_from],
        capacity=row.capacity,
        apply_until=row.apply_until,
        contact=contact,
    )


async def draft_of_house(
    uow: UnitOfWork,
    kind: str,
    written: Announcement,
    *,
    scope_id: str,
    author_id: str,
    now: datetime,
    new_id: NewId,
) -> NoticeRow:
    """Keep a notice that the house writes itself as a draft."""
    row = _draft(kind, written.title, written.text, written.audience, author_id, now)
    return await _keep(uow, row, scope_id=scope_id, class_id=None, new_id=new_id)


async def drafted(uow: UnitOfWork, notice_id: str | None) -> NoticeRow | None:
    """A notice that is a draft still."""
    row = await notices.get(uow, notice_id=notice_id) if notice_id else None
    return row if row is not None and row.state == lifecycle.DRAFT else None


async def redraft(
    uow: UnitOfWork, row: NoticeRow, *, title: str, body: str
) -> NoticeRow:
    """A draft with another text."""
    await notices.rewrite(uow, notice_id=row.id, title=title, body=body)
    return await _again(uow, row)


def _draft(
    kind: str, title: str, body: str, audience: Audience, author_id: str, now: datetime
) -> NoticeRow:
    return NoticeRow(
        id="",
        number=0,
        slug="",
        kind=kind,
        title=title,
        body=body,
        class_id=None,
        scope_id="",
        audience=audience,
        state=lifecycle.DRAFT,
        author_id=author_id,
        approved_by=None,
        created_at=now,
        published_at=None,
        audience_cursor=None,
        audience_state="",
        audience_size=0,
    )


async def _keep(
    uow: UnitOfWork,
    draft: NoticeRow,
    *,
    scope_id: str,
    class_id: str | None,
    new_id: NewId,
) -> NoticeRow:
    notice_id = new_id()
    row = msgspec.structs.replace(
        draft,
        id=notice_id,
        number=await numbers.take(uow, kind="notice", subject_id=notice_id),
        slug=new_id(),
        scope_id=scope_id,
        class_id=class_id,
    )
    await notices.add(uow, row)
    return await _again(uow, row)


async def _again(uow: UnitOfWork, row: NoticeRow) -> NoticeRow:
    found = await notices.get(uow, notice_id=row.id)
    if found is None:
        raise LookupError(f"notice {row.id} is gone")
    return found


async def preview(
    uow: UnitOfWork, row: NoticeRow, *, provinces: Mapping[str, str], now: datetime
) -> Preview:
    """A notice as it would go out now; ``provinces`` are names by scope id."""
    return Preview(
        notice=row,
        audience=describe(row.audience, provinces=dict(provinces)),
        recipients=await recipients(uow, row, now=now),
    )


async def recipients(uow: UnitOfWork, row: NoticeRow, *, now: datetime) -> int:
    """How many persons would get a notice if it were published now."""
    path = reach(row)
    return await readers.count(uow, row.audience, scope_path=path, as_of=now)


def reach(row: NoticeRow) -> str:
    """Where readers may be: a 招生通知 goes beyond its institution, to the nation."""
    return _root(row.scope_path) if row.kind == "recruitment" else row.scope_path


def _root(path: str) -> str:
    return "/" + path.strip("/").split("/")[0]


async def publish(
    uow: UnitOfWork, row: NoticeRow, hand: Hand, *, limit: int, now: datetime
) -> Outcome | Denied:
    """发布: publish a locked notice, or hand it on for approval above ``limit``.

    The list of recipients is made afterwards, in batches (``continue_freezing``).
    """
    people = await recipients(uow, row, now=now)
    step = lifecycle.publish(
        row.state,
        hand,
        author_id=row.author_id,
        recipients=people,
        limit=limit,
        # A class is also applied to from its page and by its QR code.
        stands_alone=row.kind == "recruitment",
    )
    if isinstance(step, Denied):
        return step
    out = step.state == lifecycle.PUBLISHED
    taken = await notices.take_on(
        uow,
        notice_id=row.id,
        before=row.state,
        after=step.state,
        approved_by=hand.person_id if out else None,
        published_at=now if out else None,
    )
    found = await _again(uow, row)
    return Outcome(found, people) if taken else Denied(f"notice_is_{found.state}")


async def stop(
    uow: UnitOfWork, row: NoticeRow, hand: Hand, *, now: datetime
) -> Outcome | Denied:
    """停止: send no more of a locked notice; its page stays."""
    return await _end(uow, row, lifecycle.stop(row.state, hand), now)


async def withdraw(
    uow: UnitOfWork, row: NoticeRow, hand: Hand, *, now: datetime
) -> Outcome | Denied:
    """撤回通知: send no more of a locked notice, and take its page away."""
    return await _end(uow, row, lifecycle.withdraw(row.state, hand), now)


async def _end(
    uow: UnitOfWork, row: NoticeRow, step: lifecycle.Step | Denied, now: datetime
) -> Outcome | Denied:
    if isinstance(step, Denied):
        return step
    taken = await notices.take_on(
        uow, notice_id=row.id, before=row.state, after=step.state
    )
    found = await _again(uow, row)
    if not taken:
        return Denied(f"notice_is_{found.state}")
    stopped = await outbox.cancel_notice(uow, notice_id=row.id, now=now)
    return Outcome(found, cancelled=stopped)


async def continue_freezing(
    database: Database,
    *,
    now: datetime,
    new_id: NewId,
    batch: int = FREEZE,
    articles_awaited: bool = False,
) -> int:
    """Put everybody meant on the lists that are not complete; how many were new.

    With ``articles_awaited``, a new notice waits for a while for its article.

    Each batch is a transaction that moves the cursor on: broken off at any
    place and begun again, everybody gets each notice once.
    """
    total = 0
    while True:
        async with database.transaction() as uow:
            added = await freeze_batch(
                uow,
                now=now,
                new_id=new_id,
                batch=batch,
                articles_since=published.waits_since(now, awaited=articles_awaited),
            )
            faults.point("list_frozen")
            await uow.commit()
        if added is None:
            return total
        total += added


async def freeze_batch(
    uow: UnitOfWork,
    *,
    now: datetime,
    new_id: NewId,
    batch: int = FREEZE,
    articles_since: datetime | None = None,
) -> int | None:
    """Take one list on by ``batch`` persons; None when all lists are complete.

    Whoever got the mass message is on the list too, and gets nothing more.
    """
    row = await notices.claim_freezing(uow, articles_since=articles_since)
    if row is None:
        return None
    found = await readers.page(
        uow,
        row.audience,
        scope_path=reach(row),
        after=row.audience_cursor or "",
        as_of=row.published_at or now,
        limit=batch,
    )
    article = await articles.of_notice(uow, notice_id=row.id)
    push = await _push(uow, row, article)
    messages = [_message(row, person_id, push, now) for person_id in found.meant]
    to = await pushes.whereabouts(uow, person_ids=found.meant)
    added = await pushes.queue(uow, messages, to=to, now=now, new_id=new_id)
    reached = await published.covered(uow, article, found.meant)
    keys = [one.dedupe_key for one in messages if one.person_id in reached]
    await articles.note_covered(uow, dedupe_keys=keys, now=now)
    await notices.note_frozen(uow, notice_id=row.id, cursor=found.last, added=added)
    return added


def _message(
    row: NoticeRow, person_id: str, push: Push, now: datetime
) -> pushes.Message:
    return pushes.Message(
        person_id=person_id,
        dedupe_key=f"notice:{row.id}:{person_id}",
        push=push,
        purpose="notice",
        urgency=3,
        not_before=now,
        expires_at=now + _GOOD_FOR,
        notice_id=row.id,
        class_id=row.class_id,
    )


async def _push(uow: UnitOfWork, row: NoticeRow, article: ArticleRow | None) -> Push:
    path = link_to(row, article)
    summary = await summary_of(uow, row)
    return Push(
        reply=Reply(kind="article", name=row.title, text=summary, ref=path),
        template="notice",
        fields={
            "title": row.title[:_FIELD],
            "publisher": row.publisher[:_FIELD],
            "date": template_date(civil(row.published_at or row.created_at)),
        },
        path=path,
    )


def link_to(row: NoticeRow, article: ArticleRow | None) -> str:
    """Where a notice is read: the article, once there is one, else our page."""
    gone = article is None or article.state == "withdrawn"
    return (article.url if article and not gone else "") or f"/n/{row.slug}"


async def summary_of(uow: UnitOfWork, row: NoticeRow) -> str:
    """A notice in a sentence or two."""
    about = await classes.get(uow, class_id=row.class_id) if row.class_id else None
    if about is None or row.kind != "recruitment":
        return " ".join(row.body.split())[:_SUMMARY]
    return render(
        "recruitment_summary",
        code=about.code,
        level=about.level,
        major=about.major,
        opens_on=about.opens_on,
        apply_until=about.apply_until,
        capacity=about.capacity,
    )


async def deliveries(uow: UnitOfWork, row: NoticeRow) -> Deliveries:
    """How many people a notice reached so far, by outcome."""
    counted = await outbox.counts_by_outcome(uow, notice_id=row.id)
    return add_up(
        ((one.state, one.error_code, one.count) for one in counted),
        freezing=row.state == "published" and row.audience_state == "freezing",
    )


async def readable_by(
    uow: UnitOfWork, *, person_id: str, limit: int, among: int = 200
) -> tuple[NoticeRow, ...]:
    """The newest notices meant for a person, of the last ``among`` published."""
    standings = await readers.standings_of(uow, person_id=person_id)
    found = [
        row
        for row in await notices.recent(uow, limit=among)
        if is_meant(row.audience, standings, scope_path=reach(row))
    ]
    return tuple(found[:limit])


def may_take_on(paths: Sequence[str], row: NoticeRow) -> bool:
    """True iff one of a manager's scopes is the notice's or above it."""
    return any(covers(path, row.scope_path) for path in paths)
