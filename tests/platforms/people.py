"""People with WeChat, as they use an Official Account."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tests.platforms.callbacks import Delivered
from tests.platforms.envelope import BadReplyError, read_leaves
from tests.platforms.hearing import PASSIVE, TROUBLE, Heard, Listener, read_entry
from tests.platforms.standing import Standing

if TYPE_CHECKING:
    from tests.platforms.official_account import OfficialAccountPlatform


class Follower(Listener):
    """One person with WeChat.

    ``heard`` is everything that appeared in their chat, in its order; ``says``
    and its like send a callback and give back what was answered at once, as
    shown (empty when the platform showed nothing).
    """

    def __init__(self, platform: OfficialAccountPlatform, openid: str) -> None:
        self._platform = platform
        self.openid = openid
        self.deliveries: list[Delivered] = []
        self.news = platform.callbacks.news

    @property
    def standing(self) -> Standing:
        """What the platform knows of this person."""
        return self._platform.people[self.openid]

    @property
    def heard(self) -> list[Heard]:
        """Everything that appeared in the chat."""
        return [read_entry(entry) for entry in self.standing.inbox]

    # What they do

    async def says(self, text: str, *, copies: int = 1) -> str:
        """Write something; ``copies`` of the callback arrive beside one another."""
        return await self._message({"MsgType": "text", "Content": text}, copies)

    async def says_all(self, *texts: str) -> str:
        """Write things one after the other; what the last was answered."""
        return [await self.says(text) for text in texts][-1]

    async def taps(self, choice: str | int, *, copies: int = 1) -> str:
        """Tap the newest choice whose label contains a text, or by its place."""
        label, send = self._find(choice)
        leaves = {"MsgType": "text", "Content": label, "bizmsgmenuid": send}
        self.standing.acted(self._now(), self._platform.limits)
        return await self._callback(self._platform.message(self.openid, leaves), copies)

    async def sends_image(self, content: bytes | str) -> str:
        """Send a picture: its content, or the id of one that the platform has."""
        media_id = content
        if isinstance(content, bytes):
            media_id = self._platform.materials.keep(content, "image/jpeg", "image")
        url = f"{self._platform.url}/mmbiz/{media_id!s}"
        return await self.sends("image", PicUrl=url, MediaId=str(media_id))

    async def sends(self, kind: str, **leaves: object) -> str:
        """Send a message of any other kind with its fields."""
        return await self._message({"MsgType": kind, **leaves})

    async def follows(self, scene: str = "") -> str:
        """Follow the account; ``scene`` of the code that was scanned for it."""
        self.standing.follows = True
        key = {"EventKey": f"qrscene_{scene}", "Ticket": "ticket"} if scene else {}
        return await self._event("subscribe", {"EventKey": "", **key}, acts=True)

    async def scans(self, code: str) -> str:
        """Scan a code: its scene, its ticket or its address.

        Who does not follow yet follows by it. A code that has run out does nothing.
        """
        scene = self._platform.codes.scene_of(code)
        if scene is None:
            return ""
        if not self.standing.follows:
            return await self.follows(scene)
        leaves = {"EventKey": scene, "Ticket": "ticket"}
        return await self._event("SCAN", leaves, acts=True)

    async def unfollows(self) -> str:
        """Stop following; nothing can be sent to them any more."""
        self.standing.follows = False
        return await self._event("unsubscribe", {"EventKey": ""})

    async def clicks(self, name: str) -> str:
        """Press an entry of the menu at the bottom, by its name."""
        button = self._platform.menus.button_for(self.standing, name)
        match button["type"]:
            case "click":
                return await self._event(
                    "CLICK", {"EventKey": button["key"]}, acts=True
                )
            case "view":
                return await self._event("VIEW", {"EventKey": button["url"]})
            case "scancode_waitmsg" | "scancode_push" as kind:
                leaves = {"EventKey": button["key"], **_scanned("")}
                return await self._event(kind, leaves, acts=True)
            case kind:
                return await self._event(kind, {"EventKey": button["key"]})

    async def accepts(self, *template_ids: str) -> str:
        """Agree to one subscribe notification of each template."""
        for template_id in template_ids:
            self.standing.consents[template_id] += 1
        return await self._popup("accept", template_ids)

    async def rejects(self, *template_ids: str) -> str:
        """Refuse when asked for agreement."""
        return await self._popup("reject", template_ids)

    async def withdraws(self, *template_ids: str) -> str:
        """Switch subscribe notifications off in the settings."""
        for template_id in template_ids:
            self.standing.consents[template_id] = 0
        listed = [
            {"TemplateId": one, "SubscribeStatusString": "reject"}
            for one in template_ids
        ]
        return await self._event(
            "subscribe_msg_change_event", {"SubscribeMsgChangeEvent": {"List": listed}}
        )

    # How

    def _find(self, choice: str | int) -> tuple[str, str]:
        """A choice of the newest message that has one like it."""
        for one in reversed(self.heard):
            if isinstance(choice, int):
                if one.choices:
                    return one.choices[choice - 1]
                continue
            for label, send in one.choices:
                if choice in label:
                    return label, send
        raise AssertionError(f"nothing to tap like {choice!r}")

    async def _message(self, leaves: dict[str, object], copies: int = 1) -> str:
        self.standing.wrote(self._now(), self._platform.limits)
        return await self._callback(self._platform.message(self.openid, leaves), copies)

    async def _event(
        self, event: str, leaves: dict[str, Any], *, acts: bool = False
    ) -> str:
        if acts:
            self.standing.acted(self._now(), self._platform.limits)
        return await self._callback(self._platform.event(self.openid, event, leaves))

    async def _popup(self, status: str, template_ids: tuple[str, ...]) -> str:
        listed = [
            {"TemplateId": one, "SubscribeStatusString": status, "PopupScene": 2}
            for one in template_ids
        ]
        return await self._event(
            "subscribe_msg_popup_event", {"SubscribeMsgPopupEvent": {"List": listed}}
        )

    async def _callback(self, xml: bytes, copies: int = 1) -> str:
        """Deliver a callback; what it made appear, the first of several copies."""
        callbacks = self._platform.callbacks
        ended = await callbacks.deliver_at_once(xml, self.openid, copies=copies)
        self.deliveries.extend(ended)
        return self._show(ended[0])

    def _show(self, delivered: Delivered) -> str:
        body, trouble = _passive(delivered, self.openid)
        if trouble:
            said = {"msgtype": "text", "text": {"content": UNAVAILABLE}}
            entry = self._platform.show(
                self.openid, TROUBLE, {**said, "trouble": trouble}
            )
        elif body:
            entry = self._platform.show(self.openid, PASSIVE, body)
        else:
            return ""
        return read_entry(entry).text

    def _now(self) -> float:
        return self._platform.clock.now().timestamp()


UNAVAILABLE = "该服务号暂时无法提供服务，请稍后再试"


def _passive(delivered: Delivered, openid: str) -> tuple[dict[str, Any], str]:
    """A passive reply as a body like a customer-service message's; or the trouble."""
    if delivered.trouble or not delivered.reply:
        return {}, delivered.trouble
    try:
        leaves = read_leaves(delivered.reply)
        kind = leaves["MsgType"]
        if leaves["ToUserName"] != openid or not leaves["CreateTime"].isdigit():
            return {}, "for somebody else"
        return {"msgtype": kind, kind: _PASSIVE[kind](leaves, delivered.reply)}, ""
    except (BadReplyError, KeyError) as error:
        return {}, f"abnormal reply: {error}"


