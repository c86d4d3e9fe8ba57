"""What a stand-in in a process of its own can be asked over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from tests.platforms.official_account import OfficialAccountPlatform

_DOES = frozenset(
    {
        *("says", "taps", "sends_image", "follows", "unfollows", "scans", "clicks"),
        *("accepts", "rejects", "withdraws"),
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
            return _set_up(platform, asked)
        case "people":
            return _admit(platform, asked)
        case "do":
            return await _do(platform, asked)
        case _:
            return {"errmsg": f"no order {what}"}


def _set_up(platform: OfficialAccountPlatform, asked: dict[str, Any]) -> dict[str, Any]:
    callbacks = platform.callbacks
    callbacks.urls[:] = asked.get("callback_urls", callbacks.urls)
    callbacks.patience = asked.get("patience", callbacks.patience)
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


async def _do(
    platform: OfficialAccountPlatform, asked: dict[str, Any]
) -> dict[str, Any]:
    if asked["what"] not in _DOES:
        return {"errmsg": f"nobody {asked['what']}"}
    platform.admit([asked["who"]], window=False)
    person = platform.person(asked["who"])
    shown = await getattr(person, asked["what"])(*asked.get("with", ()))
    since = asked.get("since", 0)
    return {"shown": shown, "heard": msgspec.to_builtins(person.heard[since:])}
