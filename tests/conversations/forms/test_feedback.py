"""附件3 and 附件4 say, word for word, what the paper says, and ask whom it asks."""

from __future__ import annotations

from datetime import date

import pytest

from conversations.engine.way import questions
from conversations.forms.book import load_book
from conversations.forms.schema import Field, Form
from conversations.model import Answer, Draft

BACKBONE = load_book().get("backbone_feedback", 1)
INSTITUTION = load_book().get("institution_feedback", 1)
BASE = "教师培训基地（或师资研修中心）"

BACKBONE_LABELS = [
    (
        "1.1",
        f"{BASE}是否在开班前与授课骨干教师按照工学一体化教师培训标准中的参训条件进行审核？",
    ),
    ("1.2", f"{BASE}是否在开班前向授课骨干教师咨询开班注意事项及技术要求?"),
    ("1.3", f"{BASE}是否在开班前准备好所有培训材料？"),
    ("1.4", f"{BASE}在培训过程中是否派班主任全程跟班，辅助教学及考核工作?"),
    ("1.5", f"{BASE}是否举办了开班式?"),
    ("1.6", f"{BASE}是否举办了结业式?"),
    ("1.7", f"{BASE}是否提前与考核骨干教师沟通终结性考核具体安排？"),
    (
        "1.8",
        f"{BASE}是否及时将本次培训的教师信息及终结性考核所需材料发给考核骨干教师?",
    ),
    ("1.9", f"{BASE}是否干预骨干教师对考勤及考核结果的评分？"),
    ("1.10", f"{BASE}是否了解工学一体化教师培训组织实施技术规程等管理要求?"),
    ("1.11", f"如何评价{BASE}对本次培训所提供的工作支持和后勤保障?"),
    (
        "2.1",
        "搭档骨干教师是否在授课前或考核前沟通培训考核方案、授课或考核分工等细节安排？",
    ),
    (
        "2.2",
        "搭档骨干教师是否按照教师培训标准及组织实施技术规程执行授课或考核任务?",
    ),
    ("2.3", "您对搭档骨干教师授课或考核水平的评价?"),
    ("2.4", "您对搭档骨干教师合作情况的评价?"),
    ("3", "您在授课或考核过程中遇到哪些困难，有哪些建议？"),
    ("4", "您认为部中心开展工学一体化教师培训管理服务工作需要完善的地方："),
]
INSTITUTION_LABELS = [
    (
        "1",
        f"授课骨干教师是否在开班前与{BASE}按照工学一体化教师培训标准中的参训条件进行审核？",
    ),
    ("2", f"授课骨干教师是否在开班前与{BASE}沟通，讲解注意事项及技术要求?"),
    ("3", f"授课骨干教师是否为{BASE}提供了本次培训方案及考核方案?"),
    ("4", f"授课骨干教师是否指导{BASE}准备培训材料?"),
    (
        "5",
        "授课骨干教师是否按照工学一体化教师培训标准课执行培训授课及过程性考核任务?",
    ),
    ("6", "授课骨干教师是否及时与班主任沟通对接工作？"),
    ("7", f"考核骨干教师是否提前与{BASE}沟通终结性考核具体安排？"),
    ("8", "考核骨干教师是否及时了解参训教师信息及终结性考核所需材料?"),
    ("9", "骨干教师是否按要求如实填写工学一体化教师培训成绩单?"),
    ("10", "骨干教师是否了解工学一体化教师培训组织实施技术规程等管理要求?"),
    ("11", "授课骨干教师1（请写姓名）"),
    ("11", "授课骨干教师2（请写姓名）"),
    ("11", "考核骨干教师3（请写姓名）"),
    ("11", "考核骨干教师4（请写姓名）"),
    ("11", "考核骨干教师5（请写姓名）"),
    ("12", "您在组织培训过程中遇到哪些困难，有哪些建议？"),
    ("13", "您认为部中心开展工学一体化教师培训管理服务工作需要完善的地方："),
]
# The words beside the box that asks for a text, by the number of the question.
DETAILS = {
    "backbone_feedback": {"1.8": "请说明具体情况", "1.10": "请说明具体情况"},
    "institution_feedback": {
        "8": "请说明具体情况",
        "9": "请说明原因",
        "10": "请说明具体情况",
    },
}
ASKED_ON_YES = {"backbone_feedback": {"1.7", "1.9"}, "institution_feedback": set()}


