"""What people open from the chat: shown as meant, or one polite page."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from aiohttp import ClientSession

from bot.pages.documents import disposition
from bot.ports import StoredFile
from tests.pages.conftest import House


async def read(http: ClientSession, path: str) -> tuple[int, str]:
    async with http.get(path) as answer:
        return answer.status, await answer.text()


async def test_a_notice_is_shown_with_its_date_in_china(http: ClientSession) -> None:
    status, html = await read(http, "/n/spring")

    assert status == 200
    assert "<h1>招生通知</h1>" in html
    assert "2026 年 3 月 1 日" in html
    assert '<p class="text">一\n二</p>' in html
    assert '<p class="text">三</p>' in html


async def test_a_notice_has_its_tables_and_its_file_under_it(
    http: ClientSession, house: House
) -> None:
    house.files["plan"] = StoredFile("f1", "信息 2026.xlsx", "application/x", b"PK")
    _, html = await read(http, "/n/plan")
    async with http.get("/n/plan/file") as answer:
        taken = (answer.status, await answer.read())
        how = answer.headers["Content-Disposition"]
    status, _ = await read(http, "/n/spring/file")

    assert "<h2>二级 · 机械类</h2>" in html
    assert '<th scope="col">省份</th>' in html
    assert "<td>江南省</td>" in html
    assert "<script" not in html
    assert 'href="/n/plan/file"' in html
    assert taken == (200, b"PK")
    assert how.startswith("attachment;")
    assert status == 404


async def test_what_is_written_in_a_notice_stays_text(http: ClientSession) -> None:
    _, html = await read(http, "/n/nasty")

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "{{ 7*7 }}" in html


async def test_what_is_not_there_looks_the_same_whatever_the_reason(
    http: ClientSession, house: House
) -> None:
    house.files["f1"] = StoredFile("f1", "a.pdf", "application/pdf", b"%PDF-")
    until = house.clock.real() - timedelta(seconds=1)
    expired = house.links.document("file", "f1", person_id="p1", expires_at=until)
    paths = [
        "/n/withdrawn",
        "/d/forged",
        "/d/" + expired.rsplit("/", 1)[1],
        house.document("file", "erased"),
        house.document("unknown-kind", "f1"),
        house.upload("l1").replace("/u/", "/d/"),
        "/u/forged",
        house.upload("used"),
        "/nowhere",
    ]

    answers = {await read(http, path) for path in paths}
    ((status, html),) = answers
    assert status == 404
    assert "这个页面打不开了" in html


async def test_a_document_is_given_as_what_it_is(
    http: ClientSession, house: House
) -> None:
    house.files["f1"] = StoredFile("f1", "申请表.pdf", "application/pdf", b"%PDF-1.7")
    async with http.get(house.document("file", "f1")) as answer:
        assert await answer.read() == b"%PDF-1.7"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.content_disposition is not None
        assert answer.content_disposition.type == "inline"
        assert answer.content_disposition.filename == "申请表.pdf"


async def test_what_a_browser_could_run_is_only_saved(
    http: ClientSession, house: House
) -> None:
    house.files["f1"] = StoredFile("f1", "a.html", "text/html", b"<script>")
    async with http.get(house.document("file", "f1")) as answer:
        assert answer.content_disposition is not None
        assert answer.content_disposition.type == "attachment"


def test_a_name_cannot_break_out_of_its_header() -> None:
    expected = "attachment; filename=\"a____b_.pdf\"; filename*=UTF-8''a%22%0D%0A%3Bb%E8%A1%A8.pdf"
    assert disposition('a"\r\n;b表.pdf', inline=False) == expected


@pytest.mark.parametrize("path", ["/n/spring", "/healthz", "/nowhere", "/broken/t"])
async def test_every_answer_carries_the_headers(http: ClientSession, path: str) -> None:
    async with http.get(path) as answer:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "Server" not in answer.headers


async def test_an_error_is_said_without_its_trace(http: ClientSession) -> None:
    status, html = await read(http, "/broken/secret-token")

    assert status == 500
    assert "是我们这边的问题" in html
    assert "Traceback" not in html
    assert "110105" not in html


async def test_a_program_is_told_in_json(http: ClientSession) -> None:
    program = {"Accept": "application/json"}
    async with http.get("/nowhere", headers=program) as answer:
        assert (answer.status, await answer.json()) == (404, {"error": "not found"})
    async with http.post("/healthz", headers=program) as answer:
        assert (answer.status, answer.headers["Allow"]) == (405, "GET,HEAD")


async def test_the_service_says_that_it_lives_and_is_ready(
    http: ClientSession, house: House
) -> None:
    assert await read(http, "/healthz") == (200, '{"status": "alive"}')
    assert await read(http, "/readyz") == (200, '{"status": "ready"}')

    house.database_up = False
    assert (await read(http, "/healthz"))[0] == 200
    status, text = await read(http, "/readyz")
    assert status == 503
    assert json.loads(text)["failing"] == ["database", "migrations"]


async def test_metrics_count_what_waits(http: ClientSession) -> None:
    async with http.get("/metrics") as answer:
        text = await answer.text()
        assert answer.content_type == "text/plain"
    assert 'xuntong_outbox_waiting{channel="webchat"} 2.0' in text
    assert "xuntong_outbox_oldest_seconds 7.0" in text
    assert "xuntong_reminders_due 1.0" in text
