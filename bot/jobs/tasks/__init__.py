"""The kinds of slow work, one module each."""

from __future__ import annotations

from collections.abc import Mapping

from bot.actions.context import House
from bot.clock import Clock
from bot.jobs.media import Media
from bot.jobs.tasks.admission_letter import admission_letter
from bot.jobs.tasks.archive import archive
from bot.jobs.tasks.blank_form import blank_form
from bot.jobs.tasks.certificate import certificate
from bot.jobs.tasks.chart import chart
from bot.jobs.tasks.class_forms import class_forms
from bot.jobs.tasks.evaluation_texts import evaluation_texts
from bot.jobs.tasks.export import export
from bot.jobs.tasks.export_mine import export_mine
from bot.jobs.tasks.form_file import form_file
from bot.jobs.tasks.form_picture import form_picture
from bot.jobs.tasks.needs_file import needs_file
from bot.jobs.tasks.photo import photo
from bot.jobs.tasks.picture import picture
from bot.jobs.tasks.plan_sheets import plan_list, plan_sheet, plan_template
from bot.jobs.tasks.qr_code import DrawCode, qr_code
from bot.jobs.tasks.scan import scan
from bot.jobs.tasks.scheme_file import scheme_file
from bot.jobs.tasks.stamp import stamp
from bot.jobs.tasks.summary import summary_file
from bot.jobs.tasks.transcript import transcript_file, transcript_picture
from bot.jobs.tasks.work import work
from bot.jobs.work import Task
from bot.ports import FetchMedia
from storage.database import Database


def all_tasks(
    database: Database,
    house: House,
    clock: Clock,
    fetchers: Mapping[str, FetchMedia],
    draw_code: DrawCode | None = None,
) -> dict[str, Task]:
    """Every task by its kind; ``fetchers`` by the platform in media references.

    Without ``draw_code`` nobody here draws codes.
    """
    media = Media(database, fetchers, clock)
    drawing = {"qr_code": qr_code(draw_code, clock)} if draw_code else {}
    return {
        **drawing,
        "photo": photo(database, media, house.book, clock),
        "form_picture": form_picture(database, house.book, clock),
        "form_file": form_file(database, house.book, clock),
        "scheme_file": scheme_file(database, house.book, clock),
        "admission_letter": admission_letter(database, house),
        "needs_file": needs_file(database, house, clock),
        "scan": scan(media, house, clock),
        "stamp": stamp(media, house, clock),
        "work": work(media, house, clock),
        "archive": archive(database, house, clock),
        "certificate": certificate(database, house, clock),
        "plan_template": plan_template(database, house, clock),
        "plan_sheet": plan_sheet(media, house, clock),
        "plan_list": plan_list(database, clock),
        "chart": chart(clock),
        "summary_file": summary_file(database, house.book, clock),
        "transcript_file": transcript_file(database, clock),
        "transcript_picture": transcript_picture(database, clock),
        "evaluation_texts": evaluation_texts(database, house.book, clock, house.limits),
        "picture": picture(clock),
        "export": export(database, clock),
        "class_forms": class_forms(database, house.book, clock),
        "blank_form": blank_form(house.book, clock),
        "export_mine": export_mine(database, house.book, clock),
    }
