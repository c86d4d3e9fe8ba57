"""A lost connection, a failed serialisation, a deadlock: never the message's fault."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot import faults
from storage.tables.messages import drafts
from storage.tables.people import consents
from tests.door.post import Post, letter, together
from tests.postgres import PostgresServer

# These happen on PostgreSQL alone.
pytestmark = pytest.mark.parametrize(
    "kind", [pytest.param("postgresql", marks=pytest.mark.postgresql)]
)

_END_ALL = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = '{name}' AND pid <> pg_backend_pid()
"""
# A sequence does not roll back: the failure comes once, and is seen to have come.
_FAIL_ONCE = """
CREATE SEQUENCE passed;
CREATE FUNCTION fail_once() RETURNS trigger AS $$
BEGIN
    IF nextval('passed') <= {times} THEN
        RAISE EXCEPTION 'injected' USING ERRCODE = '{state}';
    END IF;
    RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER fail_once BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION fail_once();
"""


@pytest.fixture
def name(database_url: str) -> str:
    return database_url.rpartition("/")[2]


@pytest.fixture
def cut_at(postgres: PostgresServer, name: str) -> Iterator[dict[str, int]]:
    """Points at which all connections are lost, so many times; how many are left."""
    points: dict[str, int] = {}

    def cut(point: str) -> None:
        if points.get(point, 0) > 0:
            points[point] -= 1
            assert int(postgres.execute(_END_ALL.format(name=name))) > 0

    faults.install(cut)
    yield points
    faults.install(None)


@pytest.mark.parametrize("point", ["batch_loaded", "batch_written"])
async def test_a_batch_that_loses_its_connection_is_done_again(
    post: Post, class_code: str, cut_at: dict[str, int], point: str
) -> None:
    senders = ["甲", "乙", "丙"]
    for sender in senders:
        await post.say(sender, f"报名 {class_code}")
    cut_at[point] = 1

    answers = await together(post, [letter(sender, "同意") for sender in senders])

    assert all("您的姓名是" in answer.decode() for answer in answers)
    assert cut_at == {point: 0}
    assert set((await post.inbox()).values()) == {("done", 0)}
    assert await post.count(consents) == len(senders)


@pytest.mark.parametrize("point", ["alone_acted", "alone_written"])
async def test_a_command_that_loses_its_connection_is_run_again(
    post: Post, cut_at: dict[str, int], point: str
) -> None:
    cut_at[point] = 2

    answer = await post.say("甲", "通知")

    assert "通知" in answer
    assert cut_at == {point: 0}
    assert set((await post.inbox()).values()) == {("done", 0)}


@pytest.mark.parametrize("state", ["40001", "40P01", "55P03", "57P01"])
@pytest.mark.parametrize("table", ["inbox", "drafts"])
async def test_what_the_database_asks_to_repeat_is_repeated(
    post: Post,
    class_code: str,
    postgres: PostgresServer,
    name: str,
    state: str,
    table: str,
) -> None:
    script = _FAIL_ONCE.format(state=state, table=table, times=3)
    postgres.execute(script, name)

    answer = await post.say("甲", f"报名 {class_code}")

    assert "您的信息怎么用" in answer
    assert int(postgres.execute("SELECT last_value FROM passed", name)) > 3
    assert set((await post.inbox()).values()) == {("done", 0)}
    assert await post.count(drafts) == 1


async def test_what_cannot_be_repeated_counts_as_the_messages_own(
    post: Post, class_code: str, postgres: PostgresServer, name: str
) -> None:
    script = _FAIL_ONCE.format(state="22000", table="drafts", times=2)
    postgres.execute(script, name)
    applied = letter("甲", f"报名 {class_code}")

    answer = await post.door.receive(applied)

    assert "您的信息怎么用" in answer.decode()
    assert await post.inbox() == {applied.message_key: ("done", 1)}
