"""Notices: drafted, approved, frozen to a list, stopped, counted."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import insert, update

from bot.actions import notices as actions
from bot.actions.notices import Announcement, Outcome
from notices.audience import Audience
from notices.deliveries import Deliveries, in_words
from notices.lifecycle import Denied, Hand
from notices.render import TextRefused
from notices.wording import FIELDS
from storage import notices, organisations, people
from storage.database import Database
from storage.notices import NoticeRow
from storage.tables.messages import outbox
from storage.tables.people import addresses, approvals, persons, roster
from tests.actions.timeworld import LONG_BEFORE, Country, D, at

NOW = at(D)
AUTHOR, COLLEAGUE = Hand("centre", covers=True), Hand("centre-2", covers=True)
EVERYBODY = {"base", "centre", "province"}


@pytest.fixture
async def country(database: Database) -> Country:
    country = Country(database)
    await country.found()
    return country


async def _draft(
    country: Country,
    audience: Audience | None = None,
    text: str = "各位老师：下周开会。",
) -> NoticeRow:
    async with country.database.transaction() as uow:
        row = await actions.draft_announcement(
            uow,
            Announcement("开会通知", text, audience or Audience()),
            scope=country.nation,
            author_id="centre",
            contact="010-12345678",
            now=NOW,
            new_id=country.ids,
        )
        await uow.commit()
    assert isinstance(row, NoticeRow)
    return row


async def _publish(
    country: Country, row: NoticeRow, hand: Hand = AUTHOR, *, limit: int = 1000
) -> Outcome | Denied:
    async with country.database.transaction() as uow:
        locked = await notices.by_number(uow, number=row.number, lock=True)
        assert locked is not None
        outcome = await actions.publish(uow, locked, hand, limit=limit, now=NOW)
        await uow.commit()
    return outcome


async def _freeze(country: Country, batch: int = 500) -> int:
    return await actions.continue_freezing(
        country.database, now=NOW, new_id=country.ids, batch=batch
    )


async def _readers(country: Country, audience: Audience) -> set[str]:
    """Who gets a notice to this audience."""
    before = {one.person for one in await country.sent()}
    assert before == set()
    row = await _draft(country, audience)
    await _publish(country, row)
    await _freeze(country)
    return {one.person for one in await country.sent()}


async def _crowd(country: Country, size: int) -> None:
    async with country.database.transaction() as uow:
        ids = [f"t-{number:04d}" for number in range(size)]
        await uow.execute(
            insert(persons), [{"id": one, "created_at": LONG_BEFORE} for one in ids]
        )
        seal = uow.vault.seal
        await uow.execute(
            insert(addresses),
            [
                {
                    "id": f"a-{one}",
                    "person_id": one,
                    "channel": "official_account",
                    "address_sealed": seal(
                        one, table="addresses", column="address_sealed", row=f"a-{one}"
                    ),
                    "reachable": True,
                    "created_at": LONG_BEFORE,
                }
                for one in ids
            ],
        )
        await uow.commit()


async def test_a_published_notice_reaches_everybody_meant_once(
    country: Country,
) -> None:
    row = await _draft(country)
    outcome = await _publish(country, row)
    first, again = await _freeze(country), await _freeze(country)

    assert isinstance(outcome, Outcome)
    assert (outcome.notice.state, outcome.recipients) == ("published", 3)
    assert (first, again) == (3, 0)
    assert sorted(one.person for one in await country.sent()) == sorted(EVERYBODY)
    assert {one.text for one in await country.sent()} == {"各位老师：下周开会。"}


async def test_a_draft_reaches_nobody_and_cannot_be_read(country: Country) -> None:
    row = await _draft(country)
    added = await _freeze(country)
    async with country.database.reading() as uow:
        assert await notices.readable(uow, slug=row.slug) is None
        shown = await actions.preview(uow, row, provinces={}, now=NOW)

    assert (added, await country.sent()) == (0, [])
    assert (shown.recipients, shown.audience) == (3, "所有人")


async def test_the_fields_a_manager_may_use_are_filled(country: Country) -> None:
    text = "".join(f"{{{{ {field} }}}}；" for field in FIELDS)
    row = await _draft(country, text=text)
    assert row.body == "2026年6月20日；nation n；010-12345678；"


async def test_what_a_manager_may_not_write_is_refused_and_not_kept(
    country: Country,
) -> None:
    async with country.database.transaction() as uow:
        refused = await actions.draft_announcement(
            uow,
            Announcement("通知", "{{ 7 * 7 }}", Audience()),
            scope=country.nation,
            author_id="centre",
            contact="",
            now=NOW,
            new_id=country.ids,
        )
        kept = await notices.managed(uow, paths=[country.nation.path], limit=9)

    assert refused == TextRefused("text_has_code", "{{")
    assert kept == ()


@pytest.mark.parametrize(
    ("size", "state"), [(997, "published"), (998, "awaiting_approval")]
)
async def test_a_thousand_the_author_approves_and_one_more_another(
    country: Country, size: int, state: str
) -> None:
    await _crowd(country, size)
    row = await _draft(country)
    outcome = await _publish(country, row)

    assert isinstance(outcome, Outcome)
    assert (outcome.recipients, outcome.notice.state) == (size + 3, state)


async def test_above_the_limit_another_manager_publishes(country: Country) -> None:
    row = await _draft(country)
    waits = await _publish(country, row, limit=2)
    oneself = await _publish(country, row, limit=2)
    nobody_yet = await _freeze(country)
    stranger = await _publish(country, row, Hand("base", covers=False), limit=2)
    out = await _publish(country, row, COLLEAGUE, limit=2)

    assert isinstance(waits, Outcome)
    assert waits.notice.state == "awaiting_approval"
    assert oneself == Denied("notice_needs_another")
    assert stranger == Denied("notice_out_of_scope")
    assert nobody_yet == 0
    assert isinstance(out, Outcome)
    assert (out.notice.state, out.notice.approved_by) == ("published", "centre-2")
    assert await _freeze(country) == 3


async def test_a_list_broken_off_anywhere_is_gone_on_with(country: Country) -> None:
    await _crowd(country, 23)
    row = await _draft(country)
    await _publish(country, row)
    for _ in range(2):
        async with country.database.transaction() as uow:
            await actions.freeze_batch(uow, now=NOW, new_id=country.ids, batch=5)
            await uow.commit()
        async with country.database.transaction() as uow:  # killed before its commit
            await actions.freeze_batch(uow, now=NOW, new_id=country.ids, batch=5)
    halfway = len(await country.sent())
    await _freeze(country, batch=5)
    async with country.database.reading() as uow:
        frozen = await notices.get(uow, notice_id=row.id)

    reached = [one.person for one in await country.sent()]
    assert halfway == 10
    assert (len(reached), len(set(reached))) == (26, 26)
    assert frozen is not None
    assert (frozen.audience_state, frozen.audience_size) == ("frozen", 26)


async def test_who_comes_after_publishing_is_not_on_the_list(country: Country) -> None:
    row = await _draft(country)
    await _publish(country, row)
    async with country.database.transaction() as uow:
        newcomer = people.Newcomer("zz", "zz", "a-zz")
        await people.create(
            uow,
            channel="official_account",
            newcomers=[newcomer],
            now=NOW + timedelta(seconds=1),
        )
        await uow.commit()

    assert await _freeze(country) == 3


async def test_stop_ends_what_waits_and_keeps_the_page(country: Country) -> None:
    row = await _draft(country)
    await _publish(country, row)
    async with country.database.transaction() as uow:
        await actions.freeze_batch(uow, now=NOW, new_id=country.ids, batch=2)
        await uow.execute(
            update(outbox).where(outbox.c.person_id == "base").values(state="sent")
        )
        await uow.commit()
    async with country.database.transaction() as uow:
        locked = await notices.get(uow, notice_id=row.id, lock=True)
        assert locked is not None
        outcome = await actions.stop(uow, locked, AUTHOR, now=NOW)
        await uow.commit()
    added = await _freeze(country)
    async with country.database.reading() as uow:
        page = await notices.readable(uow, slug=row.slug)

    assert isinstance(outcome, Outcome)
    assert (outcome.notice.state, outcome.cancelled) == ("stopped", 1)
    assert added == 0
    assert {one.person: one.state for one in await country.sent()} == {
        "base": "sent",
        "centre": "cancelled",
    }
    assert page is not None
    assert (page.title, page.publisher) == ("开会通知", "nation n")


async def test_withdraw_takes_the_page_away(country: Country) -> None:
    row = await _draft(country)
    await _publish(country, row)
    await _freeze(country)
    async with country.database.transaction() as uow:
        locked = await notices.get(uow, notice_id=row.id, lock=True)
        assert locked is not None
        await actions.withdraw(uow, locked, AUTHOR, now=NOW)
        await uow.commit()
    async with country.database.reading() as uow:
        page = await notices.readable(uow, slug=row.slug)
        listed = await actions.readable_by(uow, person_id="base", limit=5)

    assert (page, listed) == (None, ())
    assert {one.state for one in await country.sent()} == {"cancelled"}


async def test_deliveries_are_counted_by_outcome(country: Country) -> None:
    await _crowd(country, 7)
    row = await _draft(country)
    await _publish(country, row)
    async with country.database.reading() as uow:
        at_first = await actions.deliveries(uow, row)
    await _freeze(country)
    ends = [
        ("t-0000", "delivered", ""),
        ("t-0001", "delivered", ""),
        ("t-0002", "sent", ""),
        ("t-0003", "failed", "43004"),
        ("t-0004", "failed", "47003"),
        ("t-0005", "held", "45015"),
    ]
    async with country.database.transaction() as uow:
        for person, state, code in ends:
            await uow.execute(
                update(outbox)
                .where(outbox.c.person_id == person)
                .values(state=state, error_code=code)
            )
        await uow.commit()
    async with country.database.reading() as uow:
        frozen = await notices.get(uow, notice_id=row.id)
        assert frozen is not None
        counted = await actions.deliveries(uow, frozen)

    assert at_first == Deliveries()
    assert counted == Deliveries(
        delivered=2,
        sent=1,
        waiting=4,
        held=1,
        failed=2,
        reasons=(("43004", 1), ("47003", 1)),
    )
    assert counted.total == 10
    assert in_words(counted) == (
        "名单 10 人：已送达 2，已发出 1，等待发送 4，未送到 2，等对方来消息时再发 1。\n"
        "未送到的原因：没有关注本账号 1 人；平台退回（47003） 1 人。"
    )


async def test_who_is_meant_by_role(country: Country) -> None:
    await country.person("teacher")
    assert await _readers(country, Audience(roles=("teacher",))) == {"teacher"}


async def test_who_cannot_be_reached_is_not_on_a_list(country: Country) -> None:
    await country.person("gone", reachable=False)
    assert await _readers(country, Audience()) == EVERYBODY


async def test_a_teacher_belongs_to_the_province_of_profile_or_application(
    country: Country,
) -> None:
    row = await country.class_()
    async with country.database.transaction() as uow:
        await organisations.create_scope(
            uow, id="jb", kind="province", name="江北省", parent=country.nation
        )
        await uow.commit()
    for name in ("says", "says-by-name", "applied", "withdrew", "other", "unknown"):
        await country.person(name)
    await country.apply(row, "applied", "submitted")
    await country.apply(row, "withdrew", "withdrawn")
    homes = {"says": "jn", "says-by-name": "province jn", "other": "江北省"}
    async with country.database.transaction() as uow:
        for name, home in homes.items():
            await people.set_profile(uow, person_id=name, profile={"province": home})
        await uow.commit()

    meant = await _readers(country, Audience(roles=("teacher",), provinces=("jn",)))
    assert meant == {"says", "says-by-name", "applied"}


async def test_level_and_major_fit_what_a_scope_is_approved_for(
    country: Country,
) -> None:
    row = await country.class_()
    await country.person("manager", role="class_manager", scope=row.scope_id)
    await country.person("backbone", role="backbone_teacher", scope="n")
    await country.person("unlisted", role="backbone_teacher", scope="n")
    async with country.database.transaction() as uow:
        await uow.execute(
            insert(approvals),
            {"institution_id": "b1", "level": "三级", "major": "信息类"},
        )
        await uow.execute(
            insert(roster),
            {
                "id": "r1",
                "person_id": "backbone",
                "name": "骨干",
                "certificate": "G1",
                "majors": "机械类、信息类",
                "levels": "二级、一级",
                "province_id": "jn",
                "school": "",
            },
        )
        await uow.commit()

    staff = ("base_staff", "class_manager", "backbone_teacher")
    meant = await _readers(
        country, Audience(roles=staff, levels=("二级",), majors=("机械类",))
    )
    assert meant == {"manager", "backbone"}


async def test_a_recruitment_notice_goes_beyond_its_institution(
    country: Country,
) -> None:
    row = await country.class_()
    await country.person("teacher")
    async with country.database.transaction() as uow:
        draft = await actions.draft_recruitment(
            uow,
            row,
            provinces={},
            author_id="base",
            contact="王老师 138******00",
            now=NOW,
            new_id=country.ids,
        )
        await uow.commit()
    outcome = await _publish(country, draft, Hand("base", covers=True))
    await _freeze(country)

    assert isinstance(outcome, Outcome)
    assert (outcome.notice.scope_id, outcome.notice.class_id) == ("b1", row.id)
    assert outcome.notice.title == "关于举办“数控加工二级班”的招生通知"
    assert [(one.person, one.text) for one in await country.sent()] == [
        (
            "teacher",
            (
                "6 月 20 日（周六）开班，机械类二级，招 30 人。"
                "6 月 13 日（周六）截止报名，报名请回“报名 2026-NC-01”。"
            ),
        )
    ]
    paragraphs = draft.body.split("\n\n")
    assert paragraphs[4] == (
        "培训时间：2026 年 6 月 20 日（周六）至 6 月 28 日（周日），"
        "共 9 天，含过程性考核和终结性考核"
    )
    assert paragraphs[-1] == "联系方式：王老师 138******00"


async def test_the_author_s_scope_bounds_the_audience(country: Country) -> None:
    await country.person("teacher")
    async with country.database.transaction() as uow:
        row = await actions.draft_announcement(
            uow,
            Announcement("省内通知", "请各基地报送计划。", Audience()),
            scope=country.province,
            author_id="province",
            contact="",
            now=NOW,
            new_id=country.ids,
        )
        await uow.commit()
    assert isinstance(row, NoticeRow)
    await _publish(country, row, Hand("province", covers=True))
    await _freeze(country)

    assert {one.person for one in await country.sent()} == {"province", "base"}


async def test_a_person_sees_the_notices_meant_for_them(country: Country) -> None:
    await country.person("teacher")
    for role in ("teacher", "base_staff"):
        row = await _draft(country, Audience(roles=(role,)), text=f"给 {role}。")
        await _publish(country, row)
    await _draft(country, text="草稿")
    async with country.database.reading() as uow:
        seen = [
            [row.body for row in await actions.readable_by(uow, person_id=who, limit=5)]
            for who in ("teacher", "base", "centre")
        ]

    assert seen == [["给 teacher。"], ["给 base_staff。"], []]


async def test_a_notice_comes_back_from_the_database_as_it_went_in(
    country: Country,
) -> None:
    audience = Audience(("teacher",), ("jn",), ("二级",), ("机械类",))
    row = await _draft(country, audience)
    async with country.database.reading() as uow:
        found = await notices.by_number(uow, number=row.number)

    assert found == msgspec.structs.replace(
        row, scope_path=country.nation.path, publisher="nation n"
    )
    assert row.audience == audience


async def test_only_a_draft_is_rewritten(country: Country) -> None:
    row = await _draft(country)
    async with country.database.transaction() as uow:
        changed = await notices.rewrite(uow, notice_id=row.id, title="新", body="新文")
        await uow.commit()
    await _publish(country, row)
    async with country.database.transaction() as uow:
        late = await notices.rewrite(uow, notice_id=row.id, title="晚", body="晚")

    assert (changed, late) == (True, False)
