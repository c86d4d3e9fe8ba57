"""Persons: found under every key, created once, whoever is first."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from storage import consents, id_numbers, invitations, people
from storage.crypto import Vault
from storage.database import Database
from storage.people import Known, Newcomer
from storage.tables.people import addresses, lookups, persons
from tests.storage.samples import plant_scopes

NOW = datetime(2026, 3, 1, 1, tzinfo=UTC)


def newcomer(address: str, tag: str = "") -> Newcomer:
    return Newcomer(address, f"person-{address}{tag}", f"address-{address}{tag}")


async def create(
    database: Database, *names: str, tag: str = "", pause: float = 0
) -> dict[str, Known]:
    async with database.transaction() as uow:
        known = await people.create(
            uow,
            channel="webchat",
            newcomers=[newcomer(name, tag) for name in names],
            now=NOW,
        )
        await asyncio.sleep(pause)
        await uow.commit()
    return known


async def resolve(database: Database, *names: str) -> dict[str, Known]:
    async with database.reading() as uow:
        return await people.resolve(uow, channel="webchat", addresses=names)


async def column(database: Database, one: object) -> list[str]:
    async with database.reading() as uow:
        found = await uow.execute(select(one))  # type: ignore[call-overload]  # any column
        return sorted(found.scalars())


async def test_a_created_person_is_found_by_address_and_channel(
    database: Database,
) -> None:
    made = await create(database, "a", "b")
    found = await resolve(database, "a", "b", "c")
    async with database.reading() as uow:
        elsewhere = await people.resolve(uow, channel="wechat", addresses=["a"])

    assert found == made
    assert elsewhere == {}


async def test_addresses_are_compared_to_the_letter(database: Database) -> None:
    await create(database, "oAbc")

    assert await resolve(database, "oabc") == {}


async def test_of_two_processes_that_create_a_person_one_wins_and_no_row_is_left_over(
    database: Database, vault: Vault
) -> None:
    other = Database(database.engine.url.render_as_string(False), vault)
    first, second = await asyncio.gather(
        create(database, "a", "b", "c", tag="1", pause=0.05),
        create(other, "c", "b", "a", "d", tag="2", pause=0.05),
    )
    await other.close()

    assert {name: first[name] for name in "abc"} == {n: second[n] for n in "abc"}
    assert await resolve(database, *"abcd") == second
    owners = sorted(known.address_id for known in second.values())
    assert await column(database, addresses.c.id) == owners
    assert await column(database, lookups.c.owner_id) == owners
    assert len(await column(database, persons.c.id)) == 4


async def test_processes_that_share_one_key_agree_on_who_a_person_is(
    database: Database,
) -> None:
    url = database.engine.url.render_as_string(False)
    older = Database(url, Vault(["old", "older"]))
    newer = Database(url, Vault(["new", "old"]))
    first, second = await asyncio.gather(
        create(older, "a", tag="1", pause=0.05), create(newer, "a", tag="2", pause=0.05)
    )
    found_by_both = [await resolve(older, "a"), await resolve(newer, "a")]
    only_new = Database(url, Vault(["new"]))
    found_by_newest = await resolve(only_new, "a")
    for one in (older, newer, only_new):
        await one.close()

    assert first == second
    assert found_by_both == [first, first]
    # The key that one process alone knows points to the winner too, if it was
    # registered at all: never to a person that does not exist.
    assert found_by_newest in ({}, first)
    assert len(await column(database, persons.c.id)) == 1


async def test_writing_makes_an_address_reachable_again(database: Database) -> None:
    made = await create(database, "a")
    address = made["a"].address_id
    later = NOW + timedelta(days=1)
    async with database.transaction() as uow:
        await people.mark_unreachable(uow, address_ids=[address])
        before = await people.addresses_of(uow, person_ids=[made["a"].person_id])
        await people.touch_inbound(uow, address_ids=[address], now=later)
        after = await people.addresses_of(uow, person_ids=[made["a"].person_id])

    assert [row.reachable for row in before[made["a"].person_id]] == [False]
    row = after[made["a"].person_id][0]
    assert (row.address, row.reachable, row.last_inbound_at) == ("a", True, later)


async def test_names_and_profiles_come_back_opened(database: Database) -> None:
    made = (await create(database, "a"))["a"].person_id
    async with database.transaction() as uow:
        unnamed = await people.name_of(uow, person_id=made)
        await people.set_name(uow, person_id=made, name="王芳")
        await people.set_profile(uow, person_id=made, profile={"phone": "1"})

        assert unnamed == ""
        assert await people.names_of(uow, person_ids=[made, "nobody"]) == {made: "王芳"}
        assert await people.profile(uow, person_id=made) == {"phone": "1"}
        assert await people.profile(uow, person_id="nobody") == {}


async def test_an_id_number_belongs_to_one_person_under_any_key(
    database: Database,
) -> None:
    url = database.engine.url.render_as_string(False)
    newer = Database(url, Vault(["new", "a secret for tests only"]))

    async def claim(where: Database, person: str, number: str) -> bool:
        async with where.transaction() as uow:
            done = await id_numbers.claim(uow, person_id=person, number=number)
            await uow.commit()
        return done

    answers = [
        await claim(database, "p1", "11010119900101001x"),
        await claim(newer, "p2", "11010119900101001X"),
        await claim(newer, "p1", "11010119900101001X"),
        await claim(database, "p1", "110101199001010028"),
        await claim(database, "p2", "11010119900101001X"),
    ]
    await newer.close()

    # The last is free again: p1 corrected the number.
    assert answers == [True, False, True, True, True]


async def test_an_invitation_works_once_and_in_time(database: Database) -> None:
    await plant_scopes(database)
    offer = invitations.NewInvitation(
        "i1", "base_staff", "nation", NOW + timedelta(days=7)
    )
    async with database.transaction() as uow:
        await invitations.create(uow, offer, code="ABC", now=NOW)
        found = await invitations.find(uow, code=" abc ")
        wrong = await invitations.find(uow, code="ABD")
        late = await invitations.use(
            uow, invitation_id="i1", person_id="p", now=NOW + timedelta(days=7)
        )
        taken = [
            await invitations.use(uow, invitation_id="i1", person_id=person, now=NOW)
            for person in ("p1", "p2")
        ]

    assert found is not None
    assert (found.role, found.scope_id, found.used_at) == ("base_staff", "nation", None)
    assert wrong is None
    assert late is False
    assert taken == [True, False]


async def test_grants_end_when_revoked(database: Database) -> None:
    await plant_scopes(database)
    made = (await create(database, "a"))["a"].person_id
    async with database.transaction() as uow:
        for grant_id, scope in (("g1", "nation"), ("g2", "province")):
            await people.add_grant(
                uow,
                grant_id=grant_id,
                person_id=made,
                role="centre_manager",
                scope_id=scope,
                granted_by=None,
                now=NOW,
            )
        revoked = [
            await people.revoke_grant(uow, grant_id="g1", now=NOW) for _ in range(2)
        ]
        left = await people.grants_of(uow, person_ids=[made, "nobody"])

    assert revoked == [True, False]
    assert left == {
        made: (
            people.GrantRow(
                "g2",
                "centre_manager",
                "province",
                "/nation/province",
                "甲省",
                "province",
            ),
        )
    }


async def test_consents_are_kept_in_order(database: Database) -> None:
    made = (await create(database, "a"))["a"].person_id
    rows = [
        consents.ConsentRow(str(n), made, "general", "1", "digest", given, NOW)
        for n, given in enumerate([False, True])
    ]
    async with database.transaction() as uow:
        await consents.add(uow, rows)

        assert await consents.of_person(uow, person_id=made) == tuple(rows)


@pytest.mark.parametrize("names", [[], ["a"], [f"n{n}" for n in range(40)]])
async def test_batches_of_any_size(database: Database, names: list[str]) -> None:
    made = await create(database, *names)

    assert await resolve(database, *names) == made
    assert sorted(made) == sorted(names)


async def create_on(
    database: Database, channel: str, *names: str, twin: str = "", tag: str = ""
) -> dict[str, Known]:
    async with database.transaction() as uow:
        known = await people.create(
            uow,
            channel=channel,
            newcomers=[newcomer(name, f"{tag}@{channel}") for name in names],
            now=NOW,
            twin=twin,
        )
        await uow.commit()
    return known


async def test_who_is_known_on_a_twin_channel_gets_a_second_address_not_a_second_entry(
    database: Database,
) -> None:
    app = await create_on(database, "wecom", "a", twin="wecom_bot")
    bot = await create_on(database, "wecom_bot", "a", "b", twin="wecom")
    late = await create_on(database, "wecom", "b", twin="wecom_bot")

    assert bot["a"].person_id == app["a"].person_id
    assert bot["a"].address_id != app["a"].address_id
    assert late["b"].person_id == bot["b"].person_id
    assert len(await column(database, persons.c.id)) == 2
    assert len(await column(database, addresses.c.id)) == 4


async def test_without_a_twin_the_same_address_elsewhere_is_somebody_else(
    database: Database,
) -> None:
    app = await create_on(database, "wecom", "a")
    bot = await create_on(database, "wecom_bot", "a")
    assert app["a"].person_id != bot["a"].person_id
