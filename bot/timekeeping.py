"""What happens because time passes, and living through it fast in the demo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.actions import (
    admissions,
    chasing,
    classes,
    evaluations,
    notices,
    reaching,
    reminders,
    settling,
)
from bot.actions import deadlines as timing
from bot.clock import CHINA, MovableClock, civil
from bot.core import Core
from bot.jobs.beat import Tick
from bot.jobs.media import watch_media
from conversations.forms.book import FormBook
from storage import deadlines, privacy
from storage.database import UnitOfWork

_DAY_BEGINS = timedelta(minutes=5)


def ticks(core: Core) -> list[Tick]:
    """Everything that is looked at again and again; all of it can be done twice."""
    house, database = core.house, core.database

    async def remind() -> None:
        await reminders.fire_due(
            database,
            now=core.clock.now(),
            programmes=house.programmes,
            new_id=house.new_id,
        )

    async def plan_years() -> None:
        await timing.schedule_years(
            database,
            now=core.clock.now(),
            programmes=house.programmes,
            new_id=house.new_id,
        )

    async def freeze() -> None:
        account = core.settings.official_account
        await notices.continue_freezing(
            database,
            now=core.clock.now(),
            new_id=house.new_id,
            articles_awaited=bool(account.app_id) and account.articles,
        )

    async def advance(uow: UnitOfWork) -> None:
        await classes.advance(uow, today=civil(core.clock.now()))
        await settling.settle_ended(uow, house, now=core.clock.now())

    async def release(uow: UnitOfWork) -> None:
        await admissions.release_unstamped(uow, house, now=core.clock.now())
        await admissions.finish_recruiting(uow, now=core.clock.now())

    async def list_to_phone(uow: UnitOfWork) -> None:
        await reaching.tell_bases(uow, house, now=core.clock.now())

    async def count_ballots(uow: UnitOfWork) -> None:
        await evaluations.drain_ballots(uow, new_id=house.new_id)

    return [
        Tick("classes", 60, _committed(core, advance)),
        Tick("places", 60, _committed(core, release)),
        Tick("invitations", 60, _committed(core, partial(_chase, core))),
        Tick("openings", 60, _committed(core, partial(_plan_openings, core))),
        Tick("years", 3600, plan_years),
        Tick("reminders", 15, remind),
        Tick("notices", 2, freeze),
        Tick("phone", 600, _committed(core, list_to_phone)),
        Tick("media", 600, partial(watch_media, database, core.clock)),
        Tick("ballots", 60, _committed(core, count_ballots)),
        Tick("retention", 3600, _committed(core, partial(forget, core))),
    ]


async def _plan_openings(core: Core, uow: UnitOfWork) -> None:
    await timing.schedule_planned(
        uow,
        programme=core.house.programmes[classes.DEFAULT_PROGRAMME],
        now=core.clock.now(),
        new_id=core.house.new_id,
    )


async def _chase(core: Core, uow: UnitOfWork) -> None:
    await chasing.chase(uow, core.house, now=core.clock.now())


async def forget(core: Core, uow: UnitOfWork) -> None:
    """The nightly purge, as the forms say how long."""
    book = core.house.book
    await privacy.purge(
        uow,
        now=core.clock.now(),
        real=core.clock.real(),
        kept_for=partial(kept_for, book),
        said_for=said_for(book),
    )


def kept_for(book: FormBook, form: str, version: int) -> dict[str, int]:
    """How many days each personal answer is kept, as its definition says."""
    return {
        field.id: field.privacy.keep_days
        for field in book.get(form, version).fields
        if field.privacy.personal
    }


def said_for(book: FormBook) -> timedelta:
    """How long what is written in a blind form is kept, as its definition says."""
    days = [
        field.privacy.keep_days
        for form in book.forms()
        if form.blind
        for field in form.fields
    ]
    return timedelta(days=max(days))


def _committed(
    core: Core, work: Callable[[UnitOfWork], Awaitable[None]]
) -> Callable[[], Awaitable[None]]:
    """``work`` in a transaction of its own."""

    async def run() -> None:
        async with core.database.transaction() as uow:
            await work(uow)
            await uow.commit()

    return run


async def live_through(
    core: Core,
    clock: MovableClock,
    until: datetime,
    look: Callable[[], Awaitable[None]],
) -> None:
    """Move the clock to ``until``, stopping at each instant at which something is due.

    Those are the moments of planned reminders, found anew after each stop, and
    the beginning of each day. ``look`` does what is due and sends it.
    """
    await look()
    while (stop := await _next_stop(core, clock.now())) < until:
        clock.move_to(stop)
        await look()
    clock.move_to(until)
    await look()


async def _next_stop(core: Core, now: datetime) -> datetime:
    tomorrow = _tomorrow(now)
    async with core.database.reading() as uow:
        fires_at = await deadlines.next_fire_at(uow)
    # One that is due and still planned was put off: time alone brings it back.
    if fires_at is None or fires_at <= now:
        return tomorrow
    return min(fires_at, tomorrow)


def _tomorrow(now: datetime) -> datetime:
    """Just after the next midnight in China."""
    midnight = datetime.combine(civil(now) + timedelta(days=1), datetime.min.time())
    return midnight.replace(tzinfo=CHINA).astimezone(UTC) + _DAY_BEGINS
