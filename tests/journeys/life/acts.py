"""What everybody does before a class, in its order; each act by chat messages only."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import msgspec
from PIL import Image

from tests.commands.world import id_number
from tests.journeys.life.phones import Phone
from tests.journeys.life.stage import OTHER_PROVINCE, PROVINCE, Life
from tests.journeys.story import SCHEME


class Kind(msgspec.Struct, frozen=True):
    """A class of one level: who runs it, for how many days, and who may come."""

    level: str
    major: str
    days: int
    base: str
    base_kind: str
    title: str
    teachers: int


BACKBONE = ("周明", "吴静", "郑强", "王芳", "冯磊", "陈婷", "褚健", "卫国")
"""The roster, in the order in which the equal are recommended."""


@dataclass
class Cast:
    """Everybody with their phones; ``lecturers`` and ``assessors`` once they accepted."""

    kind: Kind
    centre: Phone
    province: Phone
    other_province: Phone
    base: Phone
    backbone: dict[str, Phone]
    code: str = ""
    lecturers: list[str] = field(default_factory=list)
    assessors: list[str] = field(default_factory=list)
    teachers: dict[str, Phone] = field(default_factory=dict)
    class_manager: Phone | None = None

    @property
    def staff(self) -> list[Phone]:
        """The phones of the lecturers and the assessors."""
        return [self.backbone[name] for name in (*self.lecturers, *self.assessors)]


async def take_up_roles(life: Life, first_code: str, kind: Kind) -> Cast:
    """Everybody takes their role up, each invited by the one above."""
    centre = await life.phone("centre")
    await centre.say(f"邀请码 {first_code}", "部指导中心管理员")
    province = await life.take_up("province", centre, f"邀请 省级管理员 {PROVINCE}")
    other = await life.take_up("other", centre, f"邀请 省级管理员 {OTHER_PROVINCE}")
    base = await life.take_up("base", province, f"邀请 基地 {kind.base}")
    backbone = {
        name: await life.take_up(name, centre, f"邀请 骨干教师 {name}")
        for name in BACKBONE
    }
    return Cast(kind, centre, province, other, base, backbone)


# ---- 培训信息报送 ----


async def call_for_plans(cast: Cast, due: date) -> None:
    """The centre calls; bases and provinces hear of it."""
    await cast.centre.say(
        f"征集 {due.year}年下半年 {due.month}月{due.day}日", "1 家培训机构和 1 个省"
    )
    await cast.centre.tap("确认", "征集发出去了")
    await cast.base.hears("征集")


async def report_plan(cast: Cast, opens_on: date) -> None:
    """One class planned by dialogue, handed in."""
    kind = cast.kind
    await cast.base.say("报送 加", "第 1/5 题")
    said = await cast.base.say_all(
        *(kind.level, kind.major, opens_on.isoformat(), "30", "全国")
    )
    assert "没有问题就提交" in said
    await cast.base.say("提交", "共 1 项")
    await cast.base.say("报送 交", "已交省里审核")


async def review_next(province: Phone, verdict: str, expect: str) -> str:
    """The province decides on what it was told of last; its number."""
    told = await province.hears(r"编号 ?(\d+)|(\d+) 号")
    found = re.search(r"编号 ?(\d+)|(\d+) 号", told.text)
    assert found is not None
    number = found[1] or found[2]
    await province.say(f"审核 {number} {verdict}", expect)
    return number


async def publish_plans(cast: Cast, period: str) -> None:
    """The centre publishes the national information; everybody gets it."""
    said = await cast.centre.say(f"汇总 {period} 发布", "草稿")
    number = re.search(r"(\d+) 号通知", said)
    assert number is not None
    await cast.centre.say(f"发布 {number[1]}", "已发布")
    await cast.base.hears("全国技工院校工学一体化教师培训信息")


# ---- 开班, 推荐骨干教师, 邀请函 ----


async def open_class(cast: Cast) -> str:
    """What stands in the plan is not asked again, and needs no review; the code."""
    await cast.base.say("开班", "计划里的只问没写过的")
    await cast.base.say("1", "第 5/7 题")
    await cast.base.say_all(cast.kind.title, "江南机电技师学院实训楼", "无")
    said = await cast.base.say("提交", "开班成立")
    found = re.search(r"\d{4}-[A-Z]{2}-\d\d", said)
    assert found is not None
    cast.code = found[0]
    await cast.province.hears("按计划开班")
    return cast.code


async def recommend(cast: Cast, *lecturers: str) -> None:
    """The base picks who lectures, with the reasons before it; assessors in their order."""
    await cast.base.say(f"推荐 {cast.code}", "考核 3 位.*按顺序推荐")
    for name in lecturers:
        await cast.base.say(f"推荐 {cast.code} 选 {name}", f"授课选了{name}")
    await cast.base.say(f"邀请函 {cast.code}", "现在给")
    await cast.base.tap("确认", "邀请函已发给")
    cast.lecturers = list(lecturers)


async def accept(cast: Cast, name: str) -> None:
    """Somebody who was invited comes."""
    phone = cast.backbone[name]
    invited = await phone.hears("【邀请函】")
    await phone.tap("接受")
    if "考核骨干教师" in invited.text and name not in cast.assessors:
        cast.assessors.append(name)
    await cast.base.hears(f"{name}答应|都答应了")


# ---- 方案, 招生 ----


async def write_scheme(cast: Cast) -> None:
    """The scheme by the base, with what a lecturer adds, filed with the province."""
    await cast.base.say(f"方案 {cast.code}", "《培训方案》")
    last = cast.kind.days
    days = (
        f"第1-{last - 2}天 工作页设计\n第{last - 1}天 过程性考核\n第{last}天 终结性考核"
    )
    courses = ("学习任务分析与策划", "工作页设计与编写")
    said = await cast.base.say_all(SCHEME[0], *courses, days, *SCHEME[3:])
    assert "没有问题就提交" in said, said
    await cast.base.say("提交", "存好了")


async def file_scheme(cast: Cast) -> None:
    """The scheme goes to the province."""
    await cast.base.say(f"方案 {cast.code} 报送", "已报省里审核")


async def call_for_applications(cast: Cast) -> None:
    """The 招生通知, shown and sent."""
    await cast.base.say(f"招生 {cast.code}", "草稿")
    await cast.base.tap("发布", "已发布")


# ---- 报名, 审核, 录取 ----


def photo(seed: int) -> bytes:
    """A photo somebody could have taken."""
    taken = io.BytesIO()
    picture = Image.effect_noise((600, 840), 60).convert("RGB")
    picture.paste((seed % 255, 90, 120), (0, 0, 40, 40))
    picture.save(taken, "JPEG")
    return taken.getvalue()


async def apply(cast: Cast, name: str, serial: int) -> None:
    """A teacher fills 附件1 in and hands it in."""
    phone, items = cast.teachers[name], "334342"
    await phone.say(f"报名 {cast.code}", "同意")
    await phone.tap("同意", "姓名")
    await phone.say(name)
    await phone.tap("同意", "身份证")
    await phone.say(id_number(serial), "民族")
    await phone.say(
        f"汉族，单位是江南机电技师学院，讲师，手机138{serial:08d}", "还差 2 项"
    )
    await phone.say(f"邮箱t{serial}@example.com，地址：江南省东湖市学院路18号")
    await phone.say("数控加工")
    await phone.tap("是")
    await phone.say_all(
        *("2024 年起参与撰写申报材料", "完成", "无", "否", "无"),
        *("本科 机械工程", "数控车工技师，2019 年", "无", items, "无"),
        expect="一寸照片",
    )
    await phone.send_image(photo(serial), "正在检查")
    await phone.hears("照片可以用")
    await phone.tap("同意", "声明|签名|姓名")
    await phone.say(name, "没有问题就提交")
    await phone.say("提交", r"编号 \d+")


async def admit(cast: Cast, names: Sequence[str]) -> None:
    """The base passes applications; the stamped page comes, and the letter goes out."""
    said = await cast.base.say(f"报名 {cast.code}")
    numbers = dict(_listed(said))
    for name in names:
        await cast.base.say(f"审核 {numbers[name]} 通过", "待盖章|通过")
    for name in names:
        phone = cast.teachers[name]
        await phone.hears("还差盖章")
        await phone.send_image(photo(7))
    await asyncio.gather(*(cast.teachers[name].hears("录取") for name in names))


def _listed(said: str) -> list[tuple[str, str]]:
    """Name and number of each application in a list of the base."""
    return [
        (name, number) for number, name in re.findall(r"(\d+) 号? ?(\w{2,4})", said)
    ]
