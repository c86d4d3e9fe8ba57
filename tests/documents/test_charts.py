"""Pictures of numbers: the right size for a phone, whatever the labels say."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.documents import charts

HOSTILE = '#panic("x") *粗* $a$ <tag> \\ @ref `raw` [x] = 1 // 👍 𠮷'


def size_of(png: bytes) -> tuple[int, int]:
    return Image.open(io.BytesIO(png)).size


@pytest.mark.parametrize(
    "rows",
    [[], [("报名", 0)], [("报名", 12), ("录取", 30)], [(HOSTILE, 7), ("长" * 40, 1)]],
)
def test_bars_are_as_wide_as_a_phone_shows_well(rows: list[tuple[str, int]]) -> None:
    assert size_of(charts.bars("统计", rows, subtitle=HOSTILE))[0] == 960


def test_the_largest_number_fills_its_bar_and_zero_leaves_it_empty() -> None:
    image = Image.open(io.BytesIO(charts.bars("t", [("a", 4), ("b", 0)])))
    green = [
        sum(1 for pixel in row(image, y) if is_green(pixel))
        for y in range(image.height)
    ]

    assert max(green) > 400
    assert sum(1 for count in green if count) <= 34


def row(image: Image.Image, y: int) -> list[tuple[int, int, int]]:
    rgb = image.convert("RGB").crop((0, y, image.width, y + 1)).tobytes()
    return [(rgb[i], rgb[i + 1], rgb[i + 2]) for i in range(0, len(rgb), 3)]


def is_green(pixel: tuple[int, int, int]) -> bool:
    return pixel == (0x2F, 0x7D, 0x5B)


def test_a_table_takes_any_text() -> None:
    rows = [["12", HOSTILE, "待审核"], ["13", "李*", "待盖章"]]

    assert size_of(charts.table("名单", ["编号", "姓名", "状态"], rows))[0] == 840


def test_the_same_numbers_are_the_same_picture() -> None:
    assert charts.bars("t", [("a", 1)]) == charts.bars("t", [("a", 1)])
