"""What was released never changes under the drafts that follow it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from conversations.errors import DefinitionError
from conversations.forms.book import digest, load_book, release
from tests.conversations.forms.samples import FORM, write_book


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_book(tmp_path / "definitions")


def test_releasing_writes_the_hash_of_the_file(folder: Path) -> None:
    locked = release("tiny", 1, folder=folder)
    assert locked == hashlib.sha256(FORM.encode()).hexdigest()
    assert (folder / "released.toml").read_text() == (
        "# SHA-256 of every released form version; a released file never changes.\n"
        f'"tiny/1.toml" = "{locked}"\n'
    )
    assert len(load_book(folder).forms()) == 1


def test_a_released_file_that_changes_stops_the_start(folder: Path) -> None:
    release("tiny", 1, folder=folder)
    path = folder / "tiny" / "1.toml"
    path.write_text(FORM.replace("Which?", "Which one?"), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        load_book(folder)
    assert str(caught.value) == "tiny/1.toml:1: a released version was changed"


def test_a_released_file_that_is_gone_stops_the_start(folder: Path) -> None:
    release("tiny", 1, folder=folder)
    (folder / "tiny" / "1.toml").unlink()
    with pytest.raises(DefinitionError) as caught:
        load_book(folder)
    assert str(caught.value) == "tiny/1.toml:1: a released version is missing"


def test_a_released_version_is_never_released_again(folder: Path) -> None:
    release("tiny", 1, folder=folder)
    before = (folder / "released.toml").read_bytes()
    with pytest.raises(DefinitionError) as caught:
        release("tiny", 1, folder=folder)
    assert str(caught.value) == "tiny/1.toml:1: released before; make a new version"
    assert (folder / "released.toml").read_bytes() == before


def test_a_new_version_is_locked_beside_the_old(folder: Path) -> None:
    first = release("tiny", 1, folder=folder)
    newer = FORM.replace("version = 1", "version = 2", 1)
    (folder / "tiny" / "2.toml").write_text(newer, encoding="utf-8")
    second = release("tiny", 2, folder=folder)
    assert (folder / "released.toml").read_text().splitlines()[1:] == [
        f'"tiny/1.toml" = "{first}"',
        f'"tiny/2.toml" = "{second}"',
    ]
    book = load_book(folder)
    assert (book.get("tiny", 1).version, book.newest("tiny").version) == (1, 2)


def test_ten_comes_after_nine(folder: Path) -> None:
    for version in (9, 10):
        text = FORM.replace("version = 1", f"version = {version}", 1)
        (folder / "tiny" / f"{version}.toml").write_text(text, encoding="utf-8")
    assert load_book(folder).newest("tiny").version == 10


def test_a_version_that_does_not_hold_together_is_not_released(folder: Path) -> None:
    broken = FORM.replace("version = 1", "version = 2", 1).replace("Likes", "", 1)
    (folder / "tiny" / "2.toml").write_text(broken, encoding="utf-8")
    with pytest.raises(DefinitionError):
        release("tiny", 2, folder=folder)
    assert not (folder / "released.toml").exists()


def test_a_version_without_file_is_not_released(folder: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        release("tiny", 3, folder=folder)
    assert str(caught.value) == "tiny/3.toml:1: the file is missing"


def test_the_ends_of_lines_do_not_change_the_hash(tmp_path: Path) -> None:
    unix, windows = tmp_path / "unix", tmp_path / "windows"
    unix.write_bytes(b"a = 1\nb = 2\n")
    windows.write_bytes(b"a = 1\r\nb = 2\r\n")
    assert digest(unix) == digest(windows)


def test_every_packaged_version_is_released() -> None:
    folder = Path(__file__).parents[3] / "conversations/forms/definitions"
    versions = {f"{form.form}/{form.version}.toml" for form in load_book().forms()}
    locked = (folder / "released.toml").read_text(encoding="utf-8")
    assert {line.split('"')[1] for line in locked.splitlines()[1:]} == versions
