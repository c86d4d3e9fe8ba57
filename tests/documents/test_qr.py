"""A code is one of the standard's, and says what it is to say."""

from __future__ import annotations

import pytest

from bot.documents.qr import modules

URL = "http://127.0.0.1:8080/verify/2026-JX-01-05-7K3M9Q"
_FINDER = (
    (1, 1, 1, 1, 1, 1, 1),
    (1, 0, 0, 0, 0, 0, 1),
    (1, 0, 1, 1, 1, 0, 1),
    (1, 0, 1, 1, 1, 0, 1),
    (1, 0, 1, 1, 1, 0, 1),
    (1, 0, 0, 0, 0, 0, 1),
    (1, 1, 1, 1, 1, 1, 1),
)


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0)])
def test_three_corners_hold_the_finders_of_the_standard(
    corner: tuple[int, int],
) -> None:
    code = modules(URL)
    top, left = (side * (len(code) - 7) for side in corner)

    found = tuple(
        tuple(int(one) for one in row[left : left + 7]) for row in code[top : top + 7]
    )

    assert found == _FINDER


def test_the_same_text_is_the_same_code_and_another_is_another() -> None:
    assert modules(URL) == modules(URL)
    assert modules(URL) != modules(URL + "X")
    assert {len(row) for row in modules(URL)} == {33}
