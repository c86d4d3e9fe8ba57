"""The seed of a long run: printed, and taken from ``CHAOS_SEED`` to run it again."""

from __future__ import annotations

import os
import random


def seed() -> int:
    """The seed of this run."""
    return int(os.environ.get("CHAOS_SEED") or random.SystemRandom().getrandbits(32))


def tell(name: str, used: int, **figures: object) -> None:
    """Print what a long run came to."""
    shown = ", ".join(f"{what} {figure}" for what, figure in figures.items())
    print(f"\n{name}, CHAOS_SEED={used}: {shown}")  # noqa: T201 -- what a chaos run is for
