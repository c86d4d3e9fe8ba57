"""Tags on followers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.platforms.messages import OK, read_json
from tests.platforms.server import Answer, Call, Handler, Refusal
from tests.platforms.standing import Standing

if TYPE_CHECKING:
    from tests.platforms.official_account import OfficialAccountPlatform

_FIRST = 100
_MOST, _MOST_A_CALL, _MOST_A_PERSON = 100, 50, 20


class Tags:
    """One account's tags."""

    def __init__(self, platform: OfficialAccountPlatform) -> None:
        self._platform = platform
        self.names: dict[int, str] = {}
        self._made = _FIRST - 1

    def handlers(self) -> dict[str, Handler]:
        """The calls that this part answers."""
        return {
            "tags/create": self._create,
            "tags/get": self._get,
            "tags/update": self._update,
            "tags/delete": self._delete,
            "tags/members/batchtagging": self._put_on,
            "tags/members/batchuntagging": self._take_off,
            "tags/getidlist": self._of_person,
            "user/tag/get": self._persons,
        }

    def demand(self, tag_id: int) -> None:
        """See ``menus.People.demand_tag``."""
        if tag_id not in self.names:
            raise Refusal(45159, "invalid tag id")

    def wearers(self, tag_id: int) -> list[Standing]:
        """Who has a tag and still follows."""
        return [
            one
            for one in self._platform.people.values()
            if one.follows and tag_id in one.tags
        ]

    def _create(self, call: Call) -> Answer:
        name = self._read_name(read_json(call))
        if len(self.names) >= _MOST:
            raise Refusal(45056, "too many tags now, can not add new")
        self._made += 1
        self.names[self._made] = name
        return {"tag": {"id": self._made, "name": name}}

    def _read_name(self, body: dict[str, Any]) -> str:
        name = (body.get("tag") or {}).get("name", "")
        if not name or len(name.encode()) > 30:
            raise Refusal(45158, "tag name too long")
        if name in self.names.values():
            raise Refusal(45157, "invalid tag name")
        return str(name)

    def _get(self, _call: Call) -> Answer:
        return {
            "tags": [
                {"id": tag_id, "name": name, "count": len(self.wearers(tag_id))}
                for tag_id, name in self.names.items()
            ]
        }

    def _update(self, call: Call) -> Answer:
        body = read_json(call)
        tag_id = self._read_id(body.get("tag") or {}, "id")
        self.names[tag_id] = self._read_name(body)
        return OK

    def _delete(self, call: Call) -> Answer:
        tag_id = self._read_id(read_json(call).get("tag") or {}, "id")
        del self.names[tag_id]
        for person in self._platform.people.values():
            person.tags.discard(tag_id)
        return OK

    def _read_id(self, part: dict[str, Any], name: str) -> int:
        tag_id = part.get(name)
        if not isinstance(tag_id, int):
            raise Refusal(45159, "invalid tag id")
        if tag_id < _FIRST:
            raise Refusal(45058, "can't modify sys tag")
        self.demand(tag_id)
        return tag_id

    def _read_batch(self, call: Call) -> tuple[int, list[Standing]]:
        body = read_json(call)
        openids = body.get("openid_list")
        if not isinstance(openids, list) or not 1 <= len(openids) <= _MOST_A_CALL:
            raise Refusal(40032, "invalid openid list size")
        tag_id = self._read_id(body, "tagid")
        return tag_id, [self._platform.standing(one) for one in openids]

    def _put_on(self, call: Call) -> Answer:
        tag_id, people = self._read_batch(call)
        if not all(one.follows for one in people):
            raise Refusal(49003, "not match openid with appid")
        if any(len(one.tags | {tag_id}) > _MOST_A_PERSON for one in people):
            raise Refusal(45059, "can't put more than 20 tags on one user")
        for one in people:
            one.tags.add(tag_id)
        return OK

    def _take_off(self, call: Call) -> Answer:
        tag_id, people = self._read_batch(call)
        for one in people:
            one.tags.discard(tag_id)
        return OK

    def _of_person(self, call: Call) -> Answer:
        person = self._platform.standing(str(read_json(call).get("openid", "")))
        return {"tagid_list": sorted(person.tags)}

    def _persons(self, call: Call) -> Answer:
        tag_id = self._read_id(read_json(call), "tagid")
        openids = [one.openid for one in self.wearers(tag_id)]
        if not openids:
            return {"count": 0}
        listed = {"count": len(openids), "data": {"openid": openids}}
        return {**listed, "next_openid": openids[-1]}
