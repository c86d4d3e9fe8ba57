"""F13: the disk is full, or the database read-only.

Nobody is told that something was saved which was not; whatever was
acknowledged lies there afterwards; the operator gets one line and a metric;
and it goes on by itself.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from structlog.testing import capture_logs

from bot.actions.inbound import UnavailableError
from bot.ports import Envelope
from bot.saving import Disk, Usage, is_low
from tests.door.conftest import OpenPost
from tests.door.post import Post, letter
from tests.faults.callback import fresh_id
from tests.faults.cluster import running
from tests.faults.conftest import Stage
from tests.faults.seeds import tell
from tests.faults.writers import taken_in
from tests.postgres import PostgresServer

Lines = list[MutableMapping[str, Any]]
REFUSAL = "没有记下来"

on_sqlite = pytest.mark.parametrize("kind", ["sqlite"])
on_postgresql = pytest.mark.parametrize(
    "kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)]
)


@pytest.fixture(autouse=True)
def logged() -> Iterator[Lines]:
    """What is logged."""
    with capture_logs() as lines:
        yield lines


class Pragmas:
    """Settings of SQLite that its connections take on when they are used next."""

    def __init__(self, post: Post) -> None:
        self.wanted: dict[str, int] = {}
        event.listen(post.database.engine.sync_engine, "checkout", self._set)

    def _set(self, connection: Any, *_more: object) -> None:
        cursor = connection.cursor()
        for name, value in self.wanted.items():
            cursor.execute(f"PRAGMA {name}={value}")
        cursor.close()


async def pages(post: Post) -> int:
    """How many pages the database file has."""
    async with post.database.reading() as uow:
        return int((await uow.execute(text("PRAGMA page_count"))).scalar_one())


async def is_whole(post: Post) -> bool:
    """True iff SQLite finds nothing broken."""
    async with post.database.reading() as uow:
        return (await uow.execute(text("PRAGMA integrity_check"))).scalar() == "ok"


def complaints(lines: Lines) -> list[tuple[str, str]]:
    """What the operator is told, with the reason."""
    return [
        (line["event"], line.get("reason", ""))
        for line in lines
        if line["log_level"] in ("warning", "error")
    ]


def metric(post: Post, name: str) -> float:
    """The value of one line of the metrics; 0 when it is not there."""
    lines = post.metrics.text().decode().splitlines()
    return float(next((one.rpartition(" ")[2] for one in lines if name in one), 0))


# ---- a full disk ----


@on_sqlite
async def test_what_was_acknowledged_lies_there_after_a_full_disk(
    open_post: OpenPost, class_code: str, logged: Lines
) -> None:
    await _fill_again(open_post(), class_code, logged, rounds=3)


@on_sqlite
@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_twenty_full_disks(
    open_post: OpenPost, class_code: str, logged: Lines
) -> None:
    written = await _fill_again(open_post(), class_code, logged, rounds=20)
    tell("F13 on sqlite", 0, full=20, acknowledged=written)


async def _fill_again(
    post: Post, class_code: str, logged: Lines, *, rounds: int
) -> int:
    """Let people write until the disk is full, so many times; how much was kept."""
    pragmas = Pragmas(post)
    await post.begin("甲", class_code)
    said: list[str] = []
    keys: list[str] = []
    for number in range(rounds):
        said.append(f"第 {number} 次快满了")
        assert "收到" in await post.say("甲", said[-1])
        pragmas.wanted = {"max_page_count": await pages(post)}
        refused = await _greet_until_refused(post, keys)
        assert list(post.spool.waiting()) == []
        pragmas.wanted = {"max_page_count": 1_000_000}
        # Another delivery of it is told the same; said again, it is kept.
        assert _is_refusal(await post.door.receive(refused))
        said.append(f"第 {number} 次有了地方")
        assert "收到" in await post.say("甲", said[-1])
    assert list(await post.pieces("甲")) == said
    done = await post.inbox()
    assert {key for key in keys if done.get(key) != ("done", 0)} == set()
    assert await is_whole(post)
    assert (
        complaints(logged) == [("cannot_save", "full"), ("saving_again", "")] * rounds
    )
    assert metric(post, 'xuntong_inbound_not_saved_total{reason="full"}') == rounds
    assert metric(post, 'xuntong_cannot_save{reason="full"}') == 0
    return len(keys)


async def _greet_until_refused(post: Post, keys: list[str]) -> Envelope:
    """Strangers come, until one of them is refused: that message."""
    for _ in range(1000):
        one = letter(f"生人{len(keys)}", "你好")
        if _is_refusal(await post.door.receive(one)):
            return one
        keys.append(one.message_key)
    raise AssertionError("the disk never filled")


def _is_refusal(answer: bytes) -> bool:
    return REFUSAL in answer.decode()


@on_postgresql
async def test_a_full_disk_of_postgresql_is_told_and_forgotten(
    post: Post, postgres: PostgresServer, database_url: str, logged: Lines
) -> None:
    name = database_url.rpartition("/")[2]
    await post.say("甲", "你好")
    postgres.execute(_FULL, name)
    refused = letter("甲", "菜单")

    assert _is_refusal(await post.door.receive(refused))
    assert _is_refusal(await post.door.receive(letter("乙", "你好")))
    assert int(postgres.execute("SELECT last_value FROM fired", name)) >= 2
    postgres.execute("DROP TRIGGER full_disk ON inbox", name)

    assert "您好" in await post.say("乙", "你好")
    assert refused.message_key not in await post.inbox()
    assert complaints(logged) == [("cannot_save", "full"), ("saving_again", "")]


_FULL = """
CREATE SEQUENCE fired;
CREATE FUNCTION full_disk() RETURNS trigger AS $$
BEGIN
    PERFORM nextval('fired');
    RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100';
