"""The two official forms say, word for word, what the paper says (附件1, 附件2)."""

from __future__ import annotations

import pytest

from conversations.forms.book import load_book
from conversations.forms.schema import Field, Form

APPLICATION = load_book().get("application", 1)
EVALUATION = load_book().get("evaluation", 1)

# As the paper numbers and prints them, in the order of the paper; a colon at
# the end of a printed label belongs to the paper's layout.
APPLICATION_LABELS = [
    ("", "申请人姓名"),
    ("", "申请专业大类"),
    ("", "申请培训级别"),
    ("1", "性别"),
    ("2", "年龄"),
    ("3", "民族"),
    ("4", "身份证号码"),
    ("", "1寸照片"),
    ("5", "单位名称"),
    ("6", "职称/职务"),
    ("7", "手机"),
    ("8", "电子邮件"),
    ("9", "通信地址"),
    ("10", "教育背景"),
    ("11", "职业技能水平情况"),
    ("12", "相关竞赛获奖情况"),
    ("13", "目前所在专业"),
    ("14", "是否为第一阶段申报专业"),
    (
        "15",
        "简要介绍您在工学一体化院校建设和专业建设等方面承担的工作（如撰写过工学一体化专业申报材料等，请写明时间、具体承担的工作、工作成效及证明人等）",
    ),
    (
        "16",
        "简要介绍您在工学一体化教学方面承担过的工作（请写明教授专业、教授课程、教授学生所在阶段等）",
    ),
    ("17", "是否参加过2013年起我部组织的各类工学一体化相关的教师培训"),
    ("17", "请写明时间、地点、专业"),
    (
        "18",
        "是否参与过部、省、市或院校组织的工学一体化相关技术开发工作（如参与过工学一体化课程标准开发或转化等，请写明具体时间、具体承担任务、证明人等）",
    ),
    (
        "19",
        "请您对自己的工学一体化相关能力做一个评价（请对应自己即将参加的培训级别的内容打“√”评价）",
    ),
    ("20", "请写明您对本次培训在教学和保障方面的需求"),
    ("", "申请人声明"),
    ("", "申请人签名"),
    ("", "工作单位意见"),
]

EVALUATION_LABELS = [
    ("1", "您对下列内容的了解程度（请对应参加的培训级别的内容打“√”评价）"),
    ("2", "请指出您是否对上述问题需要后续培训"),
    ("2", "如果是，您需要"),
    ("3.1", "骨干教师1（请填写姓名及分工课程）"),
    ("3.1", "分工课程"),
    ("3.1.7", "其他（请具体指出）"),
    ("3.2", "骨干教师2（请填写姓名及分工课程）"),
    ("3.2", "分工课程"),
    ("3.2.7", "其他（请具体指出）"),
    ("4", "您对培训基地（或师资研修中心）环境及保障服务的评价"),
    ("4.3", "其他（请具体指出）"),
    (
        "5",
        "您在培训期间提出的问题、意见和建议是否得到主办方和授课骨干教师的答复？",
    ),
    ("5", "具体问题是"),
    ("6", "您在培训期间与其他参训教师交流经验和问题的机会是否充分？"),
    ("6", "您认为可以怎样提高和改进学员学习交流的机会"),
    ("7", "授课骨干教师是否对您的过程性考核成果提出了有用的反馈意见？"),
    (
        "8",
        "考核骨干教师在终结性考核过程中是否严格按照教师培训标准进行考核，并体现公平公正？",
    ),
    ("9", "考核骨干教师是否对您的终结考核成果提出了有用的反馈意见？"),
    ("10", "您是否有信心将培训所学应用到工作及教学实践中？"),
    ("10", "您觉得哪方面还有欠缺"),
    ("11", "您参加此次培训的最大收获是什么？请简要列出。"),
    (
        "12",
        "您对回到工作岗位开展工学一体化工作和教学实践还希望获得哪些实质性的支持和帮助？请具体列出。",
    ),
    ("13", "您对工学一体化教师培训还有哪些意见和建议？"),
]

