"""QR codes that follow the account and carry a scene."""

from __future__ import annotations

from bot.channels.official_account.client import OfficialAccountClient

LIVES_AT_MOST = 30 * 24 * 3600
"""Seconds; the platform's limit for a code with a scene of text."""

_LIVES_AT_LEAST = 60
_API = "https://api.weixin.qq.com"
_PICTURES = "https://mp.weixin.qq.com"


async def draw_code(client: OfficialAccountClient, scene: str, seconds: int) -> bytes:
    """The picture of a new code for ``scene`` (≤ 64 letters) that lives so long.

    Raises:
        ApiError: the platform gives none now.
    """
    answer = await client.post(
        "qrcode/create",
        data={
            "expire_seconds": max(_LIVES_AT_LEAST, min(seconds, LIVES_AT_MOST)),
            "action_name": "QR_STR_SCENE",
            "action_info": {"scene": {"scene_str": scene}},
        },
    )
    # The pictures are on another host of the platform's; a stand-in has both.
    url = client.transport.api_url.replace(_API, _PICTURES) + "showqrcode"
    picture = await client.transport.download(
        url, params={"ticket": str(answer["ticket"])}
    )
    return picture.content
