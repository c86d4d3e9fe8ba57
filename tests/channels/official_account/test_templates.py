"""Template fields hold what the platform takes (wechat.md 2.3)."""

from __future__ import annotations

import pytest

from bot.channels.official_account.templates import Template, fit, read_template


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("thing1", "数控加工二级班", "数控加工二级班"),
        ("thing1", "一" * 20, "一" * 20),
        ("thing1", "一" * 21, "一" * 19 + "…"),
        ("thing2", "第一行\n第二行\t好", "第一行 第二行 好"),
        ("thing2", " \n", "-"),
        ("time3", "2026年5月21日 15:01", "2026年5月21日 15:01"),
        ("date3", "2026年5月21日", "2026年5月21日"),
        ("number4", "约 30 人", "30"),
        ("character_string5", "编号 2026-NC-02", "2026-NC-02"),
        ("phone_number6", "138 0013 8000", "13800138000"),
        ("name7", "买买提·吐尔逊·阿不都热合曼", "买买提·吐尔逊·阿不"),
        ("phrase8", "等待审核当中", "等待审核当"),
        ("const9", "已截止", "已截止"),
    ],
)
def test_a_value_fits_its_field(field: str, value: str, expected: str) -> None:
    assert fit(field, value) == expected


def test_a_template_without_names_takes_the_usual_ones() -> None:
    fields = {"title": "数控班", "task": "培训方案", "date": "2026年5月21日"}
    assert read_template("TPL").fill(fields) == {
        "thing1": "数控班",
        "thing2": "培训方案",
        "time3": "2026年5月21日",
    }


def test_a_template_may_name_its_own_fields() -> None:
    template = read_template("TPL?title=thing4&date=time5")
    assert template.id == "TPL"
    fields = {"title": "数控班", "task": "不要", "date": "2026年5月21日"}
    filled = template.fill(fields)
    assert filled == {"thing4": "数控班", "time5": "2026年5月21日"}


def test_the_platforms_own_names_pass() -> None:
    assert Template("TPL", {}).fill({"thing7": "a", "title": "b"}) == {"thing7": "a"}
