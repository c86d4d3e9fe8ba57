"""What is kept about a person: the register, the export, erasure, retention."""

from __future__ import annotations

from storage.privacy.erasure import Kept, duties_of, erase_person
from storage.privacy.export import export_person
from storage.privacy.register import REGISTER, Entry, unregistered
from storage.privacy.retention import purge

__all__ = [
    "REGISTER",
    "Entry",
    "Kept",
    "duties_of",
    "erase_person",
    "export_person",
    "purge",
    "unregistered",
]
