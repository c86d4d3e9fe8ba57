"""Plans as they are kept: what may be opened, by whom, once."""

from __future__ import annotations

from datetime import UTC, date, datetime

from storage import classes, numbers, plans
from storage.database import Database
from storage.plans import NewItem, SubmissionRow
from tests.storage.samples import plant_scopes

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def an_item(name: str, opens_on: date = date(2027, 3, 8), **changed: object) -> NewItem:
    facts: dict[str, object] = {
        "id": name,
        "institution_id": "base",
        "period": "2027-1",
        "level": "二级",
        "major": "机械类",
        "opens_on": opens_on,
        "headcount": 30,
        "recruits_from": [],
        "created_by": "p1",
        "state": "approved",
    }
    return NewItem(**{**facts, **changed})  # type: ignore[arg-type]  # facts by name


async def kept(database: Database, *rows: NewItem) -> None:
    await plant_scopes(database)
    async with database.transaction() as uow:
        await plans.add_items(uow, rows, now=NOW)
        await uow.commit()


async def test_items_are_numbered_in_their_order(database: Database) -> None:
    await kept(database, *(an_item(f"i{n}", date(2027, 3, n)) for n in range(1, 9)))
    async with database.reading() as uow:
        found = await plans.items_of(
            uow, institution_id="base", period="2027-1", states=plans.AGREED
        )

    assert [(one.id, one.number) for one in found] == [
        (f"i{n}", n) for n in range(1, 9)
    ]
    assert {(one.institution, one.province) for one in found} == {("base", "甲省")}


async def test_only_what_was_agreed_to_and_lies_ahead_may_be_opened(
    database: Database,
) -> None:
    await kept(
        database,
        an_item("good"),
        an_item("published", state="published"),
        an_item("past", TODAY),
        an_item("draft", state="draft"),
        an_item("replaced", state="replaced"),
    )
    async with database.transaction() as uow:
        await plans.change_item(
            uow, item_id="published", among=plans.AGREED, values={"not_held": "场地"}
        )
        found = await plans.open_items(uow, institution_id="base", today=TODAY)
        elsewhere = await plans.open_items(uow, institution_id="nowhere", today=TODAY)
        year = await plans.year_items(uow, institution_id="base", year=2027)

    assert [one.id for one in found] == ["good"]
    assert elsewhere == ()
    assert [(one.id, one.not_held) for one in year] == [
        ("good", ""),
        ("published", "场地"),
    ]


async def test_an_item_is_opened_once_until_its_class_is_cancelled(
    database: Database,
) -> None:
    await kept(database, an_item("good"))
    async with database.transaction() as uow:
        first = await plans.link(uow, item_id="good", class_id="c1")
        left = await plans.open_items(uow, institution_id="base", today=TODAY)
        row = await classes.get(uow, class_id="c1")
        await classes.set_state(uow, class_id="c1", state="cancelled")
        again = await plans.open_items(uow, institution_id="base", today=TODAY)
        year = await plans.year_items(uow, institution_id="base", year=2027)

    assert first
    assert left == ()
    assert row is not None
    assert row.plan_item_id == "good"
    assert [(one.id, one.opened) for one in again] == [("good", False)]
    assert [one.class_state for one in year] == ["cancelled"]


async def test_a_plan_is_decided_once(database: Database) -> None:
    await kept(database, an_item("one", state="draft"), an_item("two", state="draft"))
    async with database.transaction() as uow:
        number = (await numbers.take_many(uow, kind="plan", subject_ids=["s"]))["s"]
        row = SubmissionRow(
            "s", number, "plan", "base", "2027-1", "x", "waiting", "", "p1", NOW
        )
        count = await plans.hand_in(uow, row)
        done = [
            await plans.decide(
                uow,
                submission_id="s",
                state=state,
                item_state=items,
                decided_by="p2",
                now=NOW,
            )
            for state, items in (("approved", "approved"), ("returned", "draft"))
        ]
        found = await plans.items_handed_in(uow, submission_id="s")

    assert (count, done) == (2, [True, False])
    assert {one.state for one in found} == {"approved"}
