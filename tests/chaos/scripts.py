"""What teachers say, word by word, and what must lie in the database for it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from tests.chaos.talkers import Say
from tests.chaos.world import PHOTO
from tests.commands.world import checked

_SURNAMES = "李王张刘陈杨赵黄周吴徐孙马朱胡"
_GIVEN = ("晓梅", "建国", "志强", "海燕", "文博", "雪", "一鸣", "思远", "春华", "立")
_MAJORS = ("数控加工", "模具制造", "机床切削加工", "焊接加工")
_WORKS = (
    "2024 年 3 月起参与撰写数控加工专业工学一体化申报材料，负责课程部分",
    "2023 年秋季承担《零件数控车床加工》教学，高级工阶段二年级",
    "参与校本教材编写，主笔三个学习任务的工作页",
    "带学生参加市级技能竞赛，获二等奖一项",
    "证明人：教务处王老师",
)
_ITEMS = (
    *("task_analysis", "activity_planning", "task_assessment"),
    *("worksheet", "information_sheet", "model_lesson"),
)
_DEGREES = {"本科": "bachelor", "硕士": "master"}


@dataclass(frozen=True)
class Teacher:
    """Somebody with everything they say; the photo is waited for in between.

    ``answers`` are those of the form as they must be kept, without the photo.
    """

    openid: str
    name: str
    before_photo: tuple[Say, ...]
    photo: Say
    after_photo: tuple[Say, ...]
    answers: dict[str, str | dict[str, str]]


class _Writer:
    """Writes down what is said, and what it has to become."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.lines: list[Say] = []
        self.answers: dict[str, str | dict[str, str]] = {}

    def say(self, text: str, expect: str) -> None:
        self.lines.append(Say(text, expect))

    def answer(
        self, field: str, text: str, expect: str, kept: str | dict[str, str] = ""
    ) -> None:
        self.say(text, expect)
        self.answers[field] = kept or text

    def long(self, field: str, expect: str) -> None:
        """A text in one to four pieces, or none at all."""
        count = self.dice.randint(0, 4)
        pieces = self.dice.sample(_WORKS, count)
        for number, piece in enumerate(pieces, 1):
            self.say(piece, f"收到（第 {number} 段）")
        self.say("完成" if pieces else "无", expect)
        self.answers[field] = "\n".join(pieces) if pieces else "无"


def write_teacher(dice: random.Random, serial: int, class_code: str) -> Teacher:
    """A teacher nobody else is like, who applies to a class."""
    name = dice.choice(_SURNAMES) + dice.choice(_GIVEN)
    writer = _Writer(dice)
    _basics(writer, name, serial, class_code)
    _work(writer)
    _education(writer)
    before = tuple(writer.lines)
    writer.lines = []
    writer.answer("declaration", "同意", "打上您的姓名作为签名", "agreed")
    writer.answer("signature", name, "没有问题就提交")
    writer.say("提交", r"编号 \d+")
    return Teacher(
        openid=f"oTeacher{serial:020d}",
        name=name,
        before_photo=before,
        photo=Say("", "照片收到", media=PHOTO),
        after_photo=tuple(writer.lines),
        answers=writer.answers,
    )


def _basics(writer: _Writer, name: str, serial: int, class_code: str) -> None:
    number = checked(f"110101{1975 + serial % 20}0307{serial:03d}")
    phone = f"138{serial:08d}"
    # A command that runs in a transaction of its own.
    writer.say("通知", "通知")
    writer.say(f"报名 {class_code}", "您的信息怎么用")
    writer.say("同意", "您的姓名是")
    writer.answer("name", name, "单独征得您同意")
    writer.say("1", "身份证号码？")
    writer.answer("id_number", number, "民族")
    writer.answer("ethnicity", "汉", "在哪个单位", "汉族")
    writer.answer("unit", f"江南第 {serial} 技师学院", "职称或职务")
    writer.answer("title", writer.dice.choice(("讲师", "高级讲师")), "手机号码")
    writer.answer("phone", phone, "电子邮箱")
    writer.answer("email", f"t{serial}@example.com", "通信地址")
    writer.answer("address", f"江南省东湖市学院路 {serial} 号", "哪个专业任教")


def _work(writer: _Writer) -> None:
    dice = writer.dice
    writer.answer("current_major", dice.choice(_MAJORS), "第一阶段申报")
    first = dice.randint(1, 2)
    writer.answer("first_phase", str(first), "承担过哪些工作", ("yes", "no")[first - 1])
    writer.long("school_work", "一体化教学方面")
    writer.long("teaching_work", "教师培训吗")
    if dice.random() < 0.5:
        writer.answer("trained", "是", "哪一次", "yes")
        writer.answer("trained_detail", "2021 年 7 月，杭州，数控加工", "技术开发")
    else:
        writer.answer("trained", "2", "技术开发", "no")
    writer.long("development_work", "学历和所学专业")


def _education(writer: _Writer) -> None:
    dice = writer.dice
    degree = dice.choice(tuple(_DEGREES))
    kept = {_DEGREES[degree]: "机械工程"}
    writer.answer("education", f"{degree} 机械工程", "职业技能水平", kept)
    writer.answer("skill_level", "数控车工技师，2019 年", "竞赛获奖")
    writer.answer("awards", "没有", "打分", "无")
    marks = "".join(dice.choices("1234", k=len(_ITEMS)))
    writer.answer(
        "ability_2", marks, "有什么需求", dict(zip(_ITEMS, marks, strict=True))
    )
    writer.long("needs", "一寸照片")
