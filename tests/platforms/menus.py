"""The menu at the bottom: one for all, others for those with a tag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from tests.platforms.messages import OK, read_json
from tests.platforms.server import Answer, Call, Handler, Refusal
from tests.platforms.standing import Standing

_KEYED = frozenset(
    {
        *("click", "scancode_push", "scancode_waitmsg", "pic_sysphoto"),
        *("pic_photo_or_album", "pic_weixin", "location_select"),
    }
)
# The other fields that rules had once are ignored by now.
_MATCHED = ("tag_id", "client_platform_type")
_MOST_CONDITIONAL = 300

Button = dict[str, Any]


class People(Protocol):
    """What the menus need to know of the account."""

    def demand_tag(self, tag_id: int) -> None:
        """Refuse a tag that is not there (45159)."""

    def standing(self, openid: str) -> Standing:
        """What is known of somebody."""


class Menus:
    """One account's menus. People's phones show a new one at once."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.default: list[Button] = []
        self.conditional: dict[str, tuple[dict[str, str], list[Button]]] = {}
        self._made = 400_000_000

    def handlers(self) -> dict[str, Handler]:
        """The calls that this part answers."""
        return {
            "menu/create": self._create,
            "menu/get": self._get,
            "menu/delete": self._delete,
            "menu/addconditional": self._add_conditional,
            "menu/delconditional": self._delete_conditional,
            "menu/trymatch": self._try_match,
        }

    def seen_by(self, person: Standing) -> list[Button]:
        """The menu of one person: the newest rule that fits, else the one for all."""
        for rule, buttons in reversed(self.conditional.values()):
            if "tag_id" not in rule or int(rule["tag_id"]) in person.tags:
                return buttons
        return self.default

    def button_for(self, person: Standing, name: str) -> Button:
        """An entry that somebody can press.

        Raises:
            AssertionError: there is none of this name.
        """
        entries = list(leaves(self.seen_by(person)))
        for one in entries:
            if one["name"] == name:
                return one
        names = [one["name"] for one in entries]
        raise AssertionError(f"no {name!r} in the menu: {names}")

    def _create(self, call: Call) -> Answer:
        self.default = read_buttons(read_json(call))
        return OK

    def _get(self, _call: Call) -> Answer:
        if not self.default:
            raise Refusal(46003, "menu no exist")
        listed = [
            {"button": buttons, "matchrule": rule, "menuid": int(menu_id)}
            for menu_id, (rule, buttons) in self.conditional.items()
        ]
        answer: dict[str, Any] = {"menu": {"button": self.default}}
        return {**answer, "conditionalmenu": listed} if listed else answer

    def _delete(self, _call: Call) -> Answer:
        self.default = []
        self.conditional.clear()
        return OK

    def _add_conditional(self, call: Call) -> Answer:
        body = read_json(call)
        if not self.default:
            raise Refusal(65303, "there is no selfmenu, please create selfmenu first")
        given = body.get("matchrule") or {}
        rule = {name: str(given[name]) for name in _MATCHED if given.get(name)}
        if not rule:
            raise Refusal(65304, "match rule empty")
        if "tag_id" in rule:
            self._people.demand_tag(int(rule["tag_id"]))
        if len(self.conditional) >= _MOST_CONDITIONAL:
            raise Refusal(65305, "menu count limit")
        buttons = read_buttons(body)
        self._made += 1
        self.conditional[str(self._made)] = (rule, buttons)
        return {"menuid": str(self._made)}

    def _delete_conditional(self, call: Call) -> Answer:
        menu_id = str(read_json(call).get("menuid", ""))
        if self.conditional.pop(menu_id, None) is None:
            raise Refusal(65301, "no menu with this menuid")
        return OK

    def _try_match(self, call: Call) -> Answer:
        try:
            person = self._people.standing(str(read_json(call).get("user_id", "")))
        except Refusal:
            raise Refusal(65302, "there is no such user") from None
        return {"button": self.seen_by(person)}


def leaves(buttons: list[Button]) -> Iterator[Button]:
    """The entries that can be pressed, of both levels."""
    for button in buttons:
        yield from button.get("sub_button") or [button]


def read_buttons(body: dict[str, Any]) -> list[Button]:
    """The buttons of a menu.

    Raises:
        Refusal: there are too many, or one is not as documented.
    """
    buttons = body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 3:
        raise Refusal(40016, "invalid button size")
    for button in buttons:
        subs = button.get("sub_button") or []
        if len(subs) > 5:
            raise Refusal(40023, "invalid sub button size")
        _check(button, most=16, shift=0, is_leaf=not subs)
        for sub in subs:
            _check(sub, most=60, shift=7, is_leaf=True)
    return buttons


def _check(button: Button, *, most: int, shift: int, is_leaf: bool) -> None:
    """Check one entry; a code for the second level is ``shift`` higher."""
    name = button.get("name", "")
    if not name or len(name.encode()) > most:
        raise Refusal(40018 + shift, "invalid button name size")
    if not is_leaf:
        return
    kind = button.get("type", "")
    if kind in _KEYED:
        key = str(button.get("key", ""))
        if not key or len(key.encode()) > 128:
            raise Refusal(40019 + shift, "invalid button key size")
    elif kind == "view":
        _check_address(str(button.get("url", "")), shift)
    elif kind not in ("miniprogram", "media_id", "article_id"):
        raise Refusal(40017 + shift, "invalid button type")


def _check_address(url: str, shift: int) -> None:
    if not url or len(url.encode()) > 1024:
        raise Refusal(40020 + shift, "invalid button url size")
    if not url.startswith(("http://", "https://")):
        raise Refusal(40055, "invalid button url domain")
