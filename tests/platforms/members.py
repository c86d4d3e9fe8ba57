"""Members of a company, as they use its app in WeCom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tests.platforms.callbacks import Delivered
from tests.platforms.cards import Card, choices_of, text_of
from tests.platforms.hearing import PASSIVE, Heard, Listener, read_entry
from tests.platforms.server import Entry, Refusal

if TYPE_CHECKING:
    from tests.platforms.wecom import WeComPlatform

_PASSIVE_BYTES = 2048


class Member(Listener):
    """One member.

    ``says`` and its like send a callback and give back what was answered at
    once, as shown. A card's choices are in ``heard``; ``card`` is the newest.
    """

    def __init__(self, platform: WeComPlatform, userid: str) -> None:
        self._platform = platform
        self.userid = userid
        self.deliveries: list[Delivered] = []
        self.news = platform.callbacks.news

    @property
    def heard(self) -> list[Heard]:
        """Everything that appeared in the chat."""
        return [
            _read(entry) or read_entry(entry)
            for entry in self._platform.members[self.userid.lower()]
        ]

    @property
    def cards(self) -> list[Card]:
        """The cards in the chat, as they look now."""
        mine = self.userid.lower()
        return [one for one in self._platform.cards if one.userid == mine]

    @property
    def card(self) -> Card:
        """The newest card."""
        return self.cards[-1]

    async def says(self, text: str, *, copies: int = 1) -> str:
        """Write something; ``copies`` of the callback arrive beside one another."""
        return await self._send({"MsgType": "text", "Content": text}, copies=copies)

    async def says_all(self, *texts: str) -> str:
        """Write things one after the other; what the last was answered."""
        return [await self.says(text) for text in texts][-1]

    async def sends_image(self, content: bytes) -> str:
        """Send a picture."""
        media_id = self._platform.materials.keep(content, "image/jpeg", "image")
        return await self.sends("image", PicUrl="http://x", MediaId=media_id)

    async def sends(self, kind: str, **leaves: object) -> str:
        """Send a message of any other kind with its fields."""
        return await self._send({"MsgType": kind, **leaves})

    async def enters(self) -> str:
        """Open the app's chat."""
        return await self._event("enter_agent", {"EventKey": ""})

    async def clicks(self, name: str) -> str:
        """Press an entry of the app's menu, by its name."""
        entries = [
            leaf
            for one in self._platform.menu
            for leaf in one.get("sub_button") or [one]
        ]
        button = next(one for one in entries if one["name"] == name)
        return await self._event(
            "click", {"EventKey": button.get("key") or button["url"]}
        )

    async def presses(
        self, label: str, *, card: Card | None = None, copies: int = 1
    ) -> str:
        """Press a button of a card, the newest one that can be pressed if none is named."""
        card = card or self._newest(label)
        (key,) = card.option_keys((label,))
        return await self._click(card, key, {}, copies)

    async def votes(self, *labels: str, card: Card | None = None) -> str:
        """Tick lines of a card and send them."""
        card = card or self._newest(labels[0])
        box = card.body["checkbox"]
        assert box.get("mode", 0) == 1 or len(labels) == 1, "one only may be ticked"
        chosen = _selected(box["question_key"], card.option_keys(labels))
        return await self._click(
            card, card.body["submit_button"]["key"], {"SelectedItem": chosen}
        )

    async def selects(self, *labels: str, card: Card | None = None) -> str:
        """Choose one line in each selection of a card, in their order, and send it."""
        card = card or self._newest(labels[0])
        chosen = [
            _selected(one["question_key"], [key])
            for one, key in zip(
                card.body["select_list"], card.option_keys(labels), strict=True
            )
        ]
        return await self._click(
            card, card.body["submit_button"]["key"], {"SelectedItem": chosen}
        )

    def _newest(self, label: str) -> Card:
        for card in reversed(self.cards):
            if any(label in shown for shown, _ in card.choices):
                return card
        raise AssertionError(f"no card on which one can choose {label!r}")

    async def _click(
        self, card: Card, key: str, items: dict[str, Any], copies: int = 1
    ) -> str:
        """Click on a card; the answer may change it at once."""
        card.response_code, card.code_until = self._platform.new_code()
        leaves: dict[str, Any] = {
            "EventKey": key,
            "TaskId": card.task_id,
            "CardType": card.body["card_type"],
            "ResponseCode": card.response_code,
        }
        if items:
            leaves["SelectedItems"] = items
        card.clicks.append(leaves)
        return await self._event("template_card_event", leaves, card, copies)

    async def _event(
        self,
        event: str,
        leaves: dict[str, Any],
        card: Card | None = None,
        copies: int = 1,
    ) -> str:
        named = {"MsgType": "event", "Event": event, **leaves}
        return await self._send(named, card, copies)

    async def _send(
        self, leaves: dict[str, Any], card: Card | None = None, copies: int = 1
    ) -> str:
        platform = self._platform
        xml = platform.message(self.userid, leaves)
        ended = await platform.callbacks.deliver_at_once(
            xml, self.userid, copies=copies
        )
        self.deliveries.extend(ended)
        return self._take(ended[0].reply, card) if ended[0].reply else ""

    def _take(self, reply: bytes, card: Card | None) -> str:
        """Show a passive reply, or change the card that was clicked."""
        root = ET.fromstring(reply)
        kind = root.findtext("MsgType", "")
        named = root.findtext("ToUserName", "").lower()
        assert named == self.userid.lower(), "for somebody else"
        match kind:
            case "update_button" if card:
                name = root.findtext("Button/ReplaceName", "")
                self._change(card, {"button": {"replace_name": name}})
                return name
            case "update_template_card" if card:
                title = root.findtext("TemplateCard/MainTitle/Title", "")
                self._change(card, {"template_card": {"main_title": {"title": title}}})
                return title
            case "text":
                return self._show(root.findtext("Content", ""))
            case _:
                raise AssertionError(f"no passive reply: {kind}")

    def _change(self, card: Card, update: dict[str, Any]) -> None:
        try:
            self._platform.change(card, update)
        except Refusal as refusal:
            raise AssertionError(str(refusal)) from None

    def _show(self, content: str) -> str:
        if len(content.encode()) > _PASSIVE_BYTES:
            self._platform.cut["passive"] += 1
        assert content, "an empty reply"
        userid = self.userid.lower()
        body = {"msgtype": "text", "text": {"content": content}}
        entry = self._platform.accept(PASSIVE, userid, body)
        self._platform.show(userid, entry)
        return read_entry(entry).text


def _selected(question: str, keys: list[str]) -> dict[str, Any]:
    return {"QuestionKey": question, "OptionIds": {"OptionId": keys}}


def _read(entry: Entry) -> Heard | None:
    """A card as it appears in the chat; None for what is no card."""
    body, at = entry.body, entry.at
    match body["msgtype"]:
        case "template_card":
            card = body["template_card"]
            shown = text_of(card), tuple(choices_of(card))
            return Heard("push", card["card_type"], *shown, at=at)
        case "textcard":
            card = body["textcard"]
            text = f"{card['title']}\n{card['description']}"
            return Heard("push", "textcard", text, links=(card["url"],), at=at)
        case "markdown":
            return Heard("push", "markdown", body["markdown"]["content"], at=at)
        case _:
            return None