def _passive_text(leaves: dict[str, str], _xml: bytes) -> dict[str, Any]:
    if not leaves["Content"].strip():
        raise BadReplyError("no content")
    if len(leaves["Content"].encode()) > 2048:
        raise BadReplyError("too long")
    return {"content": leaves["Content"]}


def _passive_image(_leaves: dict[str, str], xml: bytes) -> dict[str, Any]:
    found = re.search(rb"<MediaId><!\[CDATA\[(.+?)\]\]></MediaId>", xml)
    if not found:
        raise BadReplyError("no media id")
    return {"media_id": found[1].decode()}


def _passive_news(leaves: dict[str, str], xml: bytes) -> dict[str, Any]:
    cdata = rb"<!\[CDATA\[(.*?)\]\]>"
    pairs = re.findall(
        rb"<item>.*?<Title>" + cdata + rb"</Title>.*?<Url>" + cdata + rb"</Url>",
        xml,
        re.DOTALL,
    )
    if not pairs or leaves["ArticleCount"] != str(len(pairs)):
        raise BadReplyError("articles")
    return {
        "articles": [
            {"title": title.decode(), "url": url.decode()} for title, url in pairs
        ]
    }


_PASSIVE: dict[str, Callable[[dict[str, str], bytes], dict[str, Any]]] = {
    "text": _passive_text,
    "image": _passive_image,
    "news": _passive_news,
    "transfer_customer_service": lambda _leaves, _xml: {},
}


def _scanned(result: str) -> dict[str, Any]:
    return {"ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": result}}
