"""The journal keeps what a killed process knew, says little, and never stands in the way."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.jobs.endings import INTERRUPTED, NOT_MADE, Outcome
from bot.jobs.journal import Journal, left_behind
from bot.ports import Again, Blocked, Doubt, Failed, Held, Sent, Settlement
from tests.jobs.test_relay_endings import claimed

SETTLEMENTS: list[Settlement] = [
    Sent("m1", final=False),
    Failed("43004", "", unreachable=True),
    Held("45047", ""),
    Again("-1", "", 30.0),
    Doubt("", repeatable=True),
    Blocked("custom", "45015", ""),
]


def found(folder: Path) -> list[dict[str, Outcome]]:
    """What each journal left behind says of rows a to f, at their first attempts."""
    with closing(left_behind(folder)) as journals:
        return [
            {row: left.outcome(claimed(id_=row)) for row in "abcdef"}
            for left in journals
        ]


def unknown(**known: Outcome) -> dict[str, Outcome]:
    return dict.fromkeys("abcdef", NOT_MADE) | known


@pytest.mark.parametrize("settlement", SETTLEMENTS, ids=repr)
def test_how_a_call_ended_is_read_as_it_was_written(
    tmp_path: Path, settlement: Settlement
) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    journal.begin("b", 1)
    assert journal.end("a", 1, settlement) is True
    journal.close()
    assert found(tmp_path) == [unknown(a=settlement, b=INTERRUPTED)]


def test_the_owner_is_known(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "host:17:abcd")
    journal.begin("a", 1)
    journal.close()
    with closing(left_behind(tmp_path)) as journals:
        assert [left.owner for left in journals] == ["host:17:abcd"]


def test_who_dies_before_the_first_call_is_known_too(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "dies-of-the-claim")
    journal.stand_by()
    assert journal._file is not None
    os.close(journal._file)  # as a kill does
    with closing(left_behind(tmp_path)) as journals:
        assert [left.owner for left in journals] == ["dies-of-the-claim"]
    assert found(tmp_path) == [unknown()]


def test_another_attempt_is_another_matter(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    journal.end("a", 1, Sent("m"))
    journal.close()
    with closing(left_behind(tmp_path)) as journals:
        said = [left.outcome(claimed(2, id_="a")) for left in journals]
    assert said == [NOT_MADE]


def test_what_a_platform_said_about_people_is_not_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    journal.end("a", 1, Failed("40003", "invalid openid oABC123"))
    (path,) = tmp_path.iterdir()
    assert b"oABC123" not in path.read_bytes()
    assert b"40003" in path.read_bytes()


def test_the_journal_of_a_living_process_is_let_alone(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    assert found(tmp_path) == []
    journal.close()
    assert found(tmp_path) == [unknown(a=INTERRUPTED)]


def test_one_at_a_time_takes_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    journal.close()
    with closing(left_behind(tmp_path)) as first:
        next(first)
        assert found(tmp_path) == []


def test_what_is_settled_leaves_no_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    journal.end("a", 1, Sent("m"))
    journal.settled([("a", 1)])
    journal.close()
    assert list(tmp_path.iterdir()) == []


def test_a_torn_last_line_counts_as_not_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    journal.begin("b", 1)
    journal.end("b", 1, Sent("m"))
    journal.close()
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for cut in range(1, len(whole.splitlines(keepends=True)[-1]) + 1):
        path.write_bytes(whole[:-cut])
        # Without its end alone, the last line is whole.
        end = Sent("m") if cut == 1 else INTERRUPTED
        assert found(tmp_path) == [unknown(a=INTERRUPTED, b=end)]


def test_lines_that_nobody_understands_spoil_no_others(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    journal.close()
    (path,) = tmp_path.iterdir()
    with path.open("ab") as file:
        file.write(b'["x",1]\n\xff\xfe\n["e","b",1,{"type":"Sent"}]\n')
    with closing(left_behind(tmp_path)) as journals:
        (unreadable,) = [left.unreadable for left in journals]
    assert found(tmp_path) == [unknown(a=INTERRUPTED, b=Sent())]
    assert unreadable == 2


def test_a_long_one_is_written_anew_with_what_is_open(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1", largest=2000)
    journal.begin("a", 1)
    journal.begin("b", 1)
    journal.end("b", 1, Sent("m"))
    largest = 0
    for number in range(500):
        row = f"row-{number}"
        journal.begin(row, 1)
        journal.end(row, 1, Sent("m"))
        journal.settled([(row, 1)])
        (path,) = tmp_path.iterdir()
        largest = max(largest, path.stat().st_size)
    assert largest < 2200
    assert found(tmp_path) == []  # it is locked as before
    journal.close()
    assert found(tmp_path) == [unknown(a=INTERRUPTED, b=Sent("m"))]


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """As on a full disk: what fits is written, the rest is refused."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_got_over(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w1")
    journal.begin("a", 1)
    (path,) = tmp_path.iterdir()
    with capture_logs() as logs, no_file_longer_than(path.stat().st_size + 7):
        assert journal.end("a", 1, Sent("m")) is False
        journal.begin("b", 1)
        assert journal.end("b", 1, Sent("m")) is False
    journal.begin("c", 1)
    assert journal.end("c", 1, Sent("m")) is True
    journal.close()
    assert [line["event"] for line in logs] == ["journal_not_written"]
    # The half line stands alone; what could not be written is in doubt, or not known of.
    assert found(tmp_path) == [unknown(a=INTERRUPTED, c=Sent("m"))]


def test_a_folder_that_cannot_be_made_is_told_and_got_over(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    folder.write_bytes(b"in the way")
    journal = Journal(folder, "w1")
    journal.begin("a", 1)
    assert journal.end("a", 1, Sent("m")) is False
    folder.unlink()
    journal.begin("b", 1)
    assert journal.end("b", 1, Held("45047", "")) is True
    journal.close()
    # Written with the first line that could be: all that is not settled.
    assert found(folder) == [unknown(a=Sent("m"), b=Held("45047", ""))]


def test_a_file_half_made_is_removed(tmp_path: Path) -> None:
    half = tmp_path / "0123.part"
    half.write_bytes(b'["o"')
    assert found(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
