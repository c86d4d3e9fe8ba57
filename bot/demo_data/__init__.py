"""The sample data of the demo: invented people, classes at every step of their life."""

from __future__ import annotations

from bot.demo_data.filling import Filled, fill
from bot.demo_data.stage import MadePerson

__all__ = ["Filled", "MadePerson", "fill"]
