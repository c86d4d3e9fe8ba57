"""Who a notice is meant for.

Filters that are empty let everybody through; those that are set must all fit.
A role fits through a grant inside the author's scope; a person without any
grant is a teacher. A teacher's provinces, levels and majors are those of their
profile and of the classes they applied for; a grant's are those of its scope.
"""

from __future__ import annotations

import msgspec

TEACHER = "teacher"


class Audience(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a notice says of its readers. ``provinces`` are scope ids."""

    roles: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    majors: tuple[str, ...] = ()

    @property
    def is_narrowed(self) -> bool:
        """True iff more than the role must be known to tell who is meant."""
        return bool(self.provinces or self.levels or self.majors)


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """One way a person stands in the programme: a grant, or as a teacher.

    ``paths`` are the scopes it touches; ``trades`` the (level, major) pairs,
    None where level and major say nothing about it (a province, the centre).
    """

    role: str
    paths: tuple[str, ...] = ()
    provinces: frozenset[str] = frozenset()
    trades: frozenset[tuple[str, str]] | None = None


def is_meant(
    audience: Audience, standings: tuple[Standing, ...], *, scope_path: str
) -> bool:
    """True iff a person with these standings is meant by an author of this scope."""
    return any(_fits(audience, one, scope_path) for one in standings)


def _fits(audience: Audience, one: Standing, scope_path: str) -> bool:
    return (
        (not audience.roles or one.role in audience.roles)
        and _within(scope_path, one)
        and (not audience.provinces or bool(one.provinces & {*audience.provinces}))
        and _of_trade(audience, one)
    )


def _within(scope_path: str, one: Standing) -> bool:
    if is_nation(scope_path):
        return True
    return any(covers(scope_path, path) for path in one.paths)


def _of_trade(audience: Audience, one: Standing) -> bool:
    if one.trades is None or not (audience.levels or audience.majors):
        return True
    return any(
        (not audience.levels or level in audience.levels)
        and (not audience.majors or major in audience.majors)
        for level, major in one.trades
    )


def covers(scope_path: str, path: str) -> bool:
    """True iff ``path`` is the scope or lies below it."""
    return path == scope_path or path.startswith(scope_path + "/")


def is_nation(scope_path: str) -> bool:
    """True iff the scope is the whole tree."""
    return scope_path.rfind("/") <= 0
