"""附件6 工作总结 as paper (规程第十三条之二)."""

from __future__ import annotations

import msgspec
import pytest

from bot.documents.annual_summary import (
    AnnualSummary,
    Figures,
    percent,
    render_annual_summary,
)
from bot.documents.official import render_form
from conversations.model import Value
from tests.documents import filled
from tests.documents.reading import pdf_text
from tests.documents.summaries import annual_summary


def test_the_first_part_says_every_figure_in_the_official_sentences() -> None:
    text = pdf_text(render_annual_summary(annual_summary(), "pdf"))

    assert (
        "截至2026年底，共开办培训班4个，合计共培训112人次，培训合格105人，"
        "培训合格率达93.8%。培训计划执行率达80.0%，1个培训计划班次未执行，"
        "具体原因是二级机械类班报名人数不足。"
        "其中，一级培训班0个，共培训0人次，培训合格0人，合格率达—；"
        "二级培训班2个，共培训58人次，培训合格55人，合格率达94.8%；"
        "三级培训班2个，共培训54人次，培训合格50人，合格率达92.6%。"
        "其中，机械类专业大类的培训班3个，共培训84人次，培训合格79人，合格率达94.0%；"
        "信息类专业大类的培训班1个，共培训28人次，培训合格26人，合格率达92.9%。"
    ) in text


def test_the_other_parts_are_as_they_were_written() -> None:
    text = pdf_text(render_annual_summary(annual_summary(), "pdf"))

    assert text.endswith(
        "二、工作回顾按任务组织课程。学员在实训中心上课。三、工作建议希望增加线上资源。"
    )


def test_an_empty_summary_is_the_official_form() -> None:
    assert pdf_text(render_annual_summary(AnnualSummary(), "pdf")) == (
        "附件6培训机构工学一体化教师培训工作总结（参考模板）一、基本情况"
        "截至年底，共开办培训班个，合计共培训人次，培训合格人，培训合格率达。"
        "培训计划执行率达，个培训计划班次未执行，具体原因是。"
        "其中，一级培训班个，共培训人次，培训合格人，合格率达；"
        "二级培训班个，共培训人次，培训合格人，合格率达；"
        "三级培训班个，共培训人次，培训合格人，合格率达。"
        "其中，专业大类的培训班个，共培训人次，培训合格人，合格率达。"
        "二、工作回顾本年度本机构在开展技工院校工学一体化教师培训工作中的"
        "经验总结、创新做法、存在问题及思考举措等。"
        "三、工作建议对技工院校工学一体化教师培训工作及"
        "推进工学一体化技能人才培养模式的建议。"
    )


def test_a_plan_that_was_kept_needs_no_reason() -> None:
    model = msgspec.structs.replace(annual_summary(), not_run=0, reasons=())

    assert "培训计划执行率达100.0%，0个培训计划班次未执行，具体原因是无。" in pdf_text(
        render_annual_summary(model, "pdf")
    )


def test_a_year_without_classes_has_no_sentence_about_majors() -> None:
    none = Figures("", 0, 0, 0)
    model = AnnualSummary(year=2026, total=none, planned=0, not_run=0, majors=())
    text = pdf_text(render_annual_summary(model, "pdf"))

    assert "培训合格0人，培训合格率达—。培训计划执行率达—，" in text
    assert "专业大类的培训班" not in text


@pytest.mark.parametrize(
    ("part", "whole", "printed"),
    [
        (105, 112, "93.8%"),
        (1, 8, "12.5%"),
        (1, 2000, "0.1%"),
        (1, 2001, "0.0%"),
        (30, 30, "100.0%"),
        (0, 7, "0.0%"),
        (0, 0, "—"),
        (None, 7, ""),
    ],
)
def test_a_rate_has_one_decimal_half_up(
    part: int | None, whole: int, printed: str
) -> None:
    assert percent(part, whole) == printed


def test_a_long_review_flows_over_as_many_pages_as_it_needs() -> None:
    long = "".join(f"第{number}条经验。" for number in range(900))
    model = msgspec.structs.replace(annual_summary(), review=long)

    assert len(render_annual_summary(model, "png")) >= 4
    assert long in pdf_text(render_annual_summary(model, "pdf"))


@pytest.mark.parametrize("masked", [True, False])
def test_a_chat_picture_masks_what_the_files_print_in_full(masked: bool) -> None:
    answers: dict[str, Value] = {
        "review": f"联系人 {filled.PHONE}",
        "advice": filled.EMAIL,
    }
    form = filled.form("annual_summary")
    text = pdf_text(render_form(form, answers, {}, masked=masked, format="pdf"))

    assert (filled.PHONE in text, filled.EMAIL in text) == (not masked, not masked)
    assert ("138******00" in text) is masked
