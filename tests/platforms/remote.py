"""What a stand-in in a process of its own can be asked over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tests.platforms.callbacks import Callbacks
from tests.platforms.hearing import Listener

if TYPE_CHECKING:
    from tests.platforms.official_account import OfficialAccountPlatform

_DOES = frozenset(
    {
        *("says", "taps", "sends_image", "follows", "unfollows", "scans", "clicks"),
        *("accepts", "rejects", "withdraws", "enters", "presses", "votes", "selects"),
    }
)


async def order(
    platform: OfficialAccountPlatform, what: str, asked: dict[str, Any]
) -> dict[str, Any]:
    """Do one thing; its answer as JSON.

    ``/_setup`` ``{"callback_urls": [..], "patience": 5, "event_delay": 0,
    "templates": {"ID": ["thing1"]}, "denied": [..], "strangers": true}``, each optional.
    ``/_people`` ``{"openids": [..], "window": true, "follows": true,
    "blocks": false}`` makes followers. ``/_do`` ``{"who": "openid", "what": "says",
    "with": ["text"]}`` is a follower's doing; ``{"shown", "heard"}`` comes back.
    """
    match what:
        case "setup":
            set_up_callbacks(platform.callbacks, asked)
            return _set_up(platform, asked)
        case "people":
            return _admit(platform, asked)
        case "do":
            platform.admit([asked["who"]], window=False)
            return await do(platform.person(asked["who"]), asked)
        case _:
            return {"errmsg": f"no order {what}"}


def set_up_callbacks(callbacks: Callbacks, asked: dict[str, Any]) -> None:
    """The part of ``/_setup`` that is about callbacks."""
    callbacks.urls[:] = asked.get("callback_urls", callbacks.urls)
    callbacks.patience = asked.get("patience", callbacks.patience)
    callbacks.tries = asked.get("tries", callbacks.tries)


def _set_up(platform: OfficialAccountPlatform, asked: dict[str, Any]) -> dict[str, Any]:
    platform.event_delay = asked.get("event_delay", platform.event_delay)
    platform.strangers = asked.get("strangers", platform.strangers)
    platform.denied |= set(asked.get("denied", ()))
    for template_id, fields in asked.get("templates", {}).items():
        platform.add_template(template_id, *fields)
    return {"app_id": platform.app_id, "url": platform.url}


def _admit(platform: OfficialAccountPlatform, asked: dict[str, Any]) -> dict[str, Any]:
    platform.admit(asked["openids"], window=asked.get("window", True))
    for openid in asked["openids"]:
        person = platform.people[openid]
        person.follows = asked.get("follows", person.follows)
        person.blocks = asked.get("blocks", person.blocks)
    return {"people": len(platform.people)}


async def do(person: Listener, asked: dict[str, Any]) -> dict[str, Any]:
    """Let somebody do something; what was shown at once, and all they heard.

    ``since``: without the first so many of it.
    """
    if asked["what"] not in _DOES or not hasattr(person, asked["what"]):
        return {"errmsg": f"nobody {asked['what']}"}
    shown = await getattr(person, asked["what"])(*asked.get("with", ()))
    since = asked.get("since", 0)
    return {"shown": shown, "heard": msgspec.to_builtins(person.heard[since:])}
