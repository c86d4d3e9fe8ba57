"""May they? Denied unless a command, a role and a scope all say yes.

Nobody learns what lies outside their scope: a thing that is not theirs and a
thing that is not there get the same answer, made from what they typed alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bot import wording
from bot.commands import ANYONE, Command
from conversations.model import Refusal


class Granted(Protocol):
    """A role in a scope."""

    @property
    def role(self) -> str:
        """The role."""

    @property
    def scope_path(self) -> str:
        """Where it holds: there and below."""


def covers(scope_path: str, path: str) -> bool:
    """True iff ``path`` is ``scope_path`` or lies below it."""
    return path == scope_path or path.startswith(scope_path + "/")


def may(
    grants: Iterable[Granted], command: Command, scope_path: str, *, use: str = ""
) -> bool:
    """True iff one of ``grants`` allows ``command`` (or this use of it) there."""
    roles = command.roles(use)
    return ANYONE in roles or any(
        grant.role in roles and covers(grant.scope_path, scope_path) for grant in grants
    )


def paths(
    grants: Iterable[Granted], command: Command, *, use: str = ""
) -> tuple[str, ...]:
    """The scopes in which ``grants`` allow ``command``: what a query is held to."""
    roles = command.roles(use)
    return tuple(sorted({grant.scope_path for grant in grants if grant.role in roles}))


def demand(
    grants: Iterable[Granted],
    command: Command,
    scope_path: str | None,
    *,
    said: str = "",
    use: str = "",
) -> Refusal | None:
    """None when allowed; else the one refusal for “not yours” and “not there”.

    ``scope_path`` is None for a thing that does not exist; ``said`` is the word
    the person named it by, the only thing the refusal is made of.
    """
    if scope_path is not None and may(grants, command, scope_path, use=use):
        return None
    return wording.not_found(command.scope, said)
