"""F17: forms and schema change under open drafts: each goes on where it stood."""

from __future__ import annotations

import random
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from conversations.forms import book as forms
from conversations.forms.book import load_book
from storage import submissions
from storage.crypto import Vault
from storage.database import Database
from storage.migrate import current, downgrade, newest, upgrade
from tests.chaos.scripts import Teacher, write_teacher
from tests.chaos.talkers import Say
from tests.commands.world import World
from tests.door.conftest import class_code, world
from tests.door.post import Post, letter
from tests.door.test_people import address_id, result

__all__ = ["class_code", "world"]

BEFORE_LAST = "0004"
EVERY = 5


@pytest.fixture
async def database(empty_database_url: str, vault: Vault) -> AsyncIterator[Database]:
    """A database that was migrated, as an operator's is."""
    opened = Database(empty_database_url, vault)
    await upgrade(opened)
    yield opened
    await opened.close()


def newer_book(folder: Path) -> forms.FormBook:
    """The forms, and a second 申请表 that calls something otherwise."""
    definitions = Path(forms.__file__).with_name("definitions")
    shutil.copytree(definitions, folder)
    text = (folder / "application" / "1.toml").read_text(encoding="utf-8")
    text = text.replace("\nversion = 1\n", "\nversion = 2\n")
    text = text.replace('short = "竞赛获奖"', 'short = "获奖"')
    (folder / "application" / "2.toml").write_text(text, encoding="utf-8")
    return load_book(folder)


async def play(post: Post, teacher: Teacher, lines: Sequence[Say]) -> None:
    """Say lines; a photo is sent and at once found to be good."""
    for line in lines:
        if line.media:
            message = letter(teacher.openid, "", kind="image", media="oa:1")
            await post.door.receive(message)
            job = post.written[-1].jobs[0].id
            await post.door.receive(result(await address_id(post, teacher.openid), job))
        else:
            await post.say(teacher.openid, line.text)


async def test_f17_migration(
    database: Database, world: World, class_code: str, tmp_path: Path
) -> None:
    post = Post(database, world.house, tmp_path / "spool")
    paused: list[tuple[Teacher, list[Say]]] = []
    script = len(lines_of(write_teacher(random.Random(0), 1, class_code)))
    for place in range(2, script, EVERY):
        teacher = write_teacher(random.Random(place), place, class_code)
        lines = lines_of(teacher)
        await play(post, teacher, lines[:place])
        paused.append((teacher, lines[place:]))

    # The schema goes back and forth, and the form has a new version.
    await downgrade(database, BEFORE_LAST)
    assert await current(database) == BEFORE_LAST
    await upgrade(database)
    assert await current(database) == newest()
    book = newer_book(tmp_path / "forms")
    later = Post(database, replace(world.house, book=book), tmp_path / "spool2")
    beginner = write_teacher(random.Random(99), 99, class_code)
    for teacher, rest in [*paused, (beginner, lines_of(beginner))]:
        await play(later, teacher, rest)

    async with database.reading() as uow:
        kept = await submissions.find(uow, form="application")
    said = {one.all_answers["name"]: one for one in kept}
    assert len(kept) == len(paused) + 1
    for teacher, _ in paused:
        one = said[teacher.name]
        assert {**teacher.answers, "photo": "f1"} == one.all_answers
        assert one.version == 1
    assert said[beginner.name].version == 2


def lines_of(teacher: Teacher) -> list[Say]:
    """Everything a teacher says, the photo in its place."""
    return [*teacher.before_photo, teacher.photo, *teacher.after_photo]
