"""No database for a while: what people say lies on disk, and is taken in once (F4)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.actions.inbound import UnavailableError
from storage.tables.people import persons
from tests.door.conftest import OpenPost
from tests.door.post import Post, letter, together
from tests.door.proxy import Line

# A file is never away.
pytestmark = pytest.mark.parametrize(
    "kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)]
)


@pytest.fixture
async def line(database_url: str) -> AsyncIterator[Line]:
    port = make_url(database_url).port
    assert port is not None
    async with Line(port) as line:
        yield line


@pytest.fixture
def far(line: Line, database_url: str, open_post: OpenPost) -> Post:
    """A process whose line to the database can be cut."""
    url = make_url(database_url).set(host="127.0.0.1", port=line.port)
    return open_post(url=url.render_as_string(hide_password=False))


def files(post: Post) -> list[Path]:
    return list(post.folder.rglob("*.msg"))


async def test_what_is_said_meanwhile_is_taken_in_once(line: Line, far: Post) -> None:
    await far.say("前", "你好")
    letters = [letter(f"甲{number}", "你好") for number in range(30)]
    await line.cut()

    assert set(await together(far, letters)) == {b""}
    assert len(files(far)) == len(letters)
    with pytest.raises(UnavailableError):
        await far.door.empty_spool()
    assert len(files(far)) == len(letters)

    await line.mend()
    await far.door.empty_spool()

    assert files(far) == []
    assert len(await far.pushed()) == len(letters)
    assert await far.count(persons) == len(letters) + 1
    assert set((await far.inbox()).values()) == {("done", 0)}
    assert set(await together(far, letters)) == {b""}
    assert len(await far.pushed()) == len(letters)


async def test_a_person_is_heard_in_the_order_in_which_they_spoke(
    line: Line, far: Post, class_code: str
) -> None:
    await far.begin("甲", class_code)
    sentences = [f"第 {number} 句" for number in range(6)]
    await line.cut()
    for sentence in sentences[:4]:
        assert await far.say("甲", sentence) == ""
    await line.mend()

    # Nobody has looked into the spool since.
    answers = [await far.say("甲", sentence) for sentence in sentences[4:]]

    assert all("收到" in answer for answer in answers)
    assert list(await far.pieces("甲")) == sentences
    assert files(far) == []


async def test_the_next_process_takes_in_what_the_last_one_kept(
    line: Line, far: Post, post: Post, class_code: str
) -> None:
    await far.begin("甲", class_code)
    await line.cut()
    await far.say("甲", "写在前面")

    heir = Post(post.database, post.house, far.folder)
    answer = await heir.say("甲", "写在后面")

    assert "收到" in answer
    assert list(await post.pieces("甲")) == ["写在前面", "写在后面"]
    assert files(heir) == []


async def test_a_connection_cut_in_the_middle_of_the_work_loses_nothing(
    line: Line, far: Post, class_code: str
) -> None:
    senders = [f"甲{number}" for number in range(10)]
    for sender in senders:
        await far.begin(sender, class_code)
    for number in range(5):
        await line.cut()
        await line.mend()
        await together(far, [letter(sender, f"第 {number} 句") for sender in senders])
    await far.door.empty_spool()

    for sender in senders:
        assert list(await far.pieces(sender)) == [f"第 {n} 句" for n in range(5)]


async def test_what_is_said_in_one_breath_stays_in_order_on_disk(
    line: Line, far: Post, class_code: str
) -> None:
    await far.begin("甲", class_code)
    sentences = [f"第 {number} 句" for number in range(6)]
    await line.cut()
    await together(far, [letter("甲", sentence) for sentence in sentences])
    await line.mend()
    await far.door.empty_spool()

    assert list(await far.pieces("甲")) == sentences
