"""Points for many in one message; nothing that is unclear becomes points."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.understanding.classmates import Mate
from conversations.understanding.marks import Mark, Marks, read_marks

NAMES = ["张三", "李四", "王五", "欧阳小雨", "王芳", "王芳"]
MATES = tuple(Mate(number, name) for number, name in enumerate(NAMES, 1))


def marks(*said: tuple[int, int]) -> tuple[Mark, ...]:
    return tuple(Mark(*one) for one in said)


READ = [
    ("1号85 2号72", marks((1, 850), (2, 720))),
    ("１号８５　２号７２", marks((1, 850), (2, 720))),
    ("1号85分2号72分", marks((1, 850), (2, 720))),
    ("张三85，李四72.5", marks((1, 850), (2, 725))),
    ("张三85李四90王五100", marks((1, 850), (2, 900), (3, 1000))),
    ("张三：85；李四：0", marks((1, 850), (2, 0))),
    ("1号、2号都90", marks((1, 900), (2, 900))),
    ("1-3号80，4号60", marks((1, 800), (2, 800), (3, 800), (4, 600))),
    ("1号到3号80", marks((1, 800), (2, 800), (3, 800))),
    ("1 85\n2 72", marks((1, 850), (2, 720))),
    ("1：85，2：72", marks((1, 850), (2, 720))),
    ("1号 85、2号 90", marks((1, 850), (2, 900))),
    ("张三八十五", marks((1, 850))),
    ("张三 八十五", marks((1, 850))),
    ("5号85.50", marks((5, 855))),
]


@pytest.mark.parametrize(("text", "said"), READ)
def test_points_are_read(text: str, said: tuple[Mark, ...]) -> None:
    assert read_marks(text, MATES) == Marks(said)


UNREAD = [
    ("", [("empty", "")]),
    ("85", [("strange", "85")]),
    ("85 72 90", [("strange", "85"), ("strange", "72"), ("strange", "90")]),
    ("1.85", [("strange", "1.85")]),
    ("1号", [("points", "张三")]),
    ("1号 2号85", [("points", "张三")]),
    ("1号85 1号80", [("twice", "张三")]),
    ("1号120", [("range", "120")]),
    ("1号85.25", [("decimals", "85.25")]),
    ("9号80", [("number", "9号")]),
    ("李思80", [("unknown", "李思")]),
    ("王芳80", [("same", "王芳")]),
    ("1号很好", [("strange", "很好"), ("points", "张三")]),
]


@pytest.mark.parametrize(("text", "problems"), UNREAD)
def test_what_is_not_points_is_named(
    text: str, problems: list[tuple[str, str]]
) -> None:
    read = read_marks(text, MATES)

    assert [(one.kind, one.said) for one in read.problems] == problems
    assert read.given == ()


def test_who_did_not_come_gets_none() -> None:
    assert read_marks("5号缺考", MATES) == Marks((Mark(5, 0, absent=True),))


def test_which_attempt_and_which_assessment_can_be_said() -> None:
    first = read_marks("过程性 1号第一次85", MATES)
    second = read_marks("终结 1号第二次85", MATES)

    assert (first.attempt, first.kind) == (1, "process")
    assert (second.attempt, second.kind) == (2, "final")


@pytest.mark.parametrize(
    ("text", "said", "rest"),
    [
        ("3号85 看错了行", marks((3, 850)), "看错了行"),
        ("3号85，4号90 把85写成58了", marks((3, 850), (4, 900)), "把85写成58了"),
        ("张三85 李四说录错了", marks((1, 850)), "李四说录错了"),
        ("3号85", marks((3, 850)), ""),
    ],
)
def test_the_reason_is_what_follows(
    text: str, said: tuple[Mark, ...], rest: str
) -> None:
    assert read_marks(text, MATES, rest=True) == Marks(said, rest=rest)


UNIQUE = [one for one in MATES if NAMES.count(one.name) == 1]


@st.composite
def lists(draw: st.DrawFn) -> tuple[str, Marks]:
    """Points of many, and one of the ways to write them."""
    mates = draw(st.lists(st.sampled_from(UNIQUE), unique=True, min_size=1))
    said, parts = [], []
    for mate in mates:
        points = draw(st.integers(0, 1000))
        whole, decimal = divmod(points, 10)
        number = f"{whole}.{decimal}" if decimal else str(whole)
        who = draw(
            st.sampled_from([mate.name, f"{mate.number}号", f"第{mate.number}号"])
        )
        between = draw(st.sampled_from(["", " ", "：", "得"]))
        parts.append(f"{who}{between}{number}{draw(st.sampled_from(['', '分']))}")
        said.append(Mark(mate.number, points))
    return draw(st.sampled_from(["，", " ", "；", "\n", "、"])).join(parts), Marks(
        tuple(said)
    )


@given(lists())
def test_every_way_to_write_points_says_the_same(case: tuple[str, Marks]) -> None:
    text, said = case
    assert read_marks(text, MATES) == said


pieces = st.sampled_from(
    [
        "张三",
        "王芳",
        "3号",
        "1",
        "85",
        "85.5",
        "缺考",
        "到",
        "-",
        "都",
        "、",
        "，",
        "\n",
        "分",
        "丰",
        "八十",
        "第二次",
        "过程",
        "\x00",
    ]
)
anything = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=40),
    st.lists(pieces, max_size=12).map("".join),
    st.lists(pieces, max_size=12).map(" ".join),
)


@given(anything, st.booleans())
def test_any_text_gives_sound_points_or_a_problem(text: str, rest: bool) -> None:
    read = read_marks(text, MATES, rest=rest)
    if read.problems:
        assert read.given == ()
        return
    numbers = [one.number for one in read.given]
    assert numbers
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= {one.number for one in MATES}
    assert all(0 <= one.points <= 1000 for one in read.given)
