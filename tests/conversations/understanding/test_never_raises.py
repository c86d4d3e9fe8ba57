"""Whatever a person sends, the readers answer with a value or a known reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.forms.book import load_book
from conversations.forms.schema import Field
from conversations.model import Answer, Value
from conversations.understanding import PROBLEMS, Read, labelled, read_field
from tests.conversations.understanding.conftest import WEDNESDAY

KINDS = {field.kind: field for form in load_book().forms() for field in form.fields}
ALL = load_book().newest("application").fields

WORDS = """
1 2 3 34 344233 前 后 第 三 项 一般 较好 很好 其余 都 和 到 、 ， : - 本科 硕士 机械 专业
是 否 不 没有 年 月 日 号 周 下 一 底 天 后 20260305 2026 13800138000 @ .com 汉 族
单位 姓名 手机 我 11010519491231002X Ｘ ０ 万 百 零
"""

words = st.sampled_from([*WORDS.split(), "\x00", "\ud800", "\u202e", "\n"])
said = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=60),
    st.lists(words, max_size=12).map("".join),
    st.lists(words, max_size=12).map(" ".join),
)
known = st.one_of(
    st.just(""),
    st.dictionaries(
        st.sampled_from(["bachelor", "other", "task_analysis", "3.1.1", "strange"]),
        st.sampled_from(["", "3", "机电"]),
    ),
)


def sound(field: Field, read: Read) -> bool:
    if read.problem:
        return set(read.params) <= set(PROBLEMS[read.problem])
    return bool(read.value) and not read.params and not read.candidates


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(text=said, before=known)
def test_any_text_has_a_reading_or_a_reason(
    kind: str, text: str, before: Value
) -> None:
    field = KINDS[kind]
    answers = {field.id: Answer(before), "name": Answer("李晓梅")}
    read = read_field(field, text, today=WEDNESDAY, answers=answers, context={})
    assert sound(field, read), read
    for value in (read.value, *(one.value for one in read.candidates)):
        str(value).encode()


@given(text=said)
def test_any_text_can_be_looked_through_for_several(text: str) -> None:
    values = labelled(text, ALL, today=WEDNESDAY, asked=ALL[0])
    assert set(values) <= {field.id for field in ALL}


def test_every_kind_of_field_is_among_them() -> None:
    asked = {field.kind for form in load_book().forms() for field in form.fields}
    assert set(KINDS) == asked
