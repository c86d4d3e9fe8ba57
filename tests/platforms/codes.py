"""QR codes with a scene."""

from __future__ import annotations

import io
from typing import Any

import msgspec
from PIL import Image

from bot.clock import Clock
from tests.platforms.messages import read_json
from tests.platforms.server import Answer, Call, Handler, Refusal

_LONGEST = 2_592_000
_MOST_FOR_EVER = 100_000


class Code(msgspec.Struct, frozen=True):
    """A code; ``until`` in epoch seconds, 0 for ever."""

    scene: str
    ticket: str
    url: str
    until: float


def _draw() -> bytes:
    drawn = io.BytesIO()
    Image.new("L", (430, 430), 255).save(drawn, "JPEG")
    return drawn.getvalue()


PICTURE = _draw()
"""What every code looks like here."""


class Codes:
    """One account's codes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.made: list[Code] = []

    def handlers(self) -> dict[str, Handler]:
        """The calls that this part answers."""
        return {"qrcode/create": self._create}

    def scene_of(self, code: str) -> str | None:
        """What a code says when scanned: by its ticket, address or scene.

        None when it has run out. A code that nobody made here counts as one
        printed long ago.
        """
        now = self._clock.now().timestamp()
        for made in reversed(self.made):
            if code in (made.ticket, made.url, made.scene):
                return made.scene if not made.until or now < made.until else None
        return code

    def _create(self, call: Call) -> Answer:
        body = read_json(call)
        info = body.get("action_info") or {}
        kind, scene = str(body.get("action_name", "")), info.get("scene") or {}
        number = len(self.made) + 1
        ticket = f"gQH{number:0>12}"
        url = f"http://weixin.qq.com/q/{number:0>10}"
        match kind:
            case "QR_SCENE" | "QR_STR_SCENE":
                seconds = body.get("expire_seconds", 60)
                if not isinstance(seconds, int) or not 0 < seconds <= _LONGEST:
                    raise Refusal(40053, "invalid expire_seconds")
                until = self._clock.now().timestamp() + seconds
                more: dict[str, Any] = {"expire_seconds": seconds}
            case "QR_LIMIT_SCENE" | "QR_LIMIT_STR_SCENE":
                until, more = 0.0, {}
                if sum(not one.until for one in self.made) >= _MOST_FOR_EVER:
                    raise Refusal(45029, "qrcode count out of limit")
            case _:
                raise Refusal(40052, "invalid action name")
        self.made.append(Code(_read_scene(kind, scene), ticket, url, until))
        return {"ticket": ticket, **more, "url": url}


def _read_scene(kind: str, scene: dict[str, Any]) -> str:
    if "STR" in kind:
        text = scene.get("scene_str")
        if not isinstance(text, str) or not 1 <= len(text) <= 64:
            raise Refusal(40053, "invalid action info: scene_str")
        return text
    number = scene.get("scene_id")
    most = _MOST_FOR_EVER if "LIMIT" in kind else 2**32 - 1
    if not isinstance(number, int) or not 1 <= number <= most:
        raise Refusal(40053, "invalid action info: scene_id")
    return str(number)