ITEMS = {
    "一级": [
        ("工学一体化课程标准转化与设计", "课程标准校本转化"),
        ("工学一体化课程标准转化与设计", "课程学习任务设计"),
        ("工学一体化课程考核方案设计", "课程考核方案设计"),
        ("工学一体化课程考核方案设计", "终结性考核试题设计"),
        ("工学一体化教师教学工作指导", "教师专业技能指导"),
        ("工学一体化教师教学工作指导", "教师教学实施指导"),
    ],
    "二级": [
        ("工学一体化学习任务分析与策划", "学习任务分析"),
        ("工学一体化学习任务分析与策划", "学习任务教学活动策划"),
        ("工学一体化学习任务考核设计", "学习任务考核设计"),
        ("工学一体化学习任务教学资源开发", "学习任务工作页设计与编写"),
        ("工学一体化学习任务教学资源开发", "学习任务信息页设计与编写"),
        ("工学一体化示范课设计与实施", "一体化示范课设计与实施"),
    ],
    "三级": [
        ("工学一体化课程教学实施", "课程教学进度计划编制"),
        ("工学一体化课程教学实施", "学习任务教学活动设计"),
        ("工学一体化课程教学实施", "课堂教学活动组织与实施"),
        ("工学一体化课程考核实施", "学习任务过程性考核实施"),
        ("工学一体化课程考核实施", "课程终结性考核组织与实施"),
        ("教学场所使用管理", "教学场地和设施使用管理"),
    ],
}

LECTURER_ITEMS = [
    "授课结构是否清晰，表达逻辑是否准确",
    "授课内容是否包括了教师培训标准中该级别应教授的所有内容",
    "教学方法是否恰当满足教学需求，是否有创新点",
    "是否有足够的互动，并有效激励学员",
    "培训时间管理是否把控得当",
    "培训过程中是否遵守法律法规和职业道德，尊重、关心学员，为人师表",
]

CHOICES = {
    ("application", "first_phase"): ["是", "否"],
    ("application", "education"): ["博士", "硕士", "本科", "大专及以下"],
    ("application", "trained"): ["是", "否"],
    ("evaluation", "follow_up"): ["是", "否"],
    ("evaluation", "follow_up_kinds"): ["个人辅导", "小组辅导", "其他（请说明）"],
    ("evaluation", "answered"): ["所有（3分）", "部分（2分）", "没有（1分）"],
    ("evaluation", "exchange"): ["充分（3分）", "比较充分（2分）", "不充分（1分）"],
    ("evaluation", "process_feedback"): ["有（3分）", "一些（2分）", "完全没有（1分）"],
    ("evaluation", "assessors_fair"): ["是（3分）", "还可以（2分）", "完全没有（1分）"],
    ("evaluation", "final_feedback"): ["有（3分）", "一些（2分）", "完全没有（1分）"],
    ("evaluation", "confidence"): ["有（3分）", "不充分（2分）", "完全没有（1分）"],
}

DECLARATION = (
    "我承诺填写内容真实准确。在培训期间，我将保证全程参加，并按照授课和考核骨干教师及教师培训基地"
    "（或师资研修中心）要求，认真并按时完成作业成果等考核任务。培训结束后，我将按照工学一体化教师培训"
    "标准，将工学一体化教师培训所学内容应用到工学一体化实践教学中。"
)
OPINION = (
    "我单位同意推荐该同志参加工学一体化教师培训，并支持其在培训期间全程参与，"
    "按时保质完成相关培训及考核任务。"
)


def field(form: Form, id_: str) -> Field:
    return next(one for one in form.fields if one.id == id_)


def printed_choices(one: Field) -> list[str]:
    labels = [choice.label for choice in one.choices]
    return labels[::-1] if one.descending else labels


@pytest.mark.parametrize(
    ("form", "labels"),
    [(APPLICATION, APPLICATION_LABELS), (EVALUATION, EVALUATION_LABELS)],
    ids=["application", "evaluation"],
)
def test_the_form_has_the_labels_of_the_paper_and_no_others(
    form: Form, labels: list[tuple[str, str]]
) -> None:
    ours = {(one.number, one.label) for one in form.fields}
    assert ours == set(labels)


