"""Names, texts, signatures, numbers, phones and addresses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.model import Answer
from conversations.understanding.contacts import read_phone
from conversations.understanding.numbers import parse_whole
from tests.conversations.understanding.conftest import Ask


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("李晓梅", "李晓梅"),
        (" 李 晓 梅 ", "李晓梅"),
        ("我叫李晓梅", "李晓梅"),
        ("我是李晓梅。", "李晓梅"),
        ("姓名：李晓梅", "李晓梅"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("阿依古丽•买买提", "阿依古丽·买买提"),
        ("John Smith", "John Smith"),
        ("是方", "是方"),
        ("㙓堃", "㙓堃"),
    ],
)
def test_a_name_is_read(ask: Ask, said: str, name: str) -> None:
    assert ask("name", said).value == name


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("李1", "name_characters"),
        ("李（晓）梅", "name_characters"),
        ("13800138000", "name_characters"),
        ("李", "name_length"),
        ("李" * 31, "name_length"),
        ("", "empty"),
        ("。", "empty"),
    ],
)
def test_what_is_no_name_is_refused(ask: Ask, said: str, problem: str) -> None:
    assert ask("name", said).problem == problem


@pytest.mark.parametrize("said", ["李晓梅", " 李晓梅 ", "李晓梅。", "李 晓 梅"])
def test_a_signature_equals_the_name(ask: Ask, said: str) -> None:
    read = ask("signature", said, answers={"name": Answer("李晓梅")})
    assert read.value == "李晓梅"


@pytest.mark.parametrize("said", ["李小梅", "晓梅", "同意", "李晓梅李晓梅"])
def test_another_name_is_no_signature(ask: Ask, said: str) -> None:
    read = ask("signature", said, answers={"name": Answer("李晓梅")})
    assert (read.problem, read.params) == ("signature_differs", {"name": "李晓梅"})


def test_without_a_name_nothing_can_be_signed(ask: Ask) -> None:
    assert ask("signature", "李晓梅").problem == "signature_differs"


@pytest.mark.parametrize("said", ["同意", "我同意", "是的", "好的", "1", "没问题。"])
def test_the_declaration_is_agreed_to(ask: Ask, said: str) -> None:
    assert ask("declaration", said).value == "agreed"


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("不同意", "declaration_refused"),
        ("2", "declaration_refused"),
        ("我再想想", "declaration_unclear"),
        ("", "empty"),
    ],
)
def test_what_is_no_agreement_never_counts(ask: Ask, said: str, problem: str) -> None:
    assert ask("declaration", said).problem == problem


@pytest.mark.parametrize("said", ["无", "没有", "没有。", " 暂无 ", "没"])
def test_nothing_is_written_as_none(ask: Ask, said: str) -> None:
    assert ask("awards", said).value == "无"


def test_a_text_keeps_its_words_and_loses_what_is_unsafe(ask: Ask) -> None:
    read = ask("awards", " 省赛\u202e二等奖\x00\ud800（2022）\n第二行 ")
    assert read.value == "省赛二等奖（2022）\n第二行"


@pytest.mark.parametrize(
    ("said", "problem", "params"),
    [
        ("校", "too_short", {"least": "2", "length": "1"}),
        ("校" * 61, "too_long", {"most": "60", "length": "61"}),
    ],
)
def test_a_text_has_its_length(
    ask: Ask, said: str, problem: str, params: dict[str, str]
) -> None:
    read = ask("unit", said)
    assert (read.problem, read.params) == (problem, params)


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("30", "30"),
        ("３０", "30"),
        ("三十", "30"),
        ("二十五人", "25"),
        ("大概30人", "30"),
        ("计划招 28 名老师", "28"),
        ("两", "2"),
    ],
)
def test_a_number_is_read(ask: Ask, said: str, number: str) -> None:
    assert ask("headcount", said, form="class_opening").value == number


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("31", "number_range"),
        ("0", "number_range"),
        ("三百", "number_range"),
        ("28.5", "number_fraction"),
        ("20到30", "number_unreadable"),
        ("满班", "number_unreadable"),
        ("", "empty"),
    ],
)
def test_what_is_no_fitting_number_is_refused(
    ask: Ask, said: str, problem: str
) -> None:
    assert ask("headcount", said, form="class_opening").problem == problem


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("两百五", 250),
        ("三千零五十", 3050),
        ("一万二", 12000),
        ("一万零一十二", 10012),
        ("二〇二六", 2026),
        ("收拾", None),
        ("", None),
        ("1.5", None),
    ],
)
def test_chinese_numerals(said: str, number: int | None) -> None:
    assert parse_whole(said) == number


@pytest.mark.parametrize(
    "said",
    [
        "13800138000",
        "１３８００１３８０００",
        "138 0013 8000",
        "138-0013-8000",
        "+86 13800138000",
        "8613800138000",
        "手机13800138000",
        "我的号是 13800138000，谢谢",
        "一三八零零一三八零零零",
    ],
)
def test_a_phone_is_eleven_digits(said: str) -> None:
    assert read_phone(said).value == "13800138000"


@pytest.mark.parametrize(
    ("said", "problem", "params"),
    [
        ("010-62345678", "phone_landline", {}),
        ("62345678", "phone_landline", {}),
        ("1380013800", "phone_length", {"length": "10"}),
        ("138001380001", "phone_length", {"length": "12"}),
        ("12800138000", "phone_length", {"length": "11"}),
        ("没有手机", "phone_unreadable", {}),
        ("", "empty", {}),
    ],
)
def test_what_is_no_mobile_is_refused(
    said: str, problem: str, params: dict[str, str]
) -> None:
    read = read_phone(said)
    assert (read.problem, read.params) == (problem, params)


def test_two_phones_ask_which() -> None:
    read = read_phone("13800138000 或 13900139000")
    assert read.problem == "ambiguous"
    assert [one.value for one in read.candidates] == ["13800138000", "13900139000"]


@given(st.integers(13_000_000_000, 19_999_999_999))
def test_every_mobile_is_read_back(number: int) -> None:
    assert read_phone(f"{number}").value == f"{number}"


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("z@example.com", "z@example.com"),
        ("Zhang.San＠QQ.COM", "Zhang.San@qq.com"),
        ("邮箱是zhang@example.com。", "zhang@example.com"),
        ("zhang @ example . com", "zhang@example.com"),
        ("zhang艾特example.com", "zhang@example.com"),
        ("zhang+kurs@mail.example.com.cn", "zhang+kurs@mail.example.com.cn"),
    ],
)
def test_an_address_is_read(ask: Ask, said: str, address: str) -> None:
    assert ask("email", said).value == address


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("zhang.example.com", "email_no_at"),
        ("没有邮箱", "email_none"),
        ("zhang@", "email_unreadable"),
        ("@example.com", "email_unreadable"),
        ("zhang..san@example.com", "email_unreadable"),
        ("zhang@example", "email_unreadable"),
        ("", "empty"),
    ],
)
def test_what_is_no_address_is_refused(ask: Ask, said: str, problem: str) -> None:
    assert ask("email", said).problem == problem


@pytest.mark.parametrize(
    ("said", "suggestion"),
    [("z@163.con", "z@163.com"), ("z@qq.cm", "z@qq.com"), ("z@a.cmo", "z@a.com")],
)
def test_a_mistyped_end_offers_the_right_one(
    ask: Ask, said: str, suggestion: str
) -> None:
    read = ask("email", said)
    assert (read.problem, read.params) == ("email_typo", {"suggestion": suggestion})
    assert [one.value for one in read.candidates] == [suggestion, said]


def test_words_are_no_photo(ask: Ask) -> None:
    assert ask("photo", "在路上").problem == "photo_expected"


@pytest.mark.parametrize("field", ["sex", "age", "level", "major", "unit_opinion"])
def test_what_is_not_asked_cannot_be_answered(ask: Ask, field: str) -> None:
    assert ask(field, "女").problem == "not_asked"
