"""Numbers of blind evaluations: whatever is asked, no difference tells of fewer than five."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date
from itertools import combinations
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import insert, update

from storage import classes, evaluations, feedback, migrate, tallies
from storage.classes import StaffRow
from storage.crypto import Vault
from storage.database import Database
from storage.evaluations import Ballot
from storage.organisations import RosterRow, ScopeRow, add_to_roster
from storage.tables.classes import staff
from storage.tables.people import institutions, scopes
from storage.tallies import GROUPS, MINIMUM, Count, Over
from tests.storage.samples import plant_scopes

# Class, its base, the year of its end, how many ballots.
CLASSES = (
    ("c1", "base", 2026, 12),
    ("c2", "base", 2026, 4),
    ("c3", "base", 2025, 5),
    ("c4", "other", 2026, 7),
    ("c5", "other", 2026, 3),
    ("c6", "far", 2026, 9),
)
PATHS = {
    "base": "/nation/province/base",
    "other": "/nation/province/other",
    "far": "/nation/province2/far",
}
NATION = ("/nation",)
DAY = date(2026, 3, 16)
BEFORE = "0010"
"""The schema before the tallies."""


def new_id() -> str:
    return uuid4().hex


@pytest.fixture
async def planted(database: Database) -> Database:
    await plant(database)
    return database


async def plant(database: Database) -> None:
    """Three bases of two provinces, six classes, one lecturer in four of them."""
    await plant_scopes(database)
    async with database.transaction() as uow:
        for name, kind, parent, path in (
            ("province2", "province", "nation", "/nation/province2"),
            ("other", "institution", "province", PATHS["other"]),
            ("far", "institution", "province2", PATHS["far"]),
        ):
            place = {"id": name, "kind": kind, "parent_id": parent, "path": path}
            await uow.execute(insert(scopes), place | {"name": name})
        for name in ("other", "far"):
            await uow.execute(insert(institutions), {"scope_id": name, "kind": "基地"})
        await add_to_roster(
            uow, [RosterRow("r1", "王强", "GG-1", "机械类", "二级", "province", "校")]
        )
        first = await classes.get(uow, class_id="c1")
        assert first is not None
        for class_id, base, year, _ in CLASSES:
            row = msgspec.structs.replace(
                first,
                id=class_id,
                code=f"{year}-NC-{class_id}",
                institution_id=base,
                scope_id=f"scope-{class_id}",
                ends_on=date(year, 3, 15),
            )
            if class_id != "c1":
                place_ = ScopeRow(base, "institution", base, None, PATHS[base])
                await classes.create(uow, row, institution=place_)
            lecturers = [StaffRow(class_id, "lecturer", 2, "赵敏")]
            known = class_id in ("c1", "c2", "c4", "c6")
            name, entry = ("王强", "r1") if known else ("孙丽", None)
            lecturers.append(StaffRow(class_id, "lecturer", 1, name, roster_id=entry))
            await classes.add_staff(uow, lecturers)
        await uow.commit()


def ballot(class_id: str, number: int, **more: str | dict[str, str]) -> Ballot:
    mark = str(1 + number % 3)
    marks = {
        "answered": mark,
        "lecturer_1_marks": {"3.1.1": "3", "3.1.2": mark},
        **more,
    }
    return Ballot(class_id, "evaluation", 1, marks)


async def vote(database: Database, ballots: Sequence[Ballot]) -> None:
    """Cast, and move what may be moved."""
    async with database.transaction() as uow:
        for one in ballots:
            await evaluations.cast(
                uow,
                one,
                person_id=new_id(),
                done_on=DAY,
                new_id=new_id,
                shuffle=random.shuffle,
            )
        for class_id in {one.class_id for one in ballots}:
            await evaluations.drain(
                uow, class_id=class_id, new_id=new_id, shuffle=random.shuffle
            )
        await uow.commit()


async def close(database: Database, class_id: str) -> None:
    async with database.transaction() as uow:
        await evaluations.drain(
            uow,
            class_id=class_id,
            new_id=new_id,
            shuffle=random.shuffle,
            everything=True,
        )
        await uow.commit()


async def vote_everywhere(database: Database) -> None:
    for class_id, _, _, count in CLASSES:
        await vote(database, [ballot(class_id, number) for number in range(count)])
        await close(database, class_id)


async def counted(database: Database, over: Over, by: str = "") -> tuple[Count, ...]:
    async with database.reading() as uow:
        return await tallies.counts(uow, over, by=by)


def asked(counts: Sequence[Count]) -> dict[tuple[str, str, str], int]:
    """How many answered each thing, by (group, field, item)."""
    totals: dict[tuple[str, str, str], int] = {}
    for one in counts:
        key = (one.key, one.field, one.item)
        totals[key] = totals.get(key, 0) + one.count
    return totals


async def test_a_sum_is_over_the_classes_that_may_be_shown_alone(
    planted: Database,
) -> None:
    await vote_everywhere(planted)
    ballots = {
        by: {
            one.key: (one.count, one.classes)
            for one in await counted(planted, Over(paths=NATION), by)
            if not one.field
        }
        for by in ("", "class", "institution", "province", "year", "level")
    }

    assert ballots == {
        "": {"": (33, 4)},
        "class": {
            "2026-NC-01": (12, 1),
            "2025-NC-c3": (5, 1),
            "2026-NC-c4": (7, 1),
            "2026-NC-c6": (9, 1),
        },
        "institution": {"base": (17, 2), "other": (7, 1), "far": (9, 1)},
        "province": {"province": (24, 3), "province2": (9, 1)},
        "year": {"2025": (5, 1), "2026": (28, 3)},
        "level": {"二级": (33, 4)},
    }


async def test_every_number_is_a_sum_of_classes_that_may_be_shown_alone(
    planted: Database,
) -> None:
    """So a whole less a part is a class of five or more, or several, or nothing."""
    await vote_everywhere(planted)
    shown = [count for _, _, _, count in CLASSES if count >= MINIMUM]
    sums = {
        sum(some)
        for size in range(1, len(shown) + 1)
        for some in combinations(shown, size)
    }
    scopes_ = [NATION, ("/nation/province",), *((path,) for path in PATHS.values())]
    numbers = {
        count
        for paths in scopes_
        for year in (0, 2025, 2026)
        for by in ("", *GROUPS)
        for count in asked(
            await counted(planted, Over(paths=paths, year=year), by)
        ).values()
    }

    assert numbers <= sums
    assert {5, 7, 9, 12, 17, 24, 28, 33} <= numbers


async def test_what_grows_grows_by_five_or_more(planted: Database) -> None:
    """Class, base, province, nation, lecturer and year, after each single ballot."""
    await vote(planted, [ballot("c4", number) for number in range(7)])
    before: dict[tuple[str, str, str, str], int] = {}
    for number in range(17):
        await vote(planted, [ballot("c1", number)])
        now = {
            (by, *key): count
            for by in ("", *GROUPS)
            for key, count in asked(
                await counted(planted, Over(paths=NATION), by)
            ).items()
        }
        grown = {now[key] - before.get(key, 0) for key in now}
        assert all(step == 0 or step >= MINIMUM for step in grown)
        assert set(before) <= set(now)
        before = now

    assert before["class", "2026-NC-01", "", ""] == 15


async def test_what_fewer_than_five_of_a_class_were_asked_is_left_out(
    planted: Database,
) -> None:
    some = {"lecturer_2_marks": {"3.2.1": "1"}, "follow_up_kinds": {"group": ""}}
    await vote(
        planted,
        [
            *(ballot("c1", number, **some) for number in range(3)),
            *(ballot("c1", number) for number in range(6)),
            *(ballot("c4", number, **some) for number in range(6)),
        ],
    )
    everywhere = asked(await counted(planted, Over(paths=NATION)))
    of_class = asked(await counted(planted, Over(class_ids=("c1",))))

    assert everywhere["", "lecturer_2_marks", "3.2.1"] == 6
    assert everywhere["", "follow_up_kinds", ""] == 6
    assert {field for _, field, _ in of_class} == {"", "answered", "lecturer_1_marks"}


async def test_a_lecturer_is_known_by_the_roster_over_all_their_classes(
    planted: Database,
) -> None:
    await vote_everywhere(planted)
    by = await counted(planted, Over(paths=NATION), "lecturer")
    own = await counted(planted, Over(lecturers=("r1",)))
    async with planted.reading() as uow:
        scores = await tallies.lecturer_scores(uow, ["r1", "r2"])

    assert {(one.key, one.group, one.classes) for one in by} == {
        ("r1", "王强", 3),
        ("=孙丽", "孙丽", 1),
    }
    assert {one.field for one in own} == {"lecturer_1_marks"}
    assert asked(own)["", "lecturer_1_marks", "3.1.1"] == 12 + 7 + 9
    # 3.1.1 was always 3; 3.1.2 went 1, 2, 3, 1, 2, 3 …
    points = 3 * 28 + (24 + (6 + 6 + 1) + 18)
    assert scores == {"r1": (28, f"{points / 56:.2f}")}


async def test_a_lecturer_may_be_the_first_here_and_the_second_there(
    planted: Database,
) -> None:
    await vote_everywhere(planted)
    both = {"lecturer_2_marks": {"3.2.1": "1", "3.2.2": "1"}}
    async with planted.transaction() as uow:
        seat = StaffRow("c3", "lecturer", 3, "王强", roster_id="r1")
        await classes.add_staff(uow, [seat])
        await uow.commit()
    third = {"lecturer_3_marks": {"3.3.1": "1"}}
    await vote(planted, [ballot("c3", n, **both, **third) for n in range(5)])
    async with planted.reading() as uow:
        sizes = await tallies.lecturer_sizes(uow, Over(paths=NATION))
        scores = await tallies.lecturer_scores(uow, ["r1"])

    assert sizes == {"r1": (4, 28 + 5), "=孙丽": (1, 5 + 5), "=赵敏": (1, 5)}
    assert scores["r1"][0] == 33


async def test_places_are_counted_without_gaps(planted: Database) -> None:
    """Somebody else came in for the first lecturer, under a number of their own."""
    async with planted.transaction() as uow:
        await uow.execute(
            update(staff)
            .where(staff.c.class_id == "c1")
            .values(position=staff.c.position + 3)
        )
        await uow.commit()
    await vote(planted, [ballot("c1", number) for number in range(6)])
    async with planted.reading() as uow:
        sizes = await tallies.lecturer_sizes(uow, Over(class_ids=("c1",)))
        seats = await feedback.seats(uow, class_ids=["c1"])

    assert sizes == {"r1": (1, 6)}
    assert [(one.name, one.position) for one in seats["c1"]] == [
        ("王强", 1),
        ("赵敏", 2),
    ]


async def test_who_has_no_class_of_five_has_no_score(planted: Database) -> None:
    await vote(planted, [ballot("c2", number) for number in range(4)])
    await close(planted, "c2")
    async with planted.reading() as uow:
        assert await tallies.lecturer_scores(uow, ["r1"]) == {}
        assert await tallies.lecturer_scores(uow, []) == {}


async def test_nothing_is_counted_over_nothing(planted: Database) -> None:
    await vote_everywhere(planted)
    assert await counted(planted, Over()) == ()
    assert await counted(planted, Over(paths=NATION, year=2020)) == ()


async def test_a_migration_counts_what_was_there_before(
    empty_database_url: str, vault: Vault
) -> None:
    database = Database(empty_database_url, vault)
    await migrate.upgrade(database)
    await plant(database)
    await vote(database, [ballot("c1", n, kinds={"group": ""}) for n in range(6)])
    whole = Over(class_ids=("c1",))
    before = await counted(database, whole)
    await migrate.downgrade(database, BEFORE)
    await migrate.upgrade(database)
    after = await counted(database, whole)
    await database.close()

    assert len(before) > 3
    assert after == before
