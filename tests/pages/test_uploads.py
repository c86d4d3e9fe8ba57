"""The upload page: looked at as often as one likes, used once."""

from __future__ import annotations

import io

import pytest
from aiohttp import ClientSession, FormData

from bot.uploads import MAX_UPLOAD
from tests.pages.conftest import House

PNG = b"\x89PNG\r\n\x1a\n a stamp"


def form(content: bytes, name: str = "盖章.png", field: str = "file") -> FormData:
    """A form as a browser sends it: the name in plain UTF-8."""
    data = FormData(quote_fields=False)
    data.add_field(field, io.BytesIO(content), filename=name, content_type="image/png")
    return data


async def test_opening_the_link_shows_what_is_wanted_and_uses_nothing(
    http: ClientSession, house: House
) -> None:
    for _ in range(3):
        async with http.get(house.upload("l1")) as answer:
            assert answer.status == 200
            assert "盖章的工作单位意见" in await answer.text()
    assert house.received == []


async def test_a_file_is_taken_once(http: ClientSession, house: House) -> None:
    path = house.upload("l1")
    async with http.post(path, data=form(PNG)) as answer:
        assert answer.status == 200
        assert "收到了" in await answer.text()
    async with http.post(path, data=form(PNG)) as answer:
        assert answer.status == 404

    assert house.received == [("l1", "盖章.png", "image/png", PNG)]


async def test_the_second_of_two_at_once_finds_the_link_used(
    http: ClientSession, house: House
) -> None:
    house.used_meanwhile = True
    async with http.post(house.upload("l1"), data=form(PNG)) as answer:
        assert answer.status == 404


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (form(b"MZ not a picture"), "收图片"),
        (form(b""), "还没有选文件"),
        (form(PNG, field="other"), "还没有选文件"),
        (form(PNG + bytes(MAX_UPLOAD)), "超过 10 MB"),
        ({"file": "no multipart"}, "还没有选文件"),
    ],
)
async def test_what_cannot_be_taken_is_said_and_the_link_stays_good(
    http: ClientSession, house: House, data: object, said: str
) -> None:
    path = house.upload("l1")
    async with http.post(path, data=data) as answer:
        assert answer.status == 422
        assert said in await answer.text()
    async with http.post(path, data=form(b"%PDF-1.7")) as answer:
        assert answer.status == 200


async def test_a_broken_form_is_no_error_of_ours(
    http: ClientSession, house: House
) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--y\r\n", b"--x\r\nno header", b"--x--\r\n"):
        async with http.post(house.upload("l1"), data=body, headers=headers) as answer:
            assert answer.status == 422
    async with http.post(
        house.upload("l1"),
        data=b"",
        headers={"Content-Type": "multipart/form-data"},
    ) as answer:
        assert answer.status == 422
