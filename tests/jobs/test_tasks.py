"""What each kind of slow work makes of its payload."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

import docx
import openpyxl
import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import select

from bot.actions.context import House
from bot.documents.formats import MEDIA_TYPES
from bot.documents.submissions import papers_of, submission_document
from bot.jobs import wording
from bot.jobs.media import GIVE_UP_AFTER
from bot.jobs.tasks import all_tasks
from bot.jobs.workshop import WAIT_FOR_OTHERS, Workshop
from bot.links import Links
from bot.ports import MediaGoneError
from conversations.forms.book import load_book
from conversations.model import Answer, Draft, JobResult
from notices.programmes import load_programmes
from storage import files, numbers, reviews, submissions
from storage.database import Database
from storage.files import FileRow, NewFile
from storage.submissions import Submission
from storage.tables.classes import applications
from storage.tables.messages import files as files_table
from tests.actions.timeworld import Country
from tests.documents import filled
from tests.documents.reading import docx_text
from tests.documents.test_official import bare
from tests.jobs.bench import NOW, PERSON, Bench

ENDS = date(2026, 6, 28)
Fetch = Callable[[str], Awaitable[bytes]]


def draft(form: str = "application", **answers: Answer) -> Draft:
    context = {"level": "二级", "major": "机械类", "ends_on": ENDS.isoformat()}
    return Draft("draft-1", form, 1, "2026-NC-01", context, NOW.date(), answers)


def full_draft(form: str = "application") -> Draft:
    made = filled.application if form == "application" else filled.evaluation
    answers = {key: Answer(value) for key, value in made("二级").items()}
    return draft(form, **answers)


@pytest.fixture
async def bench(database: Database) -> Bench:
    return await Bench(database).set_up(full_draft())


def workshop(bench: Bench, fetch: Fetch | None = None) -> Workshop:
    house = House(
        load_book(),
        load_programmes(),
        Links(bench.database.vault, "https://example.com"),
        iter(f"id-{n}" for n in range(1000)).__next__,
    )
    fetchers = {"oa": fetch} if fetch else {}
    tasks = all_tasks(bench.database, house, bench.clock, fetchers)
    return bench.workshop(tasks)


async def upload(bench: Bench, content: bytes, owner: str = PERSON) -> str:
    file = NewFile("raw", owner, "upload", "image/jpeg", "a.jpg", content)
    async with bench.database.transaction() as uow:
        await files.put(uow, file, now=NOW)
        await uow.commit()
    return "file:raw"


async def stored(bench: Bench) -> dict[str, FileRow]:
    """Every file by its id."""
    async with bench.database.reading() as uow:
        ids = (await uow.execute(select(files_table.c.id))).scalars()
        found = [await files.get(uow, file_id=one) for one in list(ids)]
    return {one.info.id: one for one in found if one}


async def ask_photo(bench: Bench, media: str) -> None:
    await bench.ask("photo", media=media, draft="draft-1", field="photo")


# ---- photo ----


async def test_a_photo_is_made_anew_and_its_raw_upload_forgotten(bench: Bench) -> None:
    out = io.BytesIO()
    Image.new("RGB", (900, 1200)).save(out, "JPEG")
    await ask_photo(bench, await upload(bench, out.getvalue()))
    await workshop(bench).work_off()
    (file,) = (await stored(bench)).values()

    assert bench.door.results == [JobResult("job-1", "photo", ok=True, file="job-1-f1")]
    assert (file.info.id, file.info.purpose, file.info.subject) == (
        "job-1-f1",
        "photo",
        "draft-1",
    )
    assert Image.open(io.BytesIO(file.content)).size == (295, 413)


async def test_a_photo_is_kept_as_long_as_its_field_says(bench: Bench) -> None:
    await ask_photo(bench, await upload(bench, filled.photo()))
    await workshop(bench).work_off()
    async with bench.database.reading() as uow:
        until = (await uow.execute(select(files_table.c.keep_until))).scalar_one()

    # 30 days after the class ends, to the end of that day in China.
    assert until == datetime(2026, 7, 28, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("content", "reason", "detail"),
    [(b"GIF89a", "not_an_image", ""), (filled.photo()[:50], "not_an_image", None)],
)
async def test_a_refused_photo_says_why(
    bench: Bench, content: bytes, reason: str, detail: str | None
) -> None:
    await ask_photo(bench, await upload(bench, content))
    await workshop(bench).work_off()
    (result,) = bench.door.results

    assert result is not None
    assert (result.ok, result.reason) == (False, reason)
    assert detail is None or result.detail == detail
    assert await stored(bench) == {}


async def test_somebody_elses_file_is_not_there(bench: Bench) -> None:
    await ask_photo(bench, await upload(bench, filled.photo(), owner="other"))
    await workshop(bench).work_off()

    assert bench.door.results == [
        JobResult("job-1", "photo", ok=False, reason="expired")
    ]


async def test_a_photo_on_the_platform_is_fetched(bench: Bench) -> None:
    async def fetch(media_id: str) -> bytes:
        return filled.photo() if media_id == "M1" else b""

    await ask_photo(bench, "oa:M1")
    await workshop(bench, fetch).work_off()

    assert list(await stored(bench)) == ["job-1-f1"]


async def test_a_photo_the_platform_forgot_has_expired(bench: Bench) -> None:
    async def fetch(_media_id: str) -> bytes:
        raise MediaGoneError

    await ask_photo(bench, "oa:M1")
    await workshop(bench, fetch).work_off()

    assert bench.door.results == [
        JobResult("job-1", "photo", ok=False, reason="expired")
    ]


async def test_a_platform_that_is_down_is_asked_again_and_told_of_at_last(
    bench: Bench,
) -> None:
    async def fetch(_media_id: str) -> bytes:
        raise ConnectionError

    await ask_photo(bench, "oa:M1")
    working = workshop(bench, fetch)
    for seconds in (0.0, GIVE_UP_AFTER.total_seconds() - 1):
        bench.clock.move(seconds)
        await working.work_off()
    assert bench.door.results == []

    bench.clock.move(WAIT_FOR_OTHERS[1])
    await working.work_off()
    assert bench.door.results == [
        JobResult("job-1", "photo", ok=False, reason="expired")
    ]


# ---- pictures ----


@pytest.mark.parametrize("form", ["application", "evaluation"])
async def test_a_draft_is_drawn_and_its_pages_pushed(
    database: Database, form: str
) -> None:
    bench = await Bench(database).set_up(full_draft(form))
    await bench.ask("form_picture", draft="draft-1")
    await workshop(bench).work_off()
    made = await stored(bench)
    pushed = [push.reply for push in await bench.pushes()]

    assert bench.door.results == []
    assert [reply.kind for reply in pushed] == ["image", "image"]
    assert [reply.ref for reply in pushed] == sorted(made)
    assert {one.info.subject for one in made.values()} == {"draft-1"}
    assert {one.info.media_type for one in made.values()} == {"image/png"}


async def test_a_closed_draft_is_not_drawn(bench: Bench) -> None:
    await bench.ask("form_picture", draft="another")
    await workshop(bench).work_off()

    assert await stored(bench) == {}
    assert await bench.states() == {"job-1": ("done", 1)}


async def test_numbers_become_a_picture(bench: Bench) -> None:
    await bench.ask("chart", title="报名情况", rows='[["待审核",3],["已录取",25]]')
    await workshop(bench).work_off()
    (file,) = (await stored(bench)).values()

    assert bench.door.results == [
        JobResult("job-1", "chart", ok=True, file="job-1-f1", detail="报名情况.png")
    ]
    assert file.content.startswith(b"\x89PNG")


# ---- the stamped page ----


APPLICATION = f"c-2026-NC-01/{PERSON}"


async def application(bench: Bench) -> None:
    country = Country(bench.database)
    await country.found()
    await country.apply(await country.class_(), PERSON, "submitted")


async def test_a_stamped_page_joins_its_application(bench: Bench) -> None:
    await application(bench)
    media = await upload(bench, b"%PDF-1.7 stamped")
    await bench.ask("stamp", media=media, application=APPLICATION)
    await workshop(bench).work_off()
    made = await stored(bench)
    async with bench.database.reading() as uow:
        stamp = (await uow.execute(select(applications.c.stamp_file_id))).scalar_one()

    assert stamp == "job-1-f1"
    assert list(made) == ["job-1-f1"]
    assert made[stamp].content == b"%PDF-1.7 stamped"
    assert len(await bench.pushes()) == 1


async def test_a_page_for_an_application_that_ended_is_not_kept(bench: Bench) -> None:
    media = await upload(bench, b"%PDF-1.7 stamped")
    await bench.ask("stamp", media=media, application="gone")
    await workshop(bench).work_off()

    assert await stored(bench) == {}
    assert [push.reply.text for push in await bench.pushes()] == [
        wording.STAMP_UNWANTED
    ]


async def test_a_page_that_is_no_picture_is_refused_with_the_reason(
    bench: Bench,
) -> None:
    await bench.ask(
        "stamp", media=await upload(bench, b"MZ\x90"), application=APPLICATION
    )
    await workshop(bench).work_off()

    assert [push.reply.text for push in await bench.pushes()] == [
        wording.stamp_refused("not_an_image")
    ]
    assert await stored(bench) == {}


# ---- the stamped page of an off-plan class ----


async def off_plan(bench: Bench, *, agreed: str | None = PERSON) -> None:
    """A class that a province agreed to, and owes the stamped page of."""
    country = Country(bench.database)
    await country.found()
    row = await country.class_()
    async with bench.database.transaction() as uow:
        number = await numbers.take(uow, kind="opening", subject_id="review")
        await reviews.add(
            uow,
            id="review",
            number=number,
            kind="opening",
            class_id=row.id,
            now=NOW,
            proposal={"origin": "off_plan"},
        )
        if agreed:
            await reviews.agree(uow, review_id="review", by=agreed)
        await uow.commit()


async def review_state(bench: Bench) -> str:
    async with bench.database.reading() as uow:
        found = await reviews.get(uow, review_id="review")
    assert found is not None
    return found.state


async def test_the_stamped_page_completes_the_review_of_an_off_plan_class(
    bench: Bench,
) -> None:
    await off_plan(bench)
    media = await upload(bench, b"%PDF-1.7 stamped")
    await bench.ask("scan", media=media, application="review")
    await workshop(bench).work_off()
    made = await stored(bench)

    assert [(one.info.purpose, one.info.subject) for one in made.values()] == [
        ("scan", "review")
    ]
    assert await review_state(bench) == "approved"


async def test_a_stamped_page_that_nobody_agreed_to_is_not_kept(bench: Bench) -> None:
    await off_plan(bench, agreed=None)
    media = await upload(bench, b"%PDF-1.7 stamped")
    await bench.ask("scan", media=media, application="review")
    await workshop(bench).work_off()

    assert await stored(bench) == {}
    assert await review_state(bench) == "waiting"
    assert [push.reply.text for push in await bench.pushes()] == [wording.SCAN_UNWANTED]


async def test_a_stamped_page_that_is_no_picture_leaves_the_review_waiting(
    bench: Bench,
) -> None:
    await off_plan(bench)
    media = await upload(bench, b"MZ\x90")
    await bench.ask("scan", media=media, application="review")
    await workshop(bench).work_off()

    assert await review_state(bench) == "waiting"
    assert [push.reply.text for push in await bench.pushes()] == [
        wording.scan_refused("not_an_image")
    ]


# ---- exports ----


async def test_the_applications_to_a_class_become_a_table(bench: Bench) -> None:
    await application(bench)
    await bench.ask("export", **{"class": "c-2026-NC-01", "full": ""})
    await workshop(bench).work_off()
    (file,) = (await stored(bench)).values()
    sheet = openpyxl.load_workbook(io.BytesIO(file.content)).worksheets[0]

    assert file.info.name == "数控加工二级班 2026-NC-01.xlsx"
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["编号", 1]


async def hand_in(bench: Bench) -> None:
    answers = filled.application("二级")
    for derived in ("sex", "age", "level", "major"):
        del answers[derived]
    async with bench.database.transaction() as uow:
        photo = NewFile(
            "file-1", PERSON, "photo", "image/jpeg", "../p.jpg", filled.photo()
        )
        await files.put(uow, photo, now=NOW)
        await submissions.add(
            uow,
            Submission(
                id="s1",
                form="application",
                version=1,
                subject="2026-NC-01",
                person_id=PERSON,
                submitted_at=NOW,
                answers={"current_major": answers.pop("current_major")},
                personal=answers,
                context={"level": "二级", "major": "机械类"},
            ),
        )
        await uow.commit()


def text_of(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return bare("".join(page.extract_text() for page in pages))


async def test_a_form_that_was_handed_in_is_sent_as_a_file(bench: Bench) -> None:
    await hand_in(bench)
    await bench.ask("form_file", submission="s1")
    await workshop(bench).work_off()
    (push,) = await bench.pushes()
    file = (await stored(bench))[push.reply.ref]

    assert (push.reply.kind, push.reply.name) == ("file", file.info.name)
    assert file.info.name == "附件1工学一体化教师培训参训申请表.pdf"
    assert "参训申请表" in text_of(file.content)


async def test_a_form_that_is_gone_is_not_sent(bench: Bench) -> None:
    await bench.ask("form_file", submission="gone")
    await workshop(bench).work_off()

    assert await bench.pushes() == []
    assert await bench.states() == {"job-1": ("done", 1)}


async def test_a_form_that_was_handed_in_prints_in_full(bench: Bench) -> None:
    await hand_in(bench)
    found = await submission_document(bench.database, load_book(), "s1")

    assert found is not None
    assert found.name == "附件1工学一体化教师培训参训申请表.pdf"
    text = text_of(found.content)
    wanted = [filled.ID_NUMBER, filled.PHONE, filled.EMAIL, "1.性别：女", "机械类"]
    assert [one for one in wanted if one not in text] == []
    # Born on 1949-12-31, handed in on 2026-06-01.
    assert "2.年龄：76" in text
    assert "日期：2026年6月1日" in text
    assert len(PdfReader(io.BytesIO(found.content)).pages[0].images) == 1


async def test_a_form_that_is_gone_prints_nothing(bench: Bench) -> None:
    assert await submission_document(bench.database, load_book(), "s1") is None


async def test_a_person_gets_everything_that_is_kept_about_them(bench: Bench) -> None:
    await hand_in(bench)
    await bench.ask("export_mine")
    await workshop(bench).work_off()
    made = (await stored(bench))["job-1-f1"]
    archive = zipfile.ZipFile(io.BytesIO(made.content))
    rows = json.loads(archive.read("我的信息.json"))

    assert bench.door.results == [
        JobResult("job-1", "export_mine", True, file="job-1-f1", detail="我的信息.zip")
    ]
    assert archive.namelist() == [
        "我的信息.json",
        "我的信息.xlsx",
        "1-附件1工学一体化教师培训参训申请表.pdf",
        "1-p.jpg",
    ]
    assert {"persons", "addresses", "submissions", "files"} <= set(rows)
    assert filled.ID_NUMBER in json.dumps(rows)
    assert filled.ID_NUMBER in text_of(archive.read(archive.namelist()[2]))
    assert archive.read("1-p.jpg") == filled.photo()


async def test_a_form_is_sent_as_a_word_file_to_who_asks_for_it(bench: Bench) -> None:
    await hand_in(bench)
    await bench.ask("form_file", submission="s1", format="docx")
    await workshop(bench).work_off()
    (push,) = await bench.pushes()
    file = (await stored(bench))[push.reply.ref]

    assert file.info.name == "附件1工学一体化教师培训参训申请表.docx"
    assert file.info.media_type == MEDIA_TYPES["docx"]
    assert filled.ID_NUMBER in docx_text(file.content)
    assert len(docx.Document(io.BytesIO(file.content)).inline_shapes) == 1


async def test_each_of_several_forms_has_its_photo(
    bench: Bench,
) -> None:
    await hand_in(bench)
    async with bench.database.reading() as uow:
        found = await submissions.get(uow, submission_id="s1")
        assert found is not None
        one, other = await papers_of(uow, load_book(), [found, found])

    assert (one.photo, other.photo) == (filled.photo(), filled.photo())
