"""What everybody does during a class and after it; each act by chat messages only."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.journeys.life.acts import Cast, photo
from tests.journeys.life.stage import Life

_EVALUATION = (
    *("332323", "否", "333323", "无", "都3", "讲得很清楚", "33", "无"),
    *("3", "3", "3", "3", "3", "3", "学会了设计工作页", "完成", "无", "跳过", "1"),
)
_TAUGHT = (
    *("是", "是", "是", "是", "是", "是", "否", "是", "很好"),
    *("是", "是", "很好", "很好", "无", "无", "提交"),
)
_ASSESSED = (
    *("是", "否", "是", "否", "是", "很好", "是", "是"),
    *("很好", "很好", "很好", "很好", "无", "无", "提交"),
)


async def learn_needs(cast: Cast) -> None:
    """Both lecturers read what those admitted need."""
    first, last = (cast.backbone[name] for name in cast.lecturers)
    await first.say(f"需求 {cast.code}", "还等")
    await last.say(f"需求 {cast.code}", "需求分析这一步办结")


async def appoint_class_manager(life: Life, cast: Cast) -> None:
    """The base invites who runs the class from day to day."""
    phone = await life.take_up("manager", cast.base, f"邀请 班主任 {cast.code}")
    cast.class_manager = phone


async def call_the_roll(cast: Cast, said: str) -> None:
    """A day's attendance in one message."""
    assert cast.class_manager is not None
    await cast.class_manager.say(f"考勤 {cast.code} {said}", "8 课时：应到")


async def hand_in_works(cast: Cast) -> None:
    """Everybody hands in what they made: as a text, or as a picture."""
    first, *others = cast.teachers.items()
    await first[1].say(f"成果 {cast.code} 一份工作页的设计稿", "收到")
    for _, phone in others:
        await phone.say("成果", "从这里上传")
        await phone.send_image(photo(9), "正在存")
        await phone.hears("学习成果")


async def score(cast: Cast, names: Sequence[str], marks: str, expect: str) -> None:
    """Each of these gives the same marks, in one message."""
    *most, last = (cast.backbone[name] for name in names)
    for phone in most:
        await phone.say(f"评分 {cast.code} {marks}", "记下")
    await last.say(f"评分 {cast.code} {marks}", expect)


async def evaluate(cast: Cast) -> None:
    """Every teacher fills 附件2 in."""
    for phone in cast.teachers.values():
        await phone.say(f"评估 {cast.code}", "第 1/17 题")
        await phone.say_all(*_EVALUATION, expect="谢谢|收到")


async def give_feedback(cast: Cast) -> None:
    """附件3 by the five, 附件4 by the base."""
    for name in cast.lecturers:
        await cast.backbone[name].say_all(f"反馈 {cast.code}", *_TAUGHT, expect="收到")
    for name in cast.assessors:
        await cast.backbone[name].say_all(
            f"反馈 {cast.code}", *_ASSESSED, expect="收到"
        )
    answers = (*("是",) * 10, *("很好",) * 5, "无", "无", "提交")
    await cast.base.say_all(f"反馈 {cast.code}", *answers, expect="收到")


async def issue_certificates(life: Life, cast: Cast) -> None:
    """Who passed gets a certificate that anybody can verify."""
    await cast.base.say(f"证书 {cast.code}", "可以发证")
    await cast.base.tap("发放")
    await asyncio.gather(
        *(phone.hears("证书") for phone in cast.teachers.values()),
    )


async def send_transcript(cast: Cast) -> None:
    """The base looks at 附件5 and confirms; province and centre get it."""
    await cast.base.say(f"成绩单 {cast.code}", "第 1 版")
    await cast.base.tap("确认报送", "已报送省里和部中心")
    await asyncio.gather(
        *(phone.hears("成绩单") for phone in (cast.province, cast.centre))
    )


async def sum_the_year_up(cast: Cast) -> None:
    """附件6: its figures are there, its two texts are written."""
    said = await cast.base.say("总结")
    assert "1" in said
    await cast.base.say("总结 填写", "第 1/2 题")
    await cast.base.say_all(
        *("开了一个班，围绕工作页设计开展研讨。", "完成"),
        *("建议统一开发分专业的案例库。", "完成"),
        expect="没有问题就提交",
    )
    await cast.base.say("提交", "总结")


async def file_away(cast: Cast) -> None:
    """The base makes the archive; province and centre get it."""
    await cast.base.say(f"归档 {cast.code}")
    await cast.base.tap("确认")
    await asyncio.gather(
        *(phone.hears("归档|存档") for phone in (cast.province, cast.centre))
    )
