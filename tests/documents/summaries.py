"""附件5 and 附件6, filled in full, for tests that print them."""

from __future__ import annotations

from datetime import date

from bot.documents.annual_summary import AnnualSummary, Figures
from bot.documents.transcript import Transcript, TranscriptRow
from tests.documents.filled import ID_NUMBER, PHONE


def transcript(seats: int = 30) -> Transcript:
    return Transcript(
        opens_on=date(2026, 6, 13),
        ends_on=date(2026, 6, 21),
        province="江南",
        city="东湖",
        headcount=seats,
        institution="江南机电技师学院",
        level="二级",
        major="机械类",
        lecturers=("陈明", "赵敏"),
        assessors=("钱峰", "孙丽", "周全"),
        rows=tuple(row(number) for number in range(1, seats + 1)),
    )


def row(number: int) -> TranscriptRow:
    return TranscriptRow(
        number=number,
        name="李晓梅",
        sex="女",
        id_number=ID_NUMBER,
        unit="江南机电技师学院",
        phone=PHONE,
        process="82.3",
        final=f"{60 + number}.0",
        certificate=f"GXYT-2026-{number:04}",
    )


def annual_summary() -> AnnualSummary:
    return AnnualSummary(
        institution="江南机电技师学院",
        year=2026,
        total=Figures("", 4, 112, 105),
        planned=5,
        not_run=1,
        reasons=("二级机械类班报名人数不足",),
        levels=(
            Figures("一级", 0, 0, 0),
            Figures("二级", 2, 58, 55),
            Figures("三级", 2, 54, 50),
        ),
        majors=(Figures("机械类", 3, 84, 79), Figures("信息类", 1, 28, 26)),
        review="按任务组织课程。\n学员在实训中心上课。",
        advice="希望增加线上资源。",
    )
