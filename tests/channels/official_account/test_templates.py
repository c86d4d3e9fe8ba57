"""Template fields hold what the platform takes (wechat.md 2.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.official_account.templates import Template, fit, read_template
from tests.channels.official_account.strict_fields import TAKES


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("thing", "数控加工二级班", "数控加工二级班"),
        ("thing", "一" * 20, "一" * 20),
        ("thing", "一" * 21, "一" * 19 + "…"),
        ("thing", "𠮷" * 11, "𠮷" * 9 + "…"),
        ("thing", "第一行\n第二行\t好", "第一行 第二行 好"),
        ("thing", "开班😀了\u200d", "开班了"),
        ("thing", " \n", "-"),
        ("keyword", "数控班", "数控班"),
        ("short_thing", "待审核", "待审核"),
        ("short_thing", "一二三四五六", None),
        ("number", "约 30 人", "30"),
        ("number", "30.5", "30.5"),
        ("number", "3 到 5", None),
        ("number", "几个", None),
        ("number", "1" * 33, None),
        ("letter", "A B", "AB"),
        ("letter", "A1", None),
        ("symbol", "！！", "！！"),
        ("symbol", "！！！！！！", None),
        ("symbol", "a", None),
        ("character_string", "编号 2026-NC-02", "2026-NC-02"),
        ("character_string", "编号", None),
        ("character_string", "a" * 33, None),
        ("date", "2026年5月21日", "2026年5月21日"),
        ("date", "2026-05-21", "2026年5月21日"),
        ("date", "2026年5月21日 9:30", "2026年5月21日 9:30"),
        ("date", "2026年5月1日～2026年5月3日", "2026年5月1日~2026年5月3日"),
        ("date", "2026年2月30日", None),
        ("date", "15:01", None),
        ("date", "后天", None),
        ("amount", "￥100.50元", "￥100.50元"),
        ("amount", "免费", None),
        ("phone_number", "138 0013 8000", "13800138000"),
        ("phone_number", "+86-0766-66888866", "+86-0766-66888866"),
        ("phone_number", "无", None),
        ("phone_number", "1" * 18, None),
        ("car_number", "粤A8Z888挂", "粤A8Z888挂"),
        ("car_number", "粤粤A8", None),
        ("name", "买买提·吐尔逊·阿不都热合曼", "买买提·吐尔逊·阿不"),
        ("name", "John Ronald Reuel Tolkien", "John Ronald Reuel To"),
        ("name", "张三3", "张三"),
        ("name", "138", None),
        ("phrase", "已通过", "已通过"),
        ("phrase", "等待审核当中", None),
        ("phrase", "OK", None),
        ("hologram", "好", None),
    ],
)
def test_a_value_fits_its_field_or_does_not(
    kind: str, value: str, expected: str | None
) -> None:
    assert fit(kind, value) == expected


TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="0123456789年月日:~ -/.+元￥", max_size=24),
    st.text(alphabet="张三Ab·. 1粤！，😀\u0301\u200d", max_size=24),
    st.datetimes().map(lambda at: f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"),
    st.dates().map(lambda day: f"{day.year}年{day.month}月{day.day}日"),
)


@given(st.sampled_from(sorted(TAKES)), TEXTS, st.sampled_from(["", "deadline"]))
def test_whatever_fits_the_platform_takes(kind: str, value: str, about: str) -> None:
    """47003 never comes from a text of ours."""
    filled = read_template(f"T?x={kind}1", about).fill({"x": value})
    if filled is not None:
        assert TAKES[kind](filled[f"{kind}1"])


@pytest.mark.parametrize("kind", TAKES)
def test_something_fits_every_type(kind: str) -> None:
    examples = ["7", "好", "A", "！", "2026年5月21日", "粤A8Z888"]
    fitting = [
        one for one in examples if read_template(f"T?x={kind}1").fill({"x": one})
    ]
    assert fitting


@pytest.mark.parametrize(
    ("about", "value", "expected"),
    [
        ("deadline", "2026年5月21日", "2026年5月21日 23:59"),
        ("notice", "2026年5月21日", "2026年5月21日 00:00"),
        ("deadline", "2026年5月21日 15:01", "2026年5月21日 15:01"),
        ("deadline", "15:01", "15:01"),
    ],
)
def test_a_day_where_a_time_is_wanted(about: str, value: str, expected: str) -> None:
    assert read_template("T?date=time3", about).fill({"date": value}) == {
        "time3": expected
    }


def test_a_constant_is_one_of_its_words() -> None:
    template = read_template("T?state=const5:已截止|进行中")
    assert template.fill({"state": "已截止"}) == {"const5": "已截止"}
    assert template.fill({"state": "快了"}) is None
    # Which words it may be is not known: any of them might be refused.
    assert read_template("T?state=const5").fill({"state": "已截止"}) is None


def test_one_field_that_does_not_fit_makes_the_template_no_use() -> None:
    template = read_template("T?title=thing1&date=date2")
    assert template.fill({"title": "数控班", "date": "后天"}) is None


def test_a_template_has_all_its_fields() -> None:
    """The platform refuses a template with a field left out."""
    template = read_template("T?title=thing1&task=thing2&date=date3")
    fields = {"title": "数控班", "date": "2026年5月21日"}
    assert template.fill(fields) == {
        "thing1": "数控班",
        "thing2": "-",
        "date3": "2026年5月21日",
    }
    assert template.fill({"title": "数控班"}) is None


def test_a_template_without_names_takes_the_usual_ones() -> None:
    fields = {"title": "数控班", "task": "培训方案", "date": "2026年5月21日"}
    assert read_template("TPL", "deadline").fill(fields) == {
        "thing1": "数控班",
        "thing2": "培训方案",
        "time3": "2026年5月21日 23:59",
    }
    assert read_template("TPL").fill({"title": "数控班", "other": "好"}) == {
        "thing1": "数控班"
    }
    assert read_template("TPL").fill({"other": "好"}) is None


@pytest.mark.parametrize(
    ("kind", "name"),
    [("deadline", "task"), ("result", "result"), ("notice", "publisher")],
)
def test_the_usual_ones_leave_none_of_three_fields_empty(kind: str, name: str) -> None:
    fields = {"title": "数控班", name: "已通过", "date": "2026年5月21日"}
    filled = read_template("TPL", kind).fill(fields)
    assert filled is not None
    assert filled.keys() == {"thing1", "thing2", "time3"}


def test_a_template_may_name_its_own_fields() -> None:
    template = read_template("TPL?title=thing4&date=date5")
    assert template.id == "TPL"
    fields = {"title": "数控班", "task": "不要", "date": "2026年5月21日"}
    filled = template.fill(fields)
    assert filled == {"thing4": "数控班", "date5": "2026年5月21日"}


def test_the_platforms_own_names_pass() -> None:
    assert Template("TPL", {}).fill({"thing7": "a", "title": "b"}) == {"thing7": "a"}
