"""A process that does nothing but remind: ``python -m tests.faults.planner URL CLOCK DONE``.

It reads the tests' clock from the file ``CLOCK`` and appends each moment that
it has finished looking at to the file ``DONE``.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from bot.actions.reminders import fire_due
from bot.ids import new_id
from notices.programmes import load_programmes
from storage.crypto import Vault
from storage.database import Database
from tests.conftest import SECRET

_PAUSE = 0.005


async def plan(url: str, clock: Path, done: Path) -> None:
    """Look at every moment that the clock shows, again and again."""
    database = Database(url, Vault([SECRET]))
    programmes = load_programmes()
    looked = ""
    while True:
        shown = clock.read_text()  # noqa: ASYNC240 -- a few bytes, and nobody else to hold up
        if shown != looked:
            now = datetime.fromisoformat(shown)
            await fire_due(
                database, now=now, programmes=programmes, new_id=new_id, batch=3
            )
            with done.open("a") as file:
                file.write(f"{shown}\n")
            looked = shown
        await asyncio.sleep(_PAUSE)


if __name__ == "__main__":
    asyncio.run(plan(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))
