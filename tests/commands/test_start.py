"""A running service reads no definition for the first time."""

from __future__ import annotations

from pathlib import Path

from bot.commands import allowed, by_word
from bot.core import make_core
from bot.settings import Settings


async def test_the_commands_are_read_at_the_start(tmp_path: Path) -> None:
    by_word.cache_clear()
    core = make_core(
        Settings(
            database_url=f"sqlite+aiosqlite:///{tmp_path}/x.db", secret_keys=("k" * 43,)
        )
    )
    await core.database.close()

    assert by_word.cache_info().currsize == 1


def test_a_set_of_roles_never_met_reads_nothing_anew() -> None:
    by_word()
    before = by_word.cache_info().misses
    allowed(frozenset({"class_manager", "province_manager", "teacher"}))

    assert by_word.cache_info().misses == before
