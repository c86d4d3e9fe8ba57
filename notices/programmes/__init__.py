"""Programmes as data: their steps, dates, audiences, reminder marks and wording."""

from __future__ import annotations

from notices.programmes.book import ProgrammeBook, load_programmes, read_programme
from notices.programmes.schema import Programme, Step, Tell, Wording

__all__ = [
    "Programme",
    "ProgrammeBook",
    "Step",
    "Tell",
    "Wording",
    "load_programmes",
    "read_programme",
]
