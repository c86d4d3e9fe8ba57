"""Where things stand in a TOML text."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.forms.source import Lines

TEXT = '''\
# a comment with [brackets] and = signs
title = "one # no comment"

[owner]
name = 'x'
"quoted key" = 1
dotted.key = 2

[[rows]]
id = "a"
text = """
several
lines with "quotes" and [brackets]
"""
list = [
    1, 2,
    # in between
    { inner = "x", other = [ 3,
        4 ] },
]

[[rows]]
id = "b"
[rows.sub]
deep = true
'''

PLACES = [
    (("title",), 2),
    (("owner",), 4),
    (("owner", "name"), 5),
    (("owner", "quoted key"), 6),
    (("owner", "dotted", "key"), 7),
    (("rows", 0), 9),
    (("rows", 0, "text"), 11),
    (("rows", 0, "list"), 15),
    (("rows", 0, "list", 1), 16),
    (("rows", 0, "list", 2), 18),
    (("rows", 0, "list", 2, "inner"), 18),
    (("rows", 0, "list", 2, "other", 1), 19),
    (("rows", 1), 22),
    (("rows", 1, "sub"), 24),
    (("rows", 1, "sub", "deep"), 25),
    (("rows", 1, "sub", "missing"), 24),
    (("nothing",), 1),
]


@pytest.mark.parametrize(("path", "line"), PLACES)
def test_every_key_table_and_element_has_its_line(
    path: tuple[str | int, ...], line: int
) -> None:
    tomllib.loads(TEXT)
    assert Lines(TEXT).of(*path) == line


def as_toml(rows: list[dict[str, str]]) -> str:
    def quoted(text: str) -> str:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    tables = (
        "\n".join(["[[rows]]", *(f"{quoted(k)} = {quoted(v)}" for k, v in row.items())])
        for row in rows
    )
    return "\n\n".join(tables) + "\n"


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=8)
keys = st.text("abcdefgh_", min_size=1, max_size=4)


@given(st.lists(st.dictionaries(keys, printable, max_size=4), max_size=5))
def test_lines_are_where_the_text_says(rows: list[dict[str, str]]) -> None:
    text = as_toml(rows)
    assert tomllib.loads(text).get("rows", []) == rows
    lines = Lines(text)
    number = 0
    for place, row in enumerate(rows):
        number += 1
        assert lines.of("rows", place) == number
        for key in row:
            number += 1
            assert lines.of("rows", place, key) == number
        number += 1
