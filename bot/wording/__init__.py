"""What commands say. The manner: warm, short, exact; a refusal gives its reason.

Plain values in, one message out. Choices are numbered by the dialogue.
"""

from __future__ import annotations

from bot.wording import (
    admissions,
    applications,
    classes,
    evaluations,
    figures,
    notices,
    people,
    privacy,
    reviews,
    scenes,
)
from bot.wording.common import (
    APPROVE,
    CLASS_STATES,
    CONFIRM,
    FULL,
    REFUSE,
    ROLE_SAID,
    ROLE_WORDS,
    STATES,
    TITLES,
    WAITLIST,
    WRITE,
    how_to_say,
    leave_it,
    no_longer_yours,
    not_found,
    refusal,
    set_aside,
    title,
    unknown_command,
)

__all__ = [
    "APPROVE",
    "CLASS_STATES",
    "CONFIRM",
    "FULL",
    "REFUSE",
    "ROLE_SAID",
    "ROLE_WORDS",
    "STATES",
    "TITLES",
    "WAITLIST",
    "WRITE",
    "admissions",
    "applications",
    "classes",
    "evaluations",
    "figures",
    "how_to_say",
    "leave_it",
    "no_longer_yours",
    "not_found",
    "notices",
    "people",
    "privacy",
    "refusal",
    "reviews",
    "scenes",
    "set_aside",
    "title",
    "unknown_command",
]
