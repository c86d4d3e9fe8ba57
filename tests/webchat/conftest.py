"""A served web chat and clients that speak its frames."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from aiohttp.test_utils import TestServer

from tests.webchat.echo import Echo, served

Frames = list[dict[str, Any]]


class Client:
    """One tab, as another program would write it."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, **frame: Any) -> None:
        await self.socket.send_json(frame)

    async def next(self) -> dict[str, Any]:
        frame: dict[str, Any] = await self.socket.receive_json(timeout=10)
        return frame

    async def until_idle(self) -> Frames:
        """The frames up to ``idle``, without marks of time and place."""
        frames: Frames = []
        while (frame := await self.next())["type"] != "idle":
            frames.append({k: v for k, v in frame.items() if k not in {"id", "at"}})
        return frames

    async def ask(self, **frame: Any) -> Frames:
        await self.send(**frame)
        return await self.until_idle()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def server(echo: Echo) -> AsyncIterator[TestServer]:
    async with served(echo) as server:
        yield server


@pytest.fixture
async def session(server: TestServer) -> AsyncIterator[ClientSession]:
    async with ClientSession(server.make_url("")) as session:
        yield session


Opener = Callable[..., Awaitable[Client]]


@pytest.fixture
async def connect(session: ClientSession) -> Opener:
    """Opens a tab; says hello unless the user is empty."""

    async def connect(user: str = "demo-teacher-1", **hello: Any) -> Client:
        client = Client(await session.ws_connect("/chat/ws", max_msg_size=0))
        if user:
            await client.send(type="hello", user=user, **hello)
        return client

    return connect
