"""Who has the web chat open just now, and how a push reaches them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

from aiohttp import WSCloseCode, web

from bot.channels.webchat.frames import Dresser, stamp
from bot.clock import Clock
from bot.ports import Again, Outgoing, Push, Sent, Settlement
from notices.reach import DIRECT, Terms
from storage.people import Known

ACK_WITHIN = 5.0
_LATER = 5.0


class Connection:
    """One open tab. ``known`` is None until the person's first message."""

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self.socket = socket
        self.user = ""
        self.known: Known | None = None
        self.confirms = False
        self._awaited: dict[str, asyncio.Future[bool]] = {}

    @property
    def person_id(self) -> str:
        """Whose links this tab is given; empty before the first message."""
        return self.known.person_id if self.known else ""

    async def send(self, frame: Mapping[str, Any]) -> bool:
        """Write a frame; False when the tab is gone."""
        with suppress(ConnectionError, RuntimeError):
            await self.socket.send_json(frame)
            return True
        return False

    async def deliver(self, frame: Mapping[str, Any], within: float) -> bool:
        """Write a push; True once the page has it, or was sent it if it never says."""
        if not self.confirms:
            return await self.send(frame)
        shown: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._awaited[frame["id"]] = shown
        try:
            async with asyncio.timeout(within):
                return await self.send(frame) and await shown
        except TimeoutError:
            return False
        finally:
            self._awaited.pop(frame["id"], None)

    def acknowledge(self, frame_id: str, *, shown: bool = True) -> None:
        """The page says that it has this push, or will never say."""
        awaited = self._awaited.get(frame_id)
        if awaited is not None and not awaited.done():
            awaited.set_result(shown)

    def lost(self) -> None:
        """The tab is gone: nobody waits for its word any more."""
        for frame_id in tuple(self._awaited):
            self.acknowledge(frame_id, shown=False)


class Hub:
    """The live connections of this process, by person."""

    def __init__(self) -> None:
        self._tabs: defaultdict[str, list[Connection]] = defaultdict(list)
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def join(self, user: str, connection: Connection, known: Known | None) -> None:
        """``connection`` speaks for ``user`` from now on, and for nobody else."""
        self.leave(connection)
        connection.user, connection.known = user, known
        self._tabs[user].append(connection)

    def leave(self, connection: Connection) -> None:
        """``connection`` is closed."""
        connection.lost()
        tabs = self._tabs.get(connection.user, [])
        if connection in tabs:
            tabs.remove(connection)
        if not tabs:
            self._tabs.pop(connection.user, None)

    def recognise(self, user: str, known: Known | None) -> None:
        """Tell all tabs of ``user`` who that is."""
        for tab in self._tabs.get(user, ()):
            tab.known = known

    def tabs(self, user: str) -> tuple[Connection, ...]:
        """The open tabs of a person."""
        return tuple(self._tabs.get(user, ()))

    def order(self, user: str) -> asyncio.Lock:
        """Held while a message of ``user`` is worked on: one after the other."""
        return self._orders.setdefault(user, asyncio.Lock())

    def address_ids(self) -> tuple[str, ...]:
        """The address ids of everybody who is here and known."""
        found = {
            tab.known.address_id: None
            for tabs in self._tabs.values()
            for tab in tabs
            if tab.known is not None
        }
        return tuple(found)

    async def close(self, _app: web.Application | None = None) -> None:
        """Close all tabs politely; fits ``app.on_shutdown``."""
        tabs = [tab for tabs in self._tabs.values() for tab in tabs]
        await asyncio.gather(
            *(tab.socket.close(code=WSCloseCode.GOING_AWAY) for tab in tabs)
        )


class WebChatChannel:
    """Pushes to whoever has the web chat open. A ``bot.ports.Channel``."""

    name = "webchat"

    def __init__(
        self,
        hub: Hub,
        dresser: Dresser,
        clock: Clock,
        *,
        ack_within: float = ACK_WITHIN,
    ) -> None:
        self._hub = hub
        self._dresser = dresser
        self._clock = clock
        self._ack_within = ack_within

    def connected(self) -> tuple[str, ...]:
        """The address ids with an open tab in this process."""
        return self._hub.address_ids()

    async def terms(self) -> Terms:
        """One way, at any hour: whoever has the page open wants to be told."""
        return Terms(channel=self.name, ways=(DIRECT,), quiet=False, refuge=False)

    def pieces(self, push: Push) -> int:
        """One: a frame holds any text."""
        del push
        return 1

    async def send(self, message: Outgoing) -> Settlement:
        """Write to all tabs of the person; one that has it is enough.

        The frame carries the row's ``client_message_id``, by which the page
        shows a push once however often it is sent.
        """
        tabs = self._hub.tabs(message.address)
        told = await asyncio.gather(*(self._tell(tab, message) for tab in tabs))
        if any(told):
            return Sent(platform_message_id=message.client_message_id)
        return Again("not_connected", "no open tab took it", _LATER)

    async def _tell(self, tab: Connection, message: Outgoing) -> bool:
        frame = self._dresser.frame(message.push.reply, person_id=tab.person_id)
        frame |= {
            "id": message.client_message_id,
            "at": stamp(self._clock.now()),
            "push": True,
        }
        return await tab.deliver(frame, self._ack_within)
