"""What every part of the filling needs, and who was made so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import msgspec

from bot.actions.context import House
from bot.clock import civil
from bot.demo_data.sample import Sample
from notices.calendar import instant
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.organisations import RosterRow, ScopeRow


class Teacher(msgspec.Struct, frozen=True):
    """A sample teacher: the ``place``-th, counted from one."""

    place: int
    person_id: str
    name: str
    woman: bool

    @property
    def user(self) -> str:
        """The web chat name."""
        return f"demo-teacher-{self.place}"


class MadePerson(msgspec.Struct, frozen=True):
    """A sample person as ``demo-data`` names them."""

    user: str
    name: str
    role: str
    class_code: str = ""
    state: str = ""


@dataclass
class Stage:
    """One filling: its transaction, its moment, and what stands already."""

    uow: UnitOfWork
    house: House
    sample: Sample
    now: datetime
    scopes: dict[str, ScopeRow] = field(default_factory=dict)
    person_ids: dict[str, str] = field(default_factory=dict)
    roster: tuple[RosterRow, ...] = ()
    teachers: list[Teacher] = field(default_factory=list)
    made: list[MadePerson] = field(default_factory=list)
    classes: list[ClassRow] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day of filling, in China."""
        return civil(self.now)

    @property
    def long_ago(self) -> datetime:
        """Before anything of the sample happened."""
        return self.now - timedelta(days=500)

    def new_id(self) -> str:
        """A fresh id."""
        return self.house.new_id()

    def at(self, day: date, hour: int = 10, minute: int = 0) -> datetime:
        """A moment of a day in China, no later than a minute ago."""
        moment = instant(day, time(hour, minute))
        return min(moment, self.now - timedelta(minutes=1))

    def first_user(self, role: str, scope_ids: Iterable[str]) -> str:
        """The first sample person with a role over one of the scopes."""
        among = set(scope_ids)
        return next(
            one.user
            for one in self.sample.staff
            if one.role == role and one.scope in among
        )