END $$ LANGUAGE plpgsql;
CREATE TRIGGER full_disk BEFORE INSERT ON inbox
FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


# ---- a database that may only be read ----


@pytest.fixture
def read_only(
    post: Post, kind: str, request: pytest.FixtureRequest, database_url: str
) -> Callable[[bool], None]:
    """Makes the database read-only, and writable again."""
    if kind == "sqlite":
        pragmas = Pragmas(post)

        def switch(on: bool) -> None:
            pragmas.wanted = {"query_only": int(on)}

        return switch
    server: PostgresServer = request.getfixturevalue("postgres")
    name = database_url.rpartition("/")[2]

    def set_default(on: bool) -> None:
        server.execute(
            f"ALTER DATABASE {name} SET default_transaction_read_only = {on}"
        )
        # As after a failover: those who come anew meet the other server.
        if on:
            server.execute(_END_ALL.format(name=name))

    return set_default


_END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = '{name}' AND pid <> pg_backend_pid()
"""


async def test_a_read_only_database_is_told_and_left_by_itself(
    post: Post,
    class_code: str,
    read_only: Callable[[bool], None],
    logged: Lines,
) -> None:
    await post.begin("甲", class_code)
    known = letter("甲", "写在前面")
    answer = await post.door.receive(known)
    read_only(True)

    refused = [letter("甲", "写不进去"), letter("乙", "你好")]
    said = [await post.door.receive(one) for one in refused]
    assert all(_is_refusal(one) for one in said)
    # What was kept before is still answered as it was.
    assert await post.door.receive(known) == answer
    assert metric(post, 'xuntong_cannot_save{reason="read_only"}') == 1
    read_only(False)

    assert "收到" in await post.say("甲", "写在后面")
    assert list(await post.pieces("甲")) == ["写在前面", "写在后面"]
    assert [await post.door.receive(one) for one in refused] == said
    assert complaints(logged) == [("cannot_save", "read_only"), ("saving_again", "")]
    assert metric(post, 'xuntong_cannot_save{reason="read_only"}') == 0


async def test_results_of_work_and_what_lies_on_disk_wait_for_better_times(
    post: Post, read_only: Callable[[bool], None]
) -> None:
    await post.say("甲", "你好")
    on_disk, result = letter("甲", "菜单"), letter("甲", "你好")
    await post.spool.keep(on_disk)
    read_only(True)
    with pytest.raises(UnavailableError):
        await post.door.process(result)
    with pytest.raises(UnavailableError):
        await post.door.empty_spool()
    assert len(list(post.spool.waiting())) == 1
    read_only(False)

    await post.door.empty_spool()
    await post.door.process(result)

    assert list(post.spool.waiting()) == []
    done = await post.inbox()
    assert done[on_disk.message_key] == done[result.message_key] == ("done", 0)


# ---- the look at the disk ----

_GIB = 1024**3


@pytest.mark.parametrize(
    ("total", "free", "low"),
    [
        (100 * _GIB, 6 * _GIB, False),
        (100 * _GIB, 4 * _GIB, True),
        (1000 * _GIB, 11 * _GIB, False),
        (1000 * _GIB, 9 * _GIB, True),
        (2 * _GIB, 400 * 1024**2, True),
        (2 * _GIB, 600 * 1024**2, False),
    ],
)
def test_a_disk_is_low_below_a_twentieth_or_half_a_gigabyte(
    total: int, free: int, low: bool
) -> None:
    assert is_low(total, free, least=500 * 1024**2) is low


async def test_nothing_is_tried_while_the_databases_disk_is_nearly_full(
    post: Post, logged: Lines, tmp_path: Path
) -> None:
    free = [10 * _GIB, _GIB, _GIB, 10 * _GIB]
    disk = Disk(
        {"database": tmp_path},
        post.saving,
        post.metrics,
        least=500 * 1024**2,
        usage=lambda _folder: Usage(100 * _GIB, 0, free[0]),
    )
    disk.look()
    assert "您好" in await post.say("甲", "你好")
    before = await post.inbox()
    for _ in range(2):
        del free[0]
        disk.look()
        assert REFUSAL in await post.say("甲", "菜单")
    assert await post.inbox() == before
    assert metric(post, 'xuntong_disk_free_bytes{folder="database"}') == _GIB
    del free[0]
    disk.look()
    assert "您好" in await post.say("甲", "你好")
    assert complaints(logged) == [("cannot_save", "disk_low"), ("saving_again", "")]


async def test_a_spool_without_room_keeps_nothing_half(
    post: Post, tmp_path: Path
) -> None:
    one = letter("甲", "你好" * 200)
    with _no_room(), pytest.raises(OSError, match="File too large"):
        await post.spool.keep(one)
    assert [path.name for path in post.folder.iterdir()] in ([], [_only(post.folder)])
    assert list(post.folder.rglob("*.*")) == []
    await post.spool.keep(one)
    assert len(list(post.spool.waiting())) == 1


def _only(folder: Path) -> str:
    return next((path.name for path in folder.iterdir()), "")


@contextmanager
def _no_room() -> Iterator[None]:
    """No file may grow beyond a few bytes, as any user can have it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@on_sqlite
async def test_a_process_on_a_nearly_full_disk_says_so_once_and_saves_nothing(
    stage: Stage,
) -> None:
    everything = {"XUNTONG_MIN_FREE_MB": str(10**9)}
    settings = stage.settings() | everything
    async with running(settings, stage.folder, ["web"]) as [web]:
        stage.platform.url = web.url
        heard = [
            await stage.platform.deliver("oWriter000000000000000000001", "你好", key)
            for key in (fresh_id(), fresh_id())
        ]
        async with stage.platform.session.get(f"{web.url}/metrics") as response:
            shown = await response.text()
    assert {one.status for one in heard} == {200}
    assert all(REFUSAL in one.shown for one in heard)
    assert await taken_in(stage.core) == {}
    assert 'xuntong_cannot_save{reason="disk_low"} 1.0' in shown
    assert 'xuntong_inbound_not_saved_total{reason="disk_low"} 2.0' in shown
    assert web.log.read_text().count("cannot_save") == 1
