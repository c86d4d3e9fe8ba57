"""What lies on disk of a message goes with the person who sent it."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.actions.writes import Writes
from bot.ids import new_id
from bot.ports import Envelope
from bot.spool import Spool, everything_as_pushes
from conversations.model import Inbound
from storage.crypto import Vault
from tests.actions.test_own_data import written
from tests.commands.world import World


def message(address: str) -> Envelope:
    inbound = Inbound(id=new_id(), kind="text", text="你好")
    return Envelope("webchat", address, new_id(), inbound, everything_as_pushes)


@pytest.fixture
def spool(tmp_path: Path, vault: Vault) -> Spool:
    spool = Spool(tmp_path / "spool", vault)
    spool.prepare()
    return spool


async def test_only_the_messages_of_the_address_are_erased(spool: Spool) -> None:
    for address in ("甲", "乙", "甲"):
        await spool.keep(message(address))
    spool.erase("甲")

    assert [kept.envelope.address for kept in spool.waiting()] == ["乙"]


async def test_an_erasure_names_the_address_once_it_is_committed(world: World) -> None:
    committed: list[Writes] = []
    person = await world.person("甲")
    for text in ("你好", "删除我的信息", "删除我的信息 确认"):
        await written(world, person, text, on_commit=committed.append)

    assert [writes.forgotten for writes in committed] == [[], [], ["甲"]]
