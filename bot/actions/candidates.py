"""Who could be asked for a class: the roster, held against all that is known of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from bot import wording
from conversations.rules import staffing as rules
from conversations.rules.staffing import Need, Ranking, Reason, Stretch, Teacher
from storage import engagements, organisations, tallies
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.engagements import BusyDays, Candidate, Commitment, Engagement, Wishes

_LIST = "、"
_ENDED = ("refused", "lapsed", "withdrawn")


class Known(msgspec.Struct, frozen=True):
    """What is known of candidates at one time, by roster id.

    ``scores`` are how many answers of teachers past classes had, and their mean.
    """

    commitments: dict[str, list[Commitment]]
    busy: dict[str, list[BusyDays]]
    scores: dict[str, tuple[int, str]] = {}

    @classmethod
    async def load(cls, uow: UnitOfWork, roster_ids: Sequence[str]) -> Known:
        """Read it with the same number of statements for any number of people."""
        commitments: defaultdict[str, list[Commitment]] = defaultdict(list)
        for one in await engagements.commitments(uow, roster_ids=roster_ids):
            commitments[one.roster_id].append(one)
        busy: defaultdict[str, list[BusyDays]] = defaultdict(list)
        for days in await engagements.busy(uow, roster_ids=roster_ids):
            busy[days.roster_id].append(days)
        return cls(dict(commitments), dict(busy))

    def taken(
        self, roster_id: str, *, but: str, own_days: bool = True
    ) -> tuple[Stretch, ...]:
        """The days somebody cannot, leaving out the class ``but``."""
        classes = [
            Stretch(one.opens_on, one.ends_on, one.title)
            for one in self.commitments.get(roster_id, ())
            if not one.asked and one.class_id != but
        ]
        days = self.busy.get(roster_id, ()) if own_days else ()
        return (*classes, *(Stretch(one.starts_on, one.ends_on) for one in days))

    def classes(self, roster_id: str, *, year: int, but: str) -> int:
        """In how many other classes somebody is that open in a year."""
        return len(
            {
                one.class_id
                for one in self.commitments.get(roster_id, ())
                if not one.asked and one.class_id != but and one.opens_on.year == year
            }
        )

    def asked(self, roster_id: str, *, but: str) -> int:
        """How many other invitations somebody has not answered."""
        return Counter(
            one.asked and one.class_id != but
            for one in self.commitments.get(roster_id, ())
        )[True]


class Pool(msgspec.Struct, frozen=True):
    """The candidates of a class with what it needs."""

    need: Need
    teachers: tuple[Teacher, ...]

    def ranking(self, duty: str, *, once_more: bool = False) -> Ranking:
        """Who can be asked for a duty, in order; only 授课 are preferred by a base.

        ``once_more`` lets in who was asked for this class before and did not come.
        """
        teachers = (
            msgspec.structs.replace(
                one,
                preferred=one.preferred and duty == rules.LECTURER,
                before="" if once_more and one.before in _ENDED else one.before,
            )
            for one in self.teachers
        )
        return rules.rank(self.need, teachers, duty=duty)


async def pool_of(uow: UnitOfWork, row: ClassRow) -> Pool:
    """The candidates of a class, as things stand."""
    found = await engagements.candidates(uow, level=row.level, major=row.major)
    ids = [one.entry.id for one in found]
    known = msgspec.structs.replace(
        await Known.load(uow, ids), scores=await tallies.lecturer_scores(uow, ids)
    )
    before = _before(await engagements.of_class(uow, class_id=row.id))
    wished = await engagements.wishes_of(uow, class_id=row.id)
    return Pool(
        need=await _need(uow, row),
        teachers=tuple(_teacher(row, one, known, before, wished) for one in found),
    )


def _before(rows: Iterable[Engagement]) -> dict[str, str]:
    """What became of each in this class: what holds now, else what was last."""
    states: dict[str, str] = {}
    for one in sorted(rows, key=lambda one: (one.live, one.number)):
        states[one.roster_id] = one.state
    return states


async def _need(uow: UnitOfWork, row: ClassRow) -> Need:
    province = await organisations.scope(uow, scope_id=row.scope_path.split("/")[2])
    return Need(
        level=row.level,
        major=row.major,
        province=province.name if province else "",
        school=row.institution,
        opens_on=row.opens_on,
        ends_on=row.ends_on,
    )


def _teacher(
    row: ClassRow,
    found: Candidate,
    known: Known,
    before: dict[str, str],
    wished: Wishes,
) -> Teacher:
    entry = found.entry
    answers, mark = known.scores.get(entry.id, (0, ""))
    return Teacher(
        roster_id=entry.id,
        name=entry.name,
        certificate=entry.certificate,
        majors=tuple(entry.majors.split(_LIST)),
        levels=tuple(entry.levels.split(_LIST)),
        province=found.province,
        school=entry.school,
        taken=known.taken(entry.id, but=row.id),
        classes=known.classes(entry.id, year=row.opens_on.year, but=row.id),
        asked=known.asked(entry.id, but=row.id),
        answers=answers,
        mark=mark,
        preferred=entry.id in wished.preferred,
        before=before.get(entry.id, ""),
        reachable=entry.person_id is not None,
    )


def in_words(reasons: Iterable[Reason]) -> list[str]:
    """Reasons as they are said."""
    return [wording.staffing.reason(one.rule, one.facts) for one in reasons]


def as_kept(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Reasons as they are kept with a proposal."""
    return [{"rule": one.rule, **one.facts} for one in reasons]
