"""Several short answers in one message."""

from __future__ import annotations

import pytest

from conversations.forms.book import load_book
from conversations.understanding import labelled
from tests.conversations.understanding.conftest import WEDNESDAY

FIELDS = {field.id: field for field in load_book().newest("application").fields}


def told(text: str, asked: str = "") -> object:
    return labelled(
        text, FIELDS.values(), today=WEDNESDAY, asked=FIELDS[asked] if asked else None
    )


@pytest.mark.parametrize(
    ("text", "asked", "values"),
    [
        (
            "单位是江南机电技师学院，讲师，手机13800138000",
            "unit",
            {"unit": "江南机电技师学院", "title": "讲师", "phone": "13800138000"},
        ),
        (
            "江南机电技师学院，讲师，手机13800138000",
            "unit",
            {"unit": "江南机电技师学院", "title": "讲师", "phone": "13800138000"},
        ),
        (
            "李晓梅，身份证11010519491231002X，汉族",
            "name",
            {"name": "李晓梅", "id_number": "11010519491231002X", "ethnicity": "汉族"},
        ),
        (
            "我叫李晓梅 手机13800138000 邮箱z@qq.com",
            "name",
            {"name": "李晓梅", "phone": "13800138000", "email": "z@qq.com"},
        ),
        (
            "姓名：李晓梅\n民族：汉\n电话：138 0013 8000\n邮箱：a@b.com",
            "",
            {
                "name": "李晓梅",
                "ethnicity": "汉族",
                "phone": "13800138000",
                "email": "a@b.com",
            },
        ),
        (
            "邮箱a@b.com，地址江南省东湖市学院路18号",
            "email",
            {"email": "a@b.com", "address": "江南省东湖市学院路18号"},
        ),
        (
            "江南机电技师学院，地址东湖市学院路18号，手机13800138000",
            "unit",
            {
                "unit": "江南机电技师学院",
                "phone": "13800138000",
                "address": "东湖市学院路18号",
            },
        ),
        (
            "手机13800138000，学校宿舍",
            "phone",
            {"phone": "13800138000"},
        ),
        (
            "学院路18号，3号楼，手机13800138000",
            "address",
            {"address": "学院路18号，3号楼", "phone": "13800138000"},
        ),
        (
            "职称讲师、手机１３８００１３８０００",
            "",
            {"title": "讲师", "phone": "13800138000"},
        ),
        ("13800138000，z@qq.com", "", {"phone": "13800138000", "email": "z@qq.com"}),
        ("职务 系主任", "", {"title": "系主任"}),
    ],
)
def test_values_are_told_by_label_or_shape(
    text: str, asked: str, values: dict[str, str]
) -> None:
    assert told(text, asked) == values


@pytest.mark.parametrize(
    "text",
    [
        "江南机电技师学院",
        "学校宿舍能住吗",
        "学校在杭州",
        "单位是哪个章",
        "手机号码多少位",
        "邮箱还没有",
        "身份证11010519491231002",
        "我同意",
        "",
    ],
)
def test_what_is_not_surely_an_answer_is_left(text: str) -> None:
    assert told(text) == {}


def test_the_second_phone_is_not_taken_for_anything_else() -> None:
    assert told("13800138000，13900139000") == {"phone": "13800138000"}


def test_a_text_that_names_only_what_was_asked_is_taken_whole() -> None:
    said = told("地址：江南省东湖市，学府路1号；3号楼", "address")

    assert said == {"address": "江南省东湖市，学府路1号；3号楼"}
