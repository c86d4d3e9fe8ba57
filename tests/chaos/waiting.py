"""Waiting for another process, which tells nobody when it is ready."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


async def until(
    holds: Callable[[], Awaitable[bool]], *, every: float = 0.05, within: float = 60
) -> None:
    """Look again and again until something holds.

    Raises:
        TimeoutError: it did not hold in time.
    """
    async with asyncio.timeout(within):
        while not await holds():  # noqa: ASYNC110 -- what is waited for happens in other processes
            await asyncio.sleep(every)
