"""How commands are read, guessed and refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import wording
from bot.actions.context import Grant, House
from bot.actions.dispatch import HANDLERS, SUBMITTERS, facts
from bot.commands import allowed, guess, load, parse
from bot.ids import new_id
from bot.links import Links
from conversations.errors import DefinitionError
from conversations.forms.book import load_book
from conversations.model import Refusal
from notices.programmes import load_programmes
from storage.crypto import Vault


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


def test_a_definition_that_does_not_hold_stops_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "commands.toml"
    path.write_text(
        '[[command]]\nname = "报名"\nwho = ["anyone"]\nscope = "self"\n'
        'help = "h"\nusage = "u"\n\n[[command]]\nname = "审核"\nwho = ["king"]\n'
        'scope = "number"\nhelp = "h"\nusage = "u"\n',
        encoding="utf-8",
    )

    with pytest.raises(DefinitionError) as wrong:
        load(path)

    assert (wrong.value.line, wrong.value.reason) == (9, "no such role: king")


def test_facts_of_the_same_roles_are_the_same_object() -> None:
    house = House(
        book=load_book(),
        programmes=load_programmes(),
        links=Links(Vault(["k"]), "http://x"),
        new_id=new_id,
    )
    one = facts([Grant("base_staff", "a", "/n/p/a", "甲")], house)
    other = facts([Grant("base_staff", "b", "/n/p/b", "乙")], house)

    assert one is other
    assert one.title == "培训基地工作人员"


def test_other_words_for_a_command_are_known_to_whom_may_use_it() -> None:
    house = House(
        book=load_book(),
        programmes=load_programmes(),
        links=Links(Vault(["k"]), "http://x"),
        new_id=new_id,
    )
    base = Grant("base_staff", "a", "/n/p/a", "甲")
    known = {
        alias
        for command in allowed(frozenset({"base_staff"}))
        for alias in command.aliases
    }

    assert set(facts([base], house).aliases) == known
    assert set(facts([], house).aliases) < known


def test_a_role_sees_its_own_help_first() -> None:
    listed = [command.name for command in allowed(frozenset({"base_staff"}))]

    assert listed[0] == "班级"
    assert listed.index("审核") < listed.index("我的报名")


def test_a_refusal_says_reason_clause_and_what_next() -> None:
    refusal = Refusal(
        reason="本班已满 30 人", clause="规程第十一条", advice="可以候补。"
    )

    assert wording.refusal(refusal) == "本班已满 30 人（规程第十一条）。可以候补。"
