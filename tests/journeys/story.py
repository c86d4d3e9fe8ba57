"""A class from its opening to who is admitted, as people live it on any channel."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Protocol

import aiohttp
from PIL import Image

from bot.clock import SystemClock, civil
from tests.channels.official_account.platform import Answer
from tests.commands.world import id_number
from tests.journeys.running import BASE, PROVINCE

NAME, ID_NUMBER, PHONE, EMAIL = (
    *("林晓梅", id_number(456)),
    *("13800138046", "linxm@example.com"),
)
PHOTO = "media-of-a-photo"


class Talker(Protocol):
    """Somebody who says things and is answered."""

    async def say(self, text: str) -> str:
        """Say something."""

    async def say_all(self, *texts: str) -> str:
        """Say things one after the other; what the last was answered."""


class Person(Talker, Protocol):
    """Somebody on a channel. What they do returns what they were answered."""

    @property
    def last(self) -> Answer | None:
        """What they read last."""

    async def say_twice(self, text: str) -> tuple[bytes, bytes]:
        """Say something that is delivered twice: both replies."""

    async def tap(self, label: str) -> str:
        """Take a choice that they are offered."""

    async def send_photo(self, media_id: str) -> str:
        """Send a picture that the platform keeps under this id."""

    async def hears(self, pattern: str) -> str:
        """The next push that matches, waited for."""


def photo() -> bytes:
    """A photo somebody could have taken."""
    taken = io.BytesIO()
    Image.effect_noise((600, 840), 60).convert("RGB").save(taken, "JPEG")
    return taken.getvalue()


def codes(said: str) -> str:
    """The invitation code in a text."""
    found = re.search(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    assert found is not None
    return found[0]


async def take_up_roles(
    first_code: str, centre: Person, province: Person, base: Person
) -> None:
    """The centre by the operator's code, the others each by the one above."""
    assert "部指导中心" in await centre.say(f"邀请码 {first_code}")
    code = codes(await centre.say(f"邀请 省级管理员 {PROVINCE}"))
    assert PROVINCE in await province.say(f"邀请码 {code}")
    code = codes(await province.say(f"邀请 基地 {BASE}"))
    assert BASE in await base.say(f"邀请码 {code}")
    assert "没有用" not in await base.say("帮助")


async def open_class(base: Person, province: Person) -> str:
    """The base applies to open a class, the province approves; the class's code."""
    opens_on = civil(SystemClock().now()) + timedelta(days=60)
    said = await base.say_all(
        *("开班", "二级", "机械类", opens_on.isoformat(), "30", "全国"),
        *("两所学校新增数控专业", "数控加工二级班", "东湖校区实训楼", "无"),
    )
    assert "没有问题就提交" in said
    code = re.search(r"\d{4}-[A-Z]{2}-\d\d", await base.say("提交"))
    assert code is not None
    await approve_off_plan(province)
    await base.hears("审核通过|已通过")
    return code[0]


async def approve_off_plan(province: Person) -> None:
    """The province approves a class off the plan, with the stamped page."""
    asked = re.search(r"编号 (\d+)", await province.hears("审核吗"))
    assert asked is not None
    assert "盖章扫描件" in await province.say(f"审核 {asked[1]} 通过")
    await province.send_photo(PHOTO)
    await province.hears("盖章扫描件收到了")


async def approve_next(province: Person) -> None:
    """The province approves what it was just told of."""
    asked = re.search(r"编号 (\d+)", await province.hears("审核吗"))
    assert asked is not None
    assert "已通过" in await province.say(f"审核 {asked[1]} 通过")


SCHEME = (
    *("能独立完成一个学习任务的教学设计", "第1天 上午 开班；下午 标准解读"),
    *("第2-7天 工作页设计\n第8天 过程性考核\n第9天 终结性考核", "完成"),
    *("第 8 天分组展示，两位授课教师评分", "说课", "每人说课 15 分钟，线上评分"),
    *("指导手册、工作页样例", "实训楼 301 一体化教室", "校内公寓双人间"),
    *("开班前一天", "14:00 至 18:00，培训楼大厅", "身份证、笔记本电脑"),
    "培训部 0510-81234567",
)
"""What a base without lecturers yet says of its scheme, question by question."""


async def write_scheme(base: Talker, code: str) -> None:
    """The scheme by dialogue; kept, not yet handed in."""
    assert "《培训方案》" in await base.say(f"方案 {code}")
    assert "没有问题就提交" in await base.say_all(*SCHEME)
    assert "存好了" in await base.say("提交")


async def call_for_applications(
    base: Person, province: Person, teacher: Person, code: str
) -> None:
    """The scheme is filed and passed, the 招生通知 shown and sent."""
    await write_scheme(base, code)
    assert "已报省里审核" in await base.say(f"方案 {code} 报送")
    await approve_next(province)
    assert "草稿" in await base.say(f"招生 {code}")
    assert "已发布" in await base.tap("发布")
    assert "/n/" in await teacher.hears("招生通知")


async def fill_in(teacher: Person, code: str) -> None:
    """The whole form but the photo, some of it several answers at once."""
    await teacher.say(f"报名 {code}")
    await teacher.tap("同意")
    await teacher.say(NAME)
    await teacher.tap("同意")
    assert ID_NUMBER not in await teacher.say(ID_NUMBER)
    said = await teacher.say(f"汉族，单位是江南机电技师学院，讲师，手机{PHONE}")
    assert "还差 2 项：邮箱、地址" in said
    await teacher.say(f"邮箱{EMAIL}，地址：江南省东湖市学院路18号")
    await teacher.say("数控加工")
    await teacher.tap("是")
    said = await teacher.say_all(
        *("2024 年起参与撰写申报材料", "完成", "无", "否", "无"),
        *("本科 机械工程", "数控车工技师，2019 年", "无", "334342", "无"),
    )
    assert "一寸照片" in said


async def hand_in(teacher: Person, session: aiohttp.ClientSession) -> str:
    """The photo from the platform, the form as a picture, 提交; the number."""
    assert "正在检查" in await teacher.send_photo(PHOTO)
    await teacher.hears("照片可以用")
    await teacher.tap("同意")
    assert "没有问题就提交" in await teacher.say(NAME)
    await teacher.hears(r"\[image\]")
    first, again = await teacher.say_twice("提交")
    assert first == again
    assert teacher.last is not None
    said = teacher.last.shown
    link = re.search(r"http\S+/d/\S+", said)
    assert link is not None
    async with session.get(link[0]) as response:
        assert (await response.read()).startswith(b"%PDF")
    number = re.search(r"编号 (\d+)", said)
    assert number is not None
    return number[1]


async def decide(base: Person, teacher: Person, number: str, code: str) -> None:
    """The base is told, looks, passes; the stamped page comes as a picture."""
    await base.hears("有新的报名")
    assert NAME in await base.say(f"报名 {code}")
    assert NAME in await base.say(f"查看 {number}")
    assert "待盖章" in await base.say(f"审核 {number} 通过")
    await teacher.hears("审核通过，还差盖章")
    await teacher.send_photo(PHOTO)
    await teacher.hears("正式录取您")
    assert "已录取 1" in await base.say(f"统计 {code}")
    await base.hears(r"\[image\]")
