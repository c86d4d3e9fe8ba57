"""How commands are read, guessed and refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import wording
from bot.actions.context import Grant, House
from bot.actions.dispatch import HANDLERS, SUBMITTERS, facts
from bot.clock import moment_of
from bot.commands import allowed, guess, load, parse, parted
from bot.ids import new_id
from bot.links import Links
from conversations.engine import step
from conversations.errors import DefinitionError
from conversations.forms.book import load_book
from conversations.model import Conversation, Inbound, Refusal
from conversations.prompts import general
from notices.programmes import load_programmes
from storage.crypto import Vault


def house() -> House:
    """A house of nobody's."""
    return House(
        book=load_book(),
        programmes=load_programmes(),
        links=Links(Vault(["k"]), "http://x"),
        new_id=new_id,
    )


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("12 通过", ("12", "通过")),
        ("12通过", ("12", "通过")),
        ("１２　不通过，资料不全", ("12", "不通过", "资料不全")),
        ("第12号 候补", ("12", "候补")),
        ("“2026-jx-01” 6月27日", ("2026-jx-01", "6月27日")),
        ("2026—JX—01方案", ("2026-JX-01", "方案")),
        ("", ()),
    ],
)
def test_what_follows_a_command_is_split_as_people_write_it(
    said: str, words: tuple[str, ...]
) -> None:
    assert parse(said).words == words


def test_a_code_and_a_number_are_told_from_other_words() -> None:
    assert parse("2026-jx-01").code == "2026-JX-01"
    assert parse("数控班").code == ""
    assert parse("12 通过").number == 12
    assert parse("十二 通过").number is None


def test_references_to_pictures_are_kept_as_they_came() -> None:
    assert parse("oa:Ab_9-xY：").raw == "oa:Ab_9-xY："


def test_a_near_word_is_guessed_among_what_the_person_may_say() -> None:
    near = guess("报明", frozenset())

    assert near is not None
    assert near.name == "报名"
    assert guess("取消班机", frozenset()) != guess(
        "取消班机", frozenset({"base_staff"})
    )


def test_every_command_and_every_form_has_somebody_to_do_it() -> None:
    assert {command.name for command in load()} == set(HANDLERS)
    assert {form.form for form in load_book().forms()} == set(SUBMITTERS)


@pytest.mark.parametrize(
    ("who", "part", "reason"),
    [("king", "p", "no such role: king"), ("anyone", "q", "no such part: q")],
)
def test_a_definition_that_does_not_hold_stops_with_its_line(
    tmp_path: Path, who: str, part: str, reason: str
) -> None:
    path = tmp_path / "commands.toml"
    path.write_text(
        '[[part]]\nkey = "p"\ntitle = "t"\n\n'
        '[[command]]\nname = "报名"\npart = "p"\nwho = ["anyone"]\nscope = "self"\n'
        'help = "h"\nusage = "u"\n\n'
        f'[[command]]\nname = "审核"\npart = "{part}"\nwho = ["{who}"]\n'
        'scope = "number"\nhelp = "h"\nusage = "u"\n',
        encoding="utf-8",
    )

    with pytest.raises(DefinitionError) as wrong:
        load(path)

    assert (wrong.value.line, wrong.value.reason) == (14, reason)


def test_whoever_may_do_much_sees_it_under_titles_and_each_thing_when_asked() -> None:
    roles = frozenset({"base_staff"})
    listed = [name for _, names in parted(roles) for name in names]
    assert sorted(listed) == sorted(command.name for command in allowed(roles))
    base = facts([Grant("base_staff", "a", "/n/p/a", "甲")], house())
    shown = general.help_outside(base.title, base.commands, base.parts)
    assert len(shown.splitlines()) < 14
    assert "【开班】开班、推荐、邀请函" in shown
    teacher = facts([], house())
    assert "报名：" in general.help_outside("", teacher.commands, teacher.parts)
    asked = step(
        Conversation(),
        Inbound(id="m", kind="text", text="帮助 审核"),
        load_book(),
        base,
        moment_of(datetime(2026, 6, 1, tzinfo=UTC)),
    )
    assert asked.effects == ()
    assert base.usages["审核"] in asked.replies[0].text


def test_facts_of_the_same_roles_are_the_same_object() -> None:
    at_home = house()
    one = facts([Grant("base_staff", "a", "/n/p/a", "甲")], at_home)
    other = facts([Grant("base_staff", "b", "/n/p/b", "乙")], at_home)

    assert one is other
    assert one.title == "培训基地工作人员"


def test_other_words_for_a_command_are_known_to_whom_may_use_it() -> None:
    at_home = house()
    base = Grant("base_staff", "a", "/n/p/a", "甲")
    known = {
        alias
        for command in allowed(frozenset({"base_staff"}))
        for alias in command.aliases
    }

    assert set(facts([base], at_home).aliases) == known
    assert set(facts([], at_home).aliases) < known


def test_a_role_sees_its_own_help_first() -> None:
    listed = [command.name for command in allowed(frozenset({"base_staff"}))]

    assert listed[0] == "班级"
    assert listed.index("审核") < listed.index("我的报名")


def test_a_refusal_says_reason_clause_and_what_next() -> None:
    refusal = Refusal(
        reason="本班已满 30 人", clause="规程第十一条", advice="可以候补。"
    )

    assert wording.refusal(refusal) == "本班已满 30 人（规程第十一条）。可以候补。"
