"""Who acts, when, in which transaction, and in which house."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from bot.clock import SystemClock
from conversations.model import Moment
from notices.reach import Windows
from storage.database import UnitOfWork

if TYPE_CHECKING:
    from bot.links import Links
    from conversations.forms.book import FormBook
    from notices.programmes import ProgrammeBook


class Grant(msgspec.Struct, frozen=True):
    """A role in a scope. It covers every path that ``scope_path`` is a prefix of."""

    role: str
    scope_id: str
    scope_path: str
    scope_name: str

    def covers(self, path: str) -> bool:
        """True iff ``path`` is this grant's scope or lies below it."""
        return path == self.scope_path or path.startswith(self.scope_path + "/")


class Actor(msgspec.Struct, frozen=True):
    """The person whose message this is, and the address it came from."""

    person_id: str
    address_id: str
    grants: tuple[Grant, ...] = ()


class Limits(msgspec.Struct, frozen=True):
    """Numbers an operator may want to change; the defaults are the assumed ones.

    ``stamp_days`` and ``apply_days`` count back from the opening day: until
    when a place is kept without the stamped form, and until when applications
    are taken. Once ``wrong_codes_per_hour`` came from everybody together, an
    address has one try an hour. ``code_people`` is how many may use a class's QR
    code unless its maker says another number. A table of more than
    ``table_lines`` rows is sent as a picture. A browser has
    ``board_link_minutes`` to be let onto the board, and stays ``board_hours``.
    A base reports at most ``plan_items`` classes for a half year.
    """

    code_tries_per_hour: int = 5
    wrong_codes_per_hour: int = 100
    invitation_days: int = 7
    author_publishes_up_to: int = 1000
    stamp_days: int = 3
    apply_days: int = 7
    class_size: int = 30
    link_hours: int = 24
    list_length: int = 10
    code_people: int = 100
    code_people_most: int = 1000
    ballots_shown_from: int = 5
    texts_shown_from: int = 10
    verified_per_hour: int = 60
    table_lines: int = 8
    board_link_minutes: int = 10
    board_hours: int = 8
    board_views_per_minute: int = 60
    plan_items: int = 100


@dataclass(frozen=True, slots=True)
class House:
    """What lives as long as the process.

    ``draws_codes``: a platform makes pictures of QR codes for us. ``notifications``:
    the templates that people may agree to be notified by. ``twins``:
    channels where the same address is the same person's, each by the other.
    ``real_now``: the machine's clock, to which links and logins keep.
    """

    book: FormBook
    programmes: ProgrammeBook
    links: Links
    new_id: Callable[[], str]
    public_url: str = ""
    contact: str = ""
    limits: Limits = field(default_factory=Limits)
    windows: Windows = field(default_factory=Windows)
    draws_codes: bool = False
    notifications: tuple[str, ...] = ()
    twins: Mapping[str, str] = field(default_factory=dict)
    real_now: Callable[[], datetime] = field(default=SystemClock().real)


@dataclass(frozen=True, slots=True)
class Context:
    """One action: its transaction, who asked for it, when, and the house."""

    uow: UnitOfWork
    actor: Actor
    moment: Moment
    house: House

    @property
    def now(self) -> datetime:
        """The instant of the action, in UTC."""
        return self.moment.at

    def new_id(self) -> str:
        """A fresh id."""
        return self.house.new_id()