def field(form: Form, id_: str) -> Field:
    return next(one for one in form.fields if one.id == id_)


def is_detail(one: Field) -> bool:
    return one.id.endswith("_detail")


@pytest.mark.parametrize(
    ("form", "labels"),
    [(BACKBONE, BACKBONE_LABELS), (INSTITUTION, INSTITUTION_LABELS)],
    ids=["backbone", "institution"],
)
def test_the_labels_are_those_of_the_paper_in_its_order(
    form: Form, labels: list[tuple[str, str]]
) -> None:
    ours = dict.fromkeys(
        (one.number, one.label)
        for one in form.fields
        if not is_detail(one) and one.kind != "fixed"
    )
    by_number = sorted(
        ours, key=lambda pair: [int(part) for part in pair[0].split(".")]
    )
    assert by_number == labels


def test_titles_and_headings_are_those_of_the_paper() -> None:
    assert [(form.annex, form.title) for form in (BACKBONE, INSTITUTION)] == [
        ("附件3", "工学一体化教师培训骨干教师反馈表"),
        ("附件4", "工学一体化教师培训机构反馈表"),
    ]
    assert field(BACKBONE, "seat").heading == f"1.请对{BASE}进行评价"
    assert field(BACKBONE, "partner_1").heading == "2.请对搭档骨干教师进行评价"
    assert (
        field(INSTITUTION, "lecturer_1").heading
        == "11.请评价骨干教师在本次培训授课及考核任务中的表现?"
    )


@pytest.mark.parametrize("form", [BACKBONE, INSTITUTION], ids=lambda one: one.form)
def test_every_yes_or_no_asks_for_words_where_the_paper_does(form: Form) -> None:
    asked = [one for one in form.fields if one.kind == "yes_no"]
    for one in asked:
        detail = field(form, f"{one.id}_detail")
        on = "yes" if one.number in ASKED_ON_YES[form.form] else "no"
        said = DETAILS[form.form].get(one.number, "请说明情况")
        assert [choice.label for choice in one.choices] == ["是", "否"]
        assert (detail.number, detail.label, detail.optional) == (
            one.number,
            said,
            False,
        )
        assert [(rule.field, rule.equals) for rule in detail.when] == [(one.id, (on,))]


@pytest.mark.parametrize("form", [BACKBONE, INSTITUTION], ids=lambda one: one.form)
def test_marks_stand_as_the_paper_prints_them(form: Form) -> None:
    for one in form.fields:
        if one.kind == "choice":
            printed = [choice.label for choice in reversed(one.choices)]
            assert printed == ["很好（3分）", "一般（2分）", "很差（1分）"]
            assert one.descending


def numbers(form: Form, context: dict[str, str], *given: str) -> list[str]:
    """The numbers that are asked when ``given`` fields were answered 是."""
    draft = Draft(
        id="d",
        form=form.form,
        version=1,
        subject="2026-NC-02",
        context=context,
        started_on=date(2026, 6, 28),
        answers={one: Answer("yes") for one in given},
    )
    return list(dict.fromkeys(one.number for one in questions(form, draft)))


def test_who_taught_fills_all_but_two_who_assessed_from_one_six() -> None:
    rest = ["2.1", "2.2", "2.3", "2.4", "3", "4"]
    taught = numbers(BACKBONE, {"duty": "授课", "partner_1": "赵敏"})
    assessed = numbers(BACKBONE, {"duty": "考核", "partner_1": "赵敏"})

    assert taught == [
        *(f"1.{n}" for n in range(1, 7)), "1.9", "1.10", "1.11", *rest,
    ]  # fmt: skip
    assert assessed == [*(f"1.{n}" for n in range(6, 12)), *rest]


def test_each_partner_is_marked_twice_and_none_when_there_is_none() -> None:
    def marked(**partners: str) -> list[str]:
        draft = Draft(
            id="d",
            form=BACKBONE.form,
            version=1,
            subject="2026-NC-02",
            context={"duty": "考核", **partners},
            started_on=date(2026, 6, 28),
        )
        return [
            one.id
            for one in questions(BACKBONE, draft)
            if one.id.startswith("partner_")
        ]

    assert marked() == []
    assert marked(partner_1="孙丽", partner_2="周明") == [
        "partner_1_level",
        "partner_1_cooperation",
        "partner_2_level",
        "partner_2_cooperation",
    ]
