"""What a board shows, gathered: classes and years in somebody's scopes, and how far.

Read only; the number of statements is the same for any number of classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import msgspec

from bot import wording
from bot.actions.context import House
from conversations.rules.staffing import DUTIES, STAFFING
from notices.programmes import Programme
from notices.progress import Dated, Progress, StepStanding, progress
from notices.reminders import Facts
from storage import applications, board, classes, plans, reminders
from storage.board import Asked, YearStep
from storage.classes import LIVE, ClassRow
from storage.database import UnitOfWork

_MOST_CLASSES = 5000
_PLAN = "plan"
"""The step of a year that a province reviews, and the kind of what it reviews."""

_YEAR_BEFORE, _YEAR_AHEAD = timedelta(days=31), timedelta(days=183)


class ClassCard(msgspec.Struct, frozen=True):
    """A class, the province it lies in, how far it is, its applications by state."""

    row: ClassRow
    province_id: str
    province: str
    progress: Progress
    counts: dict[str, int]


class YearCard(msgspec.Struct, frozen=True):
    """A step of an institution's year."""

    institution_id: str
    institution: str
    province_id: str
    province: str
    period: str
    step: StepStanding


class Board(msgspec.Struct, frozen=True):
    """Everything in some scopes on a day, in the order of the tree and of dates."""

    today: date
    classes: tuple[ClassCard, ...] = ()
    years: tuple[YearCard, ...] = ()

    @property
    def late(self) -> tuple[tuple[ClassCard, StepStanding], ...]:
        """Every late step with its class, the oldest first."""
        found = [(card, one) for card in self.classes for one in card.progress.late]
        return tuple(sorted(found, key=lambda pair: pair[1].due_on))

    @property
    def soon(self) -> tuple[tuple[ClassCard, StepStanding], ...]:
        """Every step that falls due soon with its class, the next first."""
        found = [(card, one) for card in self.classes for one in card.progress.soon]
        return tuple(sorted(found, key=lambda pair: pair[1].due_on))

    @property
    def late_years(self) -> tuple[YearCard, ...]:
        """The late steps of years."""
        return tuple(one for one in self.years if one.step.state == "late")

    @property
    def soon_years(self) -> tuple[YearCard, ...]:
        """The steps of years that fall due soon."""
        return tuple(one for one in self.years if one.step.state == "soon")


class Part(msgspec.Struct, frozen=True):
    """What a province or an institution of a board comes to."""

    id: str
    name: str
    classes: int
    late: int
    soon: int
    admitted: int


def by_place(seen: Board) -> tuple[Part, ...]:
    """The parts of a board: its provinces, or within one its institutions."""
    several = len({card.province_id for card in seen.classes}) > 1
    parts: dict[str, list[ClassCard]] = {}
    for card in seen.classes:
        place = card.province_id if several else card.row.institution_id
        parts.setdefault(place, []).append(card)
    return tuple(
        Part(
            id=place,
            name=cards[0].province if several else cards[0].row.institution,
            classes=len(cards),
            late=sum(len(card.progress.late) for card in cards),
            soon=sum(len(card.progress.soon) for card in cards),
            admitted=sum(card.counts.get("admitted", 0) for card in cards),
        )
        for place, cards in parts.items()
    )


async def look(
    uow: UnitOfWork,
    house: House,
    *,
    paths: Sequence[str],
    today: date,
    states: Sequence[str] = LIVE,
) -> Board:
    """The board of the scopes ``paths``; classes in one of ``states``.

    Years belong to what is still under way.
    """
    rows = await classes.listed(uow, paths=paths, states=states, limit=_MOST_CLASSES)
    cards = await cards_of(uow, house, rows, today=today)
    years = (
        await board.years_below(
            uow, paths=paths, since=today - _YEAR_BEFORE, until=today + _YEAR_AHEAD
        )
        if "planned" in states
        else ()
    )
    named = await board.names(uow, scope_ids=sorted({_province(y.path) for y in years}))
    waiting = {
        (one.institution_id, one.period): one.number
        for one in await plans.waiting_below(uow, paths=paths)
        if one.kind == _PLAN
    }
    return Board(
        today=today,
        classes=tuple(sorted(cards, key=_place)),
        years=tuple(_year_cards(house, years, named, waiting, today)),
    )


async def cards_of(
    uow: UnitOfWork, house: House, rows: Sequence[ClassRow], *, today: date
) -> tuple[ClassCard, ...]:
    """How far classes are, in their order."""
    ids = [row.id for row in rows]
    dated = await board.steps_of(uow, class_ids=ids)
    around = _Around(
        applications=await reminders.applications_waiting(uow, class_ids=ids),
        reviews=await reminders.reviews_waiting(uow, class_ids=ids),
        asked=await board.asked(uow, class_ids=ids),
    )
    counts = await applications.counts(uow, class_ids=ids)
    provinces = sorted({_province(row.scope_path) for row in rows})
    named = await board.names(uow, scope_ids=provinces)
    return tuple(
        ClassCard(
            row=row,
            province_id=_province(row.scope_path),
            province=named.get(_province(row.scope_path), ""),
            progress=_progress(
                house.programmes[row.programme],
                row.id,
                dated.get(row.id, ()),
                around,
                today,
            ),
            counts=counts[row.id],
        )
        for row in rows
    )


def _progress(
    programme: Programme,
    class_id: str,
    dated: Sequence[Dated],
    around: _Around,
    today: date,
) -> Progress:
    facts = {one.step: around.facts(class_id, one.step) for one in dated}
    return progress(programme, dated, facts, today=today)


class _Around(msgspec.Struct, frozen=True):
    """What waits in classes, by class."""

    applications: dict[str, int]
    reviews: dict[tuple[str, str], int]
    asked: dict[str, Asked]

    def facts(self, class_id: str, step: str) -> Facts:
        """What is true of a class; a review is of the step's own kind."""
        return Facts(
            applications_waiting=self.applications.get(class_id, 0),
            review_number=self.reviews.get((class_id, step)),
            all_asked=_all_asked(self.asked.get(class_id, Asked())),
        )


def _all_asked(asked: Asked) -> bool:
    """True iff for every place somebody was asked, and not all have answered."""
    seats = STAFFING.seats
    places = sum(seats.of(duty, lecturers=asked.lecturers) for duty in DUTIES)
    return asked.invited > 0 and asked.invited + asked.accepted >= places


def _year_cards(
    house: House,
    years: Iterable[YearStep],
    named: dict[str, str],
    waiting: dict[tuple[str, str], int],
    today: date,
) -> Iterable[YearCard]:
    for year in years:
        programme = house.programmes[year.programme]
        province = _province(year.path)
        number = waiting.get((year.institution_id, year.period))
        facts = {_PLAN: Facts(review_number=number)}
        for one in progress(programme, [year.dated], facts, today=today).steps:
            yield YearCard(
                institution_id=year.institution_id,
                institution=year.institution,
                province_id=province,
                province=named.get(province, ""),
                period=_period(year),
                step=one,
            )


def _period(year: YearStep) -> str:
    """The period; of a class that is planned and not applied for, its number."""
    if year.dated.step == "opening":
        return wording.board.planned(year.period)
    return year.period


def _province(path: str) -> str:
    """The province's id in a path ``/nation/province/…``."""
    return path.strip("/").split("/")[1]


def _place(card: ClassCard) -> tuple[str, str, date, str]:
    return (card.province, card.row.institution, card.row.opens_on, card.row.code)
