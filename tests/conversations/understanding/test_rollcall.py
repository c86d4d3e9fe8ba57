"""Who was there, however it is written; what is not understood is never guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.rules.training import NUMBERS
from conversations.understanding.classmates import Mate
from conversations.understanding.rollcall import Entry, Roll, read_roll

NAMES = ["张三", "李四", "王五", "欧阳小雨", "王芳", "王芳", "李全", "古丽·买买提"]
MATES = tuple(Mate(number, name) for number, name in enumerate(NAMES, 1))
DAY = NUMBERS.attendance.hours_a_day


def entries(*said: tuple[int, str, int | None]) -> tuple[Entry, ...]:
    return tuple(Entry(*one) for one in said)


READ = [
    ("全勤", True, entries()),
    ("今天全部到齐", True, entries()),
    ("全勤，张三请假2，李四迟到", True, entries((1, "leave", 2), (2, "late", 1))),
    ("全勤\n张三请假2\n李四迟到", True, entries((1, "leave", 2), (2, "late", 1))),
    ("全勤；3号旷课４课时", True, entries((3, "absent", 4))),
    ("张三、李四上午请假", False, entries((1, "leave", 4), (2, "leave", 4))),
    ("张三和李四迟到了", False, entries((1, "late", 1), (2, "late", 1))),
    (
        "请假：张三2，李四3；迟到：王五",
        False,
        entries((1, "leave", 2), (2, "leave", 3), (3, "late", 1)),
    ),
    ("请假：张三、李四", False, entries((1, "leave", None), (2, "leave", None))),
    ("除张三请假2外全勤", True, entries((1, "leave", 2))),
    ("张三病假一天，其余正常", True, entries((1, "leave", DAY))),
    ("其他人都到，李四早退", True, entries((2, "early", 1))),
    ("张三到", False, entries((1, "present", None))),
    ("张三请假2，迟到1", False, entries((1, "leave", 2), (1, "late", 1))),
    ("3请假2", False, entries((3, "leave", 2))),
    ("3、5迟到", False, entries((3, "late", 1), (5, "late", 1))),
    ("张三，请假2节；李四，迟到", False, entries((1, "leave", 2), (2, "late", 1))),
    ("李四迟到10分钟", False, entries((2, "late", 1))),
    ("王五没来", False, entries((3, "unclear", None))),
    ("张三请假2（发烧，39度）", False, entries((1, "leave", 2))),
    ("张三2课时请假", False, entries((1, "leave", 2))),
    ("张三请假两节", False, entries((1, "leave", 2))),
    ("第5号旷课", False, entries((5, "absent", None))),
    ("古丽·买买提请假4", False, entries((8, "leave", 4))),
]


@pytest.mark.parametrize(("text", "everybody", "said"), READ)
def test_a_roll_is_read(text: str, everybody: bool, said: tuple[Entry, ...]) -> None:
    assert read_roll(text, MATES) == Roll(everybody, said)


UNREAD = [
    ("", [("empty", "")]),
    ("王芳请假2", [("same", "王芳")]),
    ("张珊请假2", [("unknown", "张珊")]),
    ("张三丰请假2", [("unknown", "张三丰")]),
    ("今天天气好", [("strange", "天气好")]),
    ("张三", [("what", "张三")]),
    ("迟到", [("who", "迟到")]),
    ("9号迟到", [("number", "9号")]),
    ("张三请假9", [("hours", "张三")]),
    ("张三请假0", [("hours", "张三")]),
    ("张三请假5，旷课4", [("hours", "张三")]),
    ("张三请假2，张三请假3", [("twice", "张三")]),
    ("张三到，张三迟到", [("twice", "张三")]),
    ("全勤，张三请假2小时", [("strange", "小时")]),
]


@pytest.mark.parametrize(("text", "problems"), UNREAD)
def test_what_is_not_understood_is_named(
    text: str, problems: list[tuple[str, str]]
) -> None:
    roll = read_roll(text, MATES)

    assert [(one.kind, one.said) for one in roll.problems] == problems
    assert (roll.everybody, roll.entries) == (False, ())


def test_who_may_be_meant_is_offered() -> None:
    near, same, old = (
        read_roll(text, MATES).problems[0].mates
        for text in ("张珊请假2", "王芳迟到", "欧迟到")
    )

    assert near == (MATES[0],)
    assert same == (MATES[4], MATES[5])
    assert old == (MATES[3],)


KINDS = {
    "leave": ["请假", "病假", "请事假"],
    "absent": ["旷课", "无故缺席"],
    "late": ["迟到", "晚到"],
    "early": ["早退", "提前走"],
}
UNIQUE = [one for one in MATES if NAMES.count(one.name) == 1]


@st.composite
def rolls(draw: st.DrawFn) -> tuple[str, Roll]:
    """A roll, and one of the ways to write it."""
    everybody = draw(st.booleans())
    mates = draw(st.lists(st.sampled_from(UNIQUE), unique=True, max_size=5))
    said, parts = [], []
    for mate in mates:
        kind = draw(st.sampled_from(sorted(KINDS)))
        counted = kind in ("leave", "absent")
        hours = draw(st.integers(1, DAY)) if counted else 1
        who = draw(st.sampled_from([mate.name, f"{mate.number}号", f"{mate.name}老师"]))
        unit = draw(st.sampled_from(["", "课时", "节", "个课时"]))
        gap = draw(st.sampled_from(["", " "]))
        many = f"{gap}{hours}{unit}" if counted else ""
        parts.append(f"{who}{gap}{draw(st.sampled_from(KINDS[kind]))}{many}")
        said.append(Entry(mate.number, kind, hours))
    if everybody or not mates:
        everybody = True
        parts.insert(draw(st.integers(0, len(parts))), "全勤")
    text = draw(st.sampled_from(["，", ",", "；", "\n", "。", " ，"])).join(parts)
    return text, Roll(everybody, tuple(said))


@given(rolls())
def test_every_way_to_write_a_roll_says_the_same(case: tuple[str, Roll]) -> None:
    text, roll = case
    assert read_roll(text, MATES) == roll


pieces = st.sampled_from(
    [
        "张三",
        "王芳",
        "3号",
        "全勤",
        "请假",
        "迟到",
        "没来",
        "到",
        "上午",
        "其余",
        "，",
        "；",
        "、",
        "：",
        "2",
        "节",
        "分钟",
        "除",
        "丰",
        "（",
        "）",
        "\n",
        "五",
        "\x00",
    ]
)
anything = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=40),
    st.lists(pieces, max_size=12).map("".join),
)


@given(anything)
def test_any_text_is_a_sound_roll_or_has_a_problem(text: str) -> None:
    roll = read_roll(text, MATES)
    if roll.problems:
        assert (roll.everybody, roll.entries) == (False, ())
        return
    assert roll.everybody or roll.entries
    assert {one.number for one in roll.entries} <= {one.number for one in MATES}
    assert all(one.hours is None or 1 <= one.hours <= 9 for one in roll.entries)
    keys = [(one.number, one.kind) for one in roll.entries]
    assert len(keys) == len(set(keys))
