"""Words around facts; and nothing a manager writes is ever run (reliability T6)."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from notices.render import LONGEST_TEXT, TextRefused, fill, render

VALUES = {"name": "王老师", "title": "数控班"}

ATTACKS = [
    "{{ 7*7 }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ name.__class__ }}",
    "{{ name|length }}",
    "{{ name['x'] }}",
    "{{ name() }}",
    "{{ ('a'*500000000)|length }}",
    "{{ name }}{{ self.__init__ }}",
    "{{ 'quoted' }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ none }}",
    "{{ true }}",
    "{{ name ~ title }}",
    "{{ name if title else name }}",
    "{{ not name }}",
    "{{ -name }}",
    "{% for i in range(10) %}x{% endfor %}",
    "{% set x = 1 %}",
    "{% raw %}{{ name }}{% endraw %}",
    "{% include 'reminder.j2' %}",
    "{% import 'os' as os %}",
    "{# hidden #}",
    "{{ name",
    "{{ }}",
    "{{ " + "(" * 3000 + " }}",
    "{{ caller() }}",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_more_than_text_and_fields_is_refused(attack: str) -> None:
    refused = fill(f"您好，{attack}", VALUES)
    assert isinstance(refused, TextRefused)
    assert refused.code == "text_has_code"


@pytest.mark.parametrize(
    "name", ["self", "range", "lipsum", "cycler", "namespace", "password"]
)
def test_a_field_that_is_not_named_is_refused_by_name(name: str) -> None:
    assert fill(f"{{{{ {name} }}}}", VALUES) == TextRefused("text_unknown_field", name)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("各位老师：\n下周一开会。", "各位老师：\n下周一开会。"),
        ("{{ name }}您好，{{title}}开班了。", "王老师您好，数控班开班了。"),
        ("100% { } }} # {name}", "100% { } }} # {name}"),
        ("<b>&\"' ]]>", "<b>&\"' ]]>"),
        ("结尾的空行\n\n", "结尾的空行\n"),
        ("", ""),
    ],
)
def test_text_and_named_fields_come_through(text: str, filled: str) -> None:
    assert fill(text, VALUES) == filled


def test_what_looks_like_a_field_in_a_value_stays_text() -> None:
    assert fill("{{ name }}", {"name": "{{ title }}{% x %}"}) == "{{ title }}{% x %}"


def test_long_texts_are_refused_before_and_after_filling() -> None:
    too_long = TextRefused("text_too_long", str(LONGEST_TEXT))
    assert fill("长" * LONGEST_TEXT, {}) == "长" * LONGEST_TEXT
    assert fill("长" * (LONGEST_TEXT + 1), {}) == too_long
    assert fill("{{ name }}" * 300, {"name": "长" * 100}) == too_long


def test_our_own_templates_do_not_pass_over_a_missing_field() -> None:
    with pytest.raises(UndefinedError):
        render("recruitment_title")


def test_our_own_templates_leave_chat_text_as_it_is() -> None:
    assert (
        render("recruitment_title", title="A&B <二级>")
        == "关于举办“A&B <二级>”的招生通知"
    )
