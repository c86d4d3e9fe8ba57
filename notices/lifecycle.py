"""The life of a notice, and who may take it a step on.

draft → (awaiting_approval →) approved → published → stopped, withdrawn.
Up to ``limit`` recipients the author's 发布 approves; above, another manager of
the same or a higher scope. An answer that is no names its reason by a code with
wording in ``wording.toml``.
"""

from __future__ import annotations

import msgspec

AUTHOR_PUBLISHES_UP_TO = 1000

DRAFT = "draft"
AWAITING = "awaiting_approval"
APPROVED = "approved"
PUBLISHED = "published"
STOPPED = "stopped"
WITHDRAWN = "withdrawn"


class Hand(msgspec.Struct, frozen=True):
    """Who wants to take a notice on.

    ``covers`` tells whether one of their management roles covers its scope.
    """

    person_id: str
    covers: bool


class Step(msgspec.Struct, frozen=True):
    """A notice goes on: the states it passes, the last of which it keeps."""

    through: tuple[str, ...]

    @property
    def state(self) -> str:
        """The state it comes to."""
        return self.through[-1]


class Denied(msgspec.Struct, frozen=True):
    """It does not; ``code`` says why."""

    code: str


def publish(
    state: str,
    hand: Hand,
    *,
    author_id: str,
    recipients: int,
    limit: int = AUTHOR_PUBLISHES_UP_TO,
    stands_alone: bool = False,
) -> Step | Denied:
    """What 发布 does to a notice with so many recipients.

    One that ``stands_alone`` is of use to those who find its page: it may reach nobody.
    """
    if not hand.covers:
        return Denied("notice_out_of_scope")
    if state == DRAFT:
        step = _from_draft(hand, author_id, recipients, limit)
        alone = recipients == 0 and not stands_alone and isinstance(step, Step)
        return Denied("notice_reaches_nobody") if alone else step
    if state == AWAITING:
        if hand.person_id == author_id:
            return Denied("notice_needs_another")
        return Step((APPROVED, PUBLISHED))
    return Denied(f"notice_is_{state}")


def _from_draft(
    hand: Hand, author_id: str, recipients: int, limit: int
) -> Step | Denied:
    if hand.person_id != author_id:
        return Denied("notice_not_yours")
    return Step((AWAITING,)) if recipients > limit else Step((APPROVED, PUBLISHED))


def stop(state: str, hand: Hand) -> Step | Denied:
    """What 停止 does: what is not sent yet is not sent; the page stays."""
    if not hand.covers:
        return Denied("notice_out_of_scope")
    return Step((STOPPED,)) if state == PUBLISHED else Denied(f"notice_is_{state}")


def withdraw(state: str, hand: Hand) -> Step | Denied:
    """What 撤回通知 does: nothing more is sent, and the page says so."""
    if not hand.covers:
        return Denied("notice_out_of_scope")
    if state == WITHDRAWN:
        return Denied("notice_is_withdrawn")
    return Step((WITHDRAWN,))