def test_titles_are_those_of_the_paper() -> None:
    assert [(form.annex, form.title) for form in (APPLICATION, EVALUATION)] == [
        ("附件1", "工学一体化教师培训参训申请表"),
        ("附件2", "工学一体化教师培训结束评估表"),
    ]


@pytest.mark.parametrize(
    ("form", "prefix"), [(APPLICATION, "ability"), (EVALUATION, "understanding")]
)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_the_six_items_are_those_of_the_applied_level(
    form: Form, prefix: str, place: int
) -> None:
    level = tuple(ITEMS)[place - 1]
    one = field(form, f"{prefix}_{place}")
    assert [(item.group, item.label) for item in one.items] == ITEMS[level]
    assert [(rule.context, rule.equals) for rule in one.when] == [("level", (level,))]


def test_the_items_of_the_evaluation_are_numbered_through() -> None:
    numbers = [
        item.number
        for place in (1, 2, 3)
        for item in field(EVALUATION, f"understanding_{place}").items
    ]
    assert numbers == [f"1.{number}" for number in range(1, 19)]


@pytest.mark.parametrize("place", [1, 2])
def test_each_lecturer_has_six_items(place: int) -> None:
    one = field(EVALUATION, f"lecturer_{place}_marks")
    assert [(item.number, item.label) for item in one.items] == [
        (f"3.{place}.{number}", label)
        for number, label in enumerate(LECTURER_ITEMS, start=1)
    ]


def test_the_second_lecturer_is_asked_only_when_there_is_one() -> None:
    conditions = {
        one.id: [(rule.context, rule.equals) for rule in one.when]
        for one in EVALUATION.fields
        if one.id.startswith("lecturer_2")
    }
    assert len(conditions) == 4
    assert set(map(str, conditions.values())) == {"[('lecturer_2', ())]"}


def test_the_surroundings_have_their_two_items_and_the_line_above_three() -> None:
    items = field(EVALUATION, "support").items
    assert [(item.number, item.label) for item in items] == [
        ("4.1", "培训环境及食宿条件"),
        ("4.2", "保障服务"),
    ]
    assert field(EVALUATION, "lecturer_1").heading == "3.您对两位授课骨干教师的评价"


@pytest.mark.parametrize(("where", "labels"), CHOICES.items(), ids=str)
def test_choices_stand_as_the_paper_prints_them(
    where: tuple[str, str], labels: list[str]
) -> None:
    form, id_ = where
    assert printed_choices(field(load_book().newest(form), id_)) == labels


def test_the_ability_scale_is_that_of_the_paper() -> None:
    for place in (1, 2, 3):
        choices = field(APPLICATION, f"ability_{place}").choices
        assert [(choice.value, choice.label) for choice in choices] == [
            ("1", "较差"),
            ("2", "一般"),
            ("3", "较好"),
            ("4", "很好"),
        ]


def test_the_lowest_mark_asks_for_words() -> None:
    asked = {
        one.when[0].field: (one.id, one.when[0].equals)
        for one in EVALUATION.fields
        if one.id.endswith("_detail")
    }
    assert asked == {
        "answered": ("answered_detail", ("1",)),
        "exchange": ("exchange_detail", ("1",)),
        "confidence": ("confidence_detail", ("1",)),
    }


def test_declaration_and_opinion_are_in_full() -> None:
    assert field(APPLICATION, "declaration").text == DECLARATION
    assert field(APPLICATION, "unit_opinion").text == OPINION


def test_the_application_is_asked_part_by_part() -> None:
    parts = [part.id for part in APPLICATION.parts]
    assert [part.title for part in APPLICATION.parts] == [
        "基本信息", "工作", "学历", "能力", "照片和签名",
    ]  # fmt: skip
    places = [parts.index(one.part) for one in APPLICATION.fields]
    assert places == sorted(places)
