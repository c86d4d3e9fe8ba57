"""From nothing to a served database: migrate, invite, check, demo-data, rotate-keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot.demo_data import load_sample
from storage.migrate import newest
from tests.cli.conftest import SECRET, Operator

NOT_EMPTY = (
    "xuntong: the database is not empty: sample data go into an empty, migrated one"
)
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def test_migrate_says_from_where_to_where_and_needs_no_keys(operator: Operator) -> None:
    first = operator.types("migrate")
    again = operator.types("migrate")
    assert (first.status, first.lines, first.err) == (
        0,
        [f"The database went from schema none to {newest()}."],
        "",
    )
    assert (again.status, again.lines) == (
        0,
        [f"The database is at schema {newest()} already."],
    )


def test_invite_prints_the_code_alone(migrated: Operator) -> None:
    ended = migrated.types("invite", "--role", "centre_manager")
    assert (ended.status, len(ended.lines)) == (0, 1)
    assert CODE.fullmatch(ended.lines[0])
    said = f"Say this to the bot, once, within 7 days: 邀请码 {ended.lines[0]}"
    assert ended.complaints == [said]


def test_check_is_content_with_a_migrated_database(migrated: Operator) -> None:
    ended = migrated.types("check")
    assert (ended.status, ended.err) == (0, "")
    assert ended.lines == [
        "ok    settings: all are known and well formed",
        "ok    secret keys: 1, the first one encrypts",
        "ok    database: sqlite answers",
        f"ok    database: at schema {newest()}, the newest",
        "ok    secret keys: they open what the database keeps",
        "ok    platforms: nothing is switched off",
        "ok    spool: var/spool can be written",
        "ok    Official Account: off (XUNTONG_OFFICIAL_ACCOUNT__APP_ID is not set)",
    ]


def test_check_names_each_thing_that_is_wrong(
    operator: Operator, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    operator.settings |= {
        "XUNTONG_SPOOL_DIR": "file/spool",
        "XUNTONG_OFFICIAL_ACCOUNT__APP_ID": "wx1",
        "XUNTONG_OFFICIAL_ACCOUNT__APP_SECRET": "s",
        "XUNTONG_OFFICIAL_ACCOUNT__TOKEN": "t",
        "XUNTONG_OFFICIAL_ACCOUNT__API_BASE_URL": "http://127.0.0.1:1",
    }
    ended = operator.types("check")
    wrong = [line.partition(":")[0] for line in ended.lines if line.startswith("WRONG")]
    assert wrong == [
        "WRONG secret keys",
        "WRONG database",
        "WRONG spool",
        "WRONG Official Account",
    ]
    assert (ended.status, ended.complaints[-1]) == (1, "xuntong: 4 things are wrong")


def test_check_sees_that_the_keys_are_others(migrated: Operator) -> None:
    assert migrated.types("demo-data").status == 0
    migrated.settings["XUNTONG_SECRET_KEYS"] = "another key"
    ended = migrated.types("check")
    assert (ended.status, ended.complaints) == (1, ["xuntong: 1 thing is wrong"])
    assert (
        "WRONG secret keys: none of them opens what the database keeps; "
        "add the key it was written with"
    ) in ended.lines


def test_demo_data_is_one_json_object_and_goes_only_into_an_empty_database(
    empty_database_url: str, operator: Operator
) -> None:
    operator.settings |= {
        "XUNTONG_DATABASE_URL": empty_database_url,
        "XUNTONG_SECRET_KEYS": SECRET,
    }
    assert operator.types("migrate").status == 0
    ended = operator.types("demo-data")
    assert (ended.status, ended.err, len(ended.lines)) == (0, "", 1)
    said = json.loads(ended.out)
    assert sorted(said) == ["classes", "invitations", "persons"]
    assert sorted(said["invitations"][0]) == ["code", "role", "scope"]
    assert sorted(said["classes"][0]) == ["code", "level", "major", "opens_on", "step"]
    assert sorted(said["persons"][0]) == ["class", "role", "state", "user"]
    assert len(said["classes"]) == len(load_sample().classes)
    again = operator.types("demo-data")
    assert (again.status, again.out, again.complaints) == (
        1,
        b"",
        [NOT_EMPTY],
    )


@pytest.mark.parametrize("kept", [("invite", "--role", "centre_manager")], ids=["code"])
def test_a_database_with_only_an_invitation_is_not_empty(
    migrated: Operator, kept: tuple[str, ...]
) -> None:
    assert migrated.types(*kept).status == 0
    assert migrated.types("demo-data").status == 1


def test_after_rotate_keys_the_old_key_may_go(migrated: Operator) -> None:
    assert migrated.types("demo-data").status == 0
    migrated.settings["XUNTONG_SECRET_KEYS"] = f"the new key,{SECRET}"
    ended = migrated.types("rotate-keys")
    assert (ended.status, ended.err) == (0, "")
    assert ended.lines[-1] == (
        "The older keys may be taken out of XUNTONG_SECRET_KEYS now."
    )
    migrated.settings["XUNTONG_SECRET_KEYS"] = "the new key"
    assert migrated.types("check").status == 0
