"""A picture or a file that came outside any form: given to the step that waits for it."""

from __future__ import annotations

from bot.actions import applications, opening_reviews
from bot.actions.asking import Asking, Result

_MEDIA = ("file:", "oa:", "wecom:")


async def take(ask: Asking) -> Result:
    """``盖章 [N] [MEDIA]``: the stamped page somebody owes.

    Of a province it is that of an off-plan class, of anybody else that of an
    application. The dialogue gives what came outside a form as ``盖章 MEDIA``.
    """
    media = [word for word in ask.words.raw.split() if word.startswith(_MEDIA)]
    if media:
        taken = await opening_reviews.scan_sent(ask.context, media[0])
        if taken is not None:
            return taken
    return await applications.stamp(ask)
