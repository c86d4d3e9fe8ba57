"""The sample data of the demo: invented people, classes at every step of their life."""

from __future__ import annotations

from bot.demo_data.filling import Filled, fill
from bot.demo_data.persons import sample_persons
from bot.demo_data.sample import load_sample

__all__ = ["Filled", "fill", "load_sample", "sample_persons"]
