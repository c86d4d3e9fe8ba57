"""Two dialogues of one person made one."""

from __future__ import annotations

import msgspec

from conversations.model import Conversation, Draft


def merge_dialogues(kept: Conversation, joining: Conversation) -> Conversation:
    """What both go on with: every form once, the fuller where both began it.

    Neither's last question is open any more: the next message says what to go
    on with, and a tap on an old one is known as such.
    """
    drafts: dict[tuple[str, str], Draft] = {}
    for draft in (*kept.drafts, *joining.drafts):
        about = (draft.form, draft.subject)
        known = drafts.get(about)
        if known is None or len(draft.answers) > len(known.answers):
            drafts[about] = draft
    return msgspec.structs.replace(
        kept,
        drafts=tuple(drafts.values()),
        focus="",
        asked=None,
        questions=max(kept.questions, joining.questions),
        consents=joining.consents | kept.consents,
    )
