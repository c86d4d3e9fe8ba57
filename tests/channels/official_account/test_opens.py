"""What each callback lets us send: a window, a brief one, nothing."""

from __future__ import annotations

import pytest

from bot.channels.official_account.parsing import read_callback
from tests.channels.official_account.platform import callback_xml, event_xml, text_xml


@pytest.mark.parametrize(
    ("xml", "opens"),
    [
        (text_xml("你好"), "window"),
        (callback_xml(MsgType="image", PicUrl="u", MediaId="m", MsgId="1"), "window"),
        (callback_xml(MsgType="voice", MediaId="m", MsgId="2"), "window"),
        # A tapped choice comes as a text, and is a tap.
        (
            callback_xml(MsgType="text", Content="男", MsgId="3", bizmsgmenuid="#1.0"),
            "brief",
        ),
        (event_xml("CLICK", EventKey="菜单"), "brief"),
        (event_xml("SCAN", EventKey="s", Ticket="t"), "brief"),
        (event_xml("subscribe"), "brief"),
        (event_xml("subscribe", EventKey="qrscene_s", Ticket="t"), "brief"),
        (event_xml("unsubscribe"), ""),
        (event_xml("VIEW", EventKey="https://x.cn"), ""),
        (event_xml("TEMPLATESENDJOBFINISH", MsgID="5", Status="success"), ""),
    ],
)
def test_what_a_callback_opens(xml: bytes, opens: str) -> None:
    assert read_callback(xml, inbound_id="i").opens == opens
