"""The whole promise in a real browser, before the demo as a stranger starts it.

``--update-screenshots`` writes the pictures of the documentation.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser

from tests.browser.chat import PHONE, Chat
from tests.browser.demo import ROOT, Demo, demo_running
from tests.browser.pictures import portrait
from tests.commands.world import id_number

pytestmark = [pytest.mark.browser]

IMAGES = ROOT / "docs/images"
_MOST_BYTES = 300_000
BASE, PROVINCE, TEACHER = "demo-base-1", "demo-province-1", "林晓梅"
ID_NUMBER = id_number(456)
WORK = "2024 年 3 月起参与撰写电气自动化专业申报材料，负责课程部分"


class Album:
    """Screenshots: kept in the documentation when asked to, else only with the test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def take(self, chat: Chat, name: str) -> None:
        """A screenshot of the window as it is, small enough for a page to load."""
        await chat.page.wait_for_function(
            "() => [...document.querySelectorAll('#log img')].every(i => i.naturalWidth)"
        )
        await chat.page.mouse.move(0, 0)
        path = await chat.picture(self.folder / f"{name}.png")
        with Image.open(path) as image:
            image.convert("RGB").quantize(256).save(path, optimize=True)
        assert path.stat().st_size < _MOST_BYTES


@pytest.fixture
def album(request: pytest.FixtureRequest, tmp_path: Path) -> Album:
    return Album(
        IMAGES if request.config.getoption("--update-screenshots") else tmp_path
    )


async def test_a_class_from_its_notice_to_its_evaluation(
    browser: Browser, album: Album, tmp_path: Path
) -> None:
    async with demo_running(tmp_path) as demo:
        code = demo.sample.class_at("scheme")
        phone = await Chat.open(browser, demo.url, size=PHONE)
        office = await Chat.open(browser, demo.url)
        await phone.become(TEACHER)
        await call_for_applications(office, code)
        await apply(phone, album, code)
        number = await hand_in(phone, album, demo)
        await review(office, phone, album, number, code)
        await live_on(office, album)
        await evaluate(phone, office, demo)
        (applied,) = await demo.export("application", code)

        assert phone.troubles + office.troubles == []
        assert {
            key: applied[key]
            for key in (
                "姓名",
                "身份证号码",
                "单位",
                "职称",
                "地址",
                "学历",
                "竞赛获奖",
            )
        } == {
            "姓名": TEACHER,
            "身份证号码": ID_NUMBER,
            "单位": "江南机电技师学院",
            "职称": "高级讲师",
            "地址": "江南省东湖市学院路18号",
            "学历": "本科（电气工程）",
            "竞赛获奖": "无",
        }
        assert applied["院校和专业建设工作"] == WORK
        assert applied["能力自评"].count("较好") == 3


async def call_for_applications(office: Chat, code: str) -> None:
    """The province passes the scheme; the base shows itself the notice and sends it."""
    await office.become(PROVINCE)
    await office.say("班级")
    await office.tap("的培训方案")
    await office.tap("通过")
    await office.expect("培训方案已通过")
    await office.become(BASE)
    await office.expect("省里审核通过")
    await office.say(f"招生 {code}")
    await office.expect("招生通知")
    await office.tap("发布")
    await office.expect("已发布，正发给")


async def apply(phone: Chat, album: Album, code: str) -> None:
    """From the notice to the declaration, with everything that people do on the way."""
    await phone.expect("招生通知")
    notice = phone.page.locator("#log a.article").last
    page = await phone.page.request.get(
        f"{phone.base.rstrip('/')}{await notice.get_attribute('href')}"
    )
    assert page.ok
    assert code in await page.text()
    await album.take(phone, "notice-in-chat")

    await phone.say(f"报名 {code}")
    await phone.expect("您的信息怎么用")
    await phone.tap("同意")
    await phone.say(TEACHER)
    await phone.expect("单独征得您同意")
    await phone.tap("同意")
    await phone.say(ID_NUMBER)
    assert ID_NUMBER not in await phone.expect("身份证号码收到了")
    await phone.say("汉族，单位是江南机电技师学院，讲师，手机13800138000")
    await phone.expect("还差 2 项：邮箱、地址。")
    await phone.say("邮箱 linxm@example.com，地址江南省东湖市学院路18号")
    await phone.expect("【工作】")
    await phone.say("电气自动化")
    await phone.expect("第一阶段申报")
    await album.take(phone, "webchat-phone")
    await phone.tap("是")
    await phone.say(WORK)
    await phone.expect("收到（第 1 段）")

    before = await phone.page.locator("#log .row").all_inner_texts()
    await phone.reload()
    assert await phone.page.locator("#log .row").all_inner_texts() == before
    await phone.say("完成")
    await phone.expect("第 12/22 题")
    for answer in ("无", "否", "无", "本科 电气工程", "电工技师，2019 年", "无"):
        await phone.say(answer)
    await phone.expect("【能力】")
    await phone.say("前三项较好，其余很好")
    await phone.say("无")
    await phone.expect("一寸照片")
    await phone.send_file(portrait())
    await phone.expect("照片收到，正在检查")
    await phone.expect("照片可以用")
    await phone.tap("同意")
    await phone.expect("作为签名")


