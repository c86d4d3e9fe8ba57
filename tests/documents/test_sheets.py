"""Tables as pictures: nothing is lost however long they are."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.documents import charts


def sheet(rows: int) -> dict[str, object]:
    return {
        "title": "各班进度",
        "header": ["班级", "人数"],
        "rows": [[f"第 {number} 班", str(number)] for number in range(rows)],
    }


@pytest.mark.parametrize(("rows", "pictures"), [(0, 1), (1, 1), (40, 1), (41, 2)])
def test_a_long_table_is_several_pictures(rows: int, pictures: int) -> None:
    drawn = charts.sheets(sheet(rows))

    widths = {Image.open(io.BytesIO(png)).width for png in drawn}
    assert (len(drawn), widths) == (pictures, {840})


def test_a_template_that_is_not_there_is_not_drawn() -> None:
    with pytest.raises(KeyError):
        charts.drawn("nowhere", {})
