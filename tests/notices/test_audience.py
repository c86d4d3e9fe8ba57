"""Who is meant: roles, provinces, levels and majors, inside the author's scope."""

from __future__ import annotations

import pytest

from notices.audience import Audience, Standing, is_meant
from notices.wording import describe

NATION, JIANGNAN, BASE = "/n", "/n/jn", "/n/jn/b1"
MILLING = ("二级", "机械类")
CENTRE = Standing("centre_manager", (NATION,))
PROVINCE = Standing("province_manager", (JIANGNAN,), frozenset({"jn"}))
STAFF = Standing("base_staff", (BASE,), frozenset({"jn"}), frozenset({MILLING}))
UNKNOWN = Standing("teacher", trades=frozenset())
APPLICANT = Standing("teacher", (BASE,), frozenset({"jn"}), frozenset({MILLING}))
ALL = [CENTRE, PROVINCE, STAFF, UNKNOWN, APPLICANT]


@pytest.mark.parametrize(
    ("audience", "scope", "meant"),
    [
        pytest.param(Audience(), NATION, ALL, id="no-filter-is-everybody"),
        pytest.param(
            Audience(), JIANGNAN, [PROVINCE, STAFF, APPLICANT], id="own-scope-only"
        ),
        pytest.param(Audience(), "/n/j", [], id="a-path-is-no-prefix-of-a-name"),
        pytest.param(
            Audience(roles=("teacher",)), NATION, [UNKNOWN, APPLICANT], id="teachers"
        ),
        pytest.param(
            Audience(roles=("base_staff", "province_manager")),
            NATION,
            [PROVINCE, STAFF],
            id="two",
        ),
        pytest.param(
            Audience(provinces=("jn",)),
            NATION,
            [PROVINCE, STAFF, APPLICANT],
            id="province",
        ),
        pytest.param(Audience(provinces=("jb",)), NATION, [], id="another-province"),
        pytest.param(
            Audience(levels=("二级",)),
            NATION,
            [CENTRE, PROVINCE, STAFF, APPLICANT],
            id="level",
        ),
        pytest.param(
            Audience(roles=("teacher",), levels=("一级",), majors=("机械类",)),
            NATION,
            [],
            id="pair",
        ),
    ],
)
def test_who_is_meant(audience: Audience, scope: str, meant: list[Standing]) -> None:
    assert [one for one in ALL if is_meant(audience, (one,), scope_path=scope)] == meant


def test_level_and_major_must_belong_together() -> None:
    both = frozenset({("一级", "信息类"), ("二级", "机械类")})
    staff = Standing("base_staff", (BASE,), frozenset({"jn"}), both)
    crossed = Audience(levels=("一级",), majors=("机械类",))
    assert not is_meant(crossed, (staff,), scope_path=NATION)


def test_one_standing_that_fits_is_enough() -> None:
    narrow = Audience(roles=("base_staff",))
    assert is_meant(narrow, (CENTRE, STAFF), scope_path=NATION)


@pytest.mark.parametrize(
    ("audience", "words"),
    [
        (Audience(), "所有人"),
        (Audience(roles=("teacher",)), "教师"),
        (
            Audience(
                ("base_staff", "backbone_teacher"), ("jn",), ("二级",), ("机械类",)
            ),
            "江南省的机械类二级培训机构人员、骨干教师",
        ),
    ],
)
def test_an_audience_in_words(audience: Audience, words: str) -> None:
    assert describe(audience, provinces={"jn": "江南省"}) == words