async def drawn(chat: Chat, pages: int) -> None:
    """Wait until the last that was said is so many pages of a form, as pictures."""
    await chat.page.wait_for_function(
        """pages => [...document.querySelectorAll('#log .row')].slice(-pages)
          .every(row => row.matches('.bot') && row.querySelector('.picture img'))""",
        arg=pages,
    )
    await chat.page.wait_for_function(
        """() => { const log = document.getElementById('log');
          return log.scrollHeight - log.scrollTop - log.clientHeight < 60; }"""
    )


async def hand_in(phone: Chat, album: Album, demo: Demo) -> str:
    """A correction at the end, the form as a picture, 提交; the application's number."""
    await phone.say(TEACHER)
    await phone.expect("都填好了")
    await phone.say("修改 5")
    await phone.expect("职称现在是：讲师")
    await phone.say("高级讲师")
    await phone.expect("高级讲师")
    await phone.say("预览")
    await phone.expect("5 职称：高级讲师")
    await drawn(phone, 2)
    await phone.page.locator("#log .picture").nth(-2).click()
    await album.take(phone, "form-picture")
    await phone.page.keyboard.press("Escape")
    await phone.tap("提交")
    said = await phone.expect("编号")
    link = next(line for line in said.splitlines() if line.startswith(demo.url))
    document = await phone.page.request.get(link)
    assert document.headers["content-type"] == "application/pdf"
    assert (await document.body()).startswith(b"%PDF")
    return said.partition("编号 ")[2].partition("。")[0]


async def review(
    office: Chat, phone: Chat, album: Album, number: str, code: str
) -> None:
    """The base reads it masked, and passes it; the teacher hears of it."""
    await office.expect("有新的报名")
    await office.tap("看报名")
    await office.expect("待审核 1")
    await office.tap(f"{number} 号")
    shown = await office.expect(f"{number} 号")
    assert TEACHER in shown
    assert ID_NUMBER not in shown
    assert "13800138000" not in shown
    await album.take(office, "webchat-desktop")
    await office.say(f"审核 {number} 通过")
    await office.expect(f"{number} 号通过，待盖章")
    await phone.expect("审核通过，还差盖章的单位意见")
    await phone.send_file(portrait())
    await phone.expect("正式录取您")
    await office.say(f"报名 {code}")
    await office.expect("已录取 1")


async def live_on(office: Chat, album: Album) -> None:
    """Days pass; what is due is said, and said once."""
    for _ in range(40):
        await office.move_clock(1)
        if any("【提醒】" in text for text in await bubbles(office)):
            break
    await album.take(office, "reminder-desktop")
    await office.move_clock(1)
    await office.reload()
    said = Counter(text for text in await bubbles(office) if "【提醒】" in text)
    assert said
    assert [text for text, times in said.items() if times > 1] == []


async def bubbles(chat: Chat) -> list[str]:
    return await chat.page.locator("#log .row.bot .bubble").all_inner_texts()


async def evaluate(phone: Chat, office: Chat, demo: Demo) -> None:
    """A teacher of a class that has ended evaluates; the base learns how many did."""
    code = demo.sample.class_at("evaluation")
    await office.say(f"统计 {code}")
    before = done_of(await office.expect("结束评估："))
    await phone.become(demo.sample.teacher(code, "admitted"))
    await phone.say("评估")
    await phone.expect("不记名")
    answers = ("332323", "否", "都3", "无", "都3", "讲得很清楚", "33", "无")
    for answer in (*answers, *"333333", "学会了设计工作页", "完成", "无", "无"):
        await phone.say(answer)
    await phone.expect("都填好了")
    await phone.tap("提交")
    await phone.expect("收到，谢谢您")
    await office.say(f"统计 {code}")
    assert done_of(await office.expect("结束评估：")) == before + 1


def done_of(said: str) -> int:
    """How many are done, of: 结束评估：录取的 15 人里 6 人交了."""
    return int(said.partition("人里 ")[2].partition(" 人")[0])
