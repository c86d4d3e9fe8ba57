"""Who may do what where: every command × role × own and foreign scope.

A command without a row here, or a use of one, fails: so a new command comes
with its law.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.commands import ROLES, allowed, by_word, load
from conversations.model import Outcome
from storage import audit
from tests.commands.country import Country
from tests.commands.evaluated import (
    lectured,
    listed_missing,
    opened,
    read_feedback,
    surveyed,
)
from tests.commands.world import text_of

REFUSED = ("没有找到", "没有认出这个指令")


def answered(outcome: Outcome) -> bool:
    """Nothing in it says that the thing, or the command, is not there."""
    return not any(word in text_of(outcome) for word in REFUSED)


def invited(outcome: Outcome) -> bool:
    return text_of(outcome).startswith("邀请码 ")


def opened_form(outcome: Outcome) -> bool:
    return outcome.open is not None


def listed_results(outcome: Outcome) -> bool:
    return "能参加终结性考核" in text_of(outcome)


def listed_works(outcome: Outcome) -> bool:
    return "学习成果，" in text_of(outcome)


def made_code(outcome: Outcome) -> bool:
    return "报名二维码" in text_of(outcome)


def listed_names(outcome: Outcome) -> bool:
    return "看哪一份" in text_of(outcome)


def not_under_way(outcome: Outcome) -> bool:
    """The base is told that it is too early; a reader, that nothing was sent."""
    return "这个班招生中" in text_of(outcome)


@dataclass(frozen=True)
class Row:
    """``text`` is said with the names of things in one scope filled in.

    ``may`` are the roles that may, in their own scope only; the centre's scope
    is everything.
    """

    command: str
    text: str
    may: str
    use: str = ""
    allowed: Callable[[Outcome], bool] = answered


ROWS = (
    Row("班级", "班级 {code}", "centre province base class"),
    Row("看板", "看板 {code}", "centre province base"),
    Row("看板", "看板 {institution}", "centre province base"),
    Row("征集", "征集", "centre"),
    Row("汇总", "汇总", "centre"),
    Row("报送", "报送 {institution}", "base"),
    Row("计划", "计划 {plan_item}", "centre province base"),
    Row("计划", "计划 {plan_item} 不办 场地维修", "base", use="not_held"),
    Row("增补", "增补 {institution}", "base", allowed=opened_form),
    Row("调整", "调整 {plan_item}", "base", allowed=opened_form),
    Row("审核", "审核 {plan} 通过", "province", use="plan"),
    Row("开班", "开班 {institution} 计划外", "base", allowed=opened_form),
    Row("方案", "方案 {code}", "centre province base backbone"),
    Row("方案", "方案 {code}", "base", use="write", allowed=opened_form),
    Row(
        "方案",
        "方案 {code}",
        "centre province",
        use="read",
        allowed=lambda outcome: "还没有报来" in text_of(outcome),
    ),
    Row("需求", "需求 {code}", "base backbone"),
    Row(
        "需求",
        "需求 {code}",
        "base",
        use="base",
        allowed=lambda outcome: "审核报名请回" in text_of(outcome),
    ),
    Row("推荐", "推荐 {code}", "base"),
    Row("邀请函", "邀请函 {code}", "base"),
    Row("换人", "换人 {code}", "base"),
    Row("接受", "接受 {engagement}", "backbone"),
    Row("拒绝", "拒绝 {engagement} 出差", "backbone"),
    Row("没空", "没空", "backbone"),
    Row("招生", "招生 {code}", "base"),
    Row("审核", "审核 {application}", "base"),
    Row("审核", "审核 {application} 通过", "base", use="application"),
    Row("审核", "审核 {opening} 通过", "province", use="opening"),
    Row("审核", "审核 {change} 通过", "province", use="change"),
    Row("审核", "审核 {scheme} 不通过 资料不全", "province", use="scheme"),
    Row("查看", "查看 {application}", "base class"),
    Row("查看", "查看 {application} 全部 核对", "base class"),
    Row(
        "查看",
        "查看 {application} 全部 核对",
        "base",
        use="full",
        allowed=lambda outcome: "1101011990" in text_of(outcome),
    ),
    Row("催办", "催办 {code}", "base class"),
    Row("办结", "办结 {code} 培训", "base class"),
    Row(
        "办结",
        "办结 {code} 方案",
        "base",
        use="every_step",
        allowed=lambda outcome: "记为办结" in text_of(outcome),
    ),
    Row("统计", "统计 {code}", "centre province base class"),
    Row("触达", "触达 {code}", "centre province base class"),
    Row("反馈", "反馈 {ended}", "centre province base backbone"),
    Row(
        "反馈",
        "反馈 {ended}",
        "backbone",
        use="fill_backbone",
        allowed=opened("backbone_feedback"),
    ),
    Row(
        "反馈",
        "反馈 {ended}",
        "base",
        use="fill_institution",
        allowed=opened("institution_feedback"),
    ),
    Row(
        "反馈",
        "反馈 {ended} 查看",
        "centre province",
        use="read",
        allowed=read_feedback,
    ),
    Row("评估结果", "评估结果 {ended}", "centre province base backbone"),
    Row(
        "评估结果",
        "评估结果 {ended}",
        "centre province base",
        use="survey",
        allowed=surveyed,
    ),
    Row("评估结果", "评估结果 {ended}", "backbone", use="lecture", allowed=lectured),
    Row("评估", "评估 {code} 名单", "base class", use="list", allowed=listed_missing),
    Row("考勤", "考勤 {code}", "base class"),
    Row("准假", "准假 {leave}", "base class"),
    Row("不准假", "不准假 {leave} 有考核", "base class"),
    Row("评分", "评分 {code}", "backbone"),
    Row("更正", "更正 {code}", "backbone"),
    Row(
        "成绩",
        "成绩 {code}",
        "centre province base class backbone",
        use="list",
        allowed=listed_results,
    ),
    Row("成果", "成果 {code}", "base class backbone", use="list", allowed=listed_works),
    Row(
        "成果",
        "成果 {code} 截止 2026-06-22",
        "backbone",
        use="teach",
        allowed=lambda outcome: "改为" in text_of(outcome),
    ),
    Row("导出", "导出 {code}", "base class"),
    Row(
        "导出",
        "导出 {code} 全部 上报",
        "base",
        use="full",
        allowed=lambda outcome: "正在做" in text_of(outcome),
    ),
    Row("改期", "改期 {code} 2026-07-04", "base"),
    Row("归档", "归档 {code}", "centre province base"),
    Row("归档", "归档 {code} 确认", "base", use="make", allowed=not_under_way),
    Row("总结", "总结 2026 {institution}", "centre province base"),
    Row(
        "总结",
        "总结 2026 {institution} 填写",
        "base",
        use="submit",
        allowed=lambda outcome: "12 月 1 日（周二）起提交" in text_of(outcome),
    ),
    Row(
        "这个数怎么来的",
        "这个数怎么来的 2026 1 {institution}",
        "centre province base",
    ),
    Row("成绩单", "成绩单 {code}", "centre province base"),
    Row("成绩单", "成绩单 {code} 确认", "base", use="send", allowed=not_under_way),
    Row("成绩单", "成绩单 {code} 全部 上报", "base", use="full", allowed=not_under_way),
    Row("取消班级", "取消班级 {code}", "base"),
    Row("发布", "发布 {recruitment}", "centre province base", use="recruitment"),
    Row("停止", "停止 {recruitment}", "centre province base", use="recruitment"),
    Row(
        "撤回通知", "撤回通知 {recruitment}", "centre province base", use="recruitment"
    ),
    Row("发布", "发布 {announcement}", "centre", use="announcement"),
    Row("停止", "停止 {announcement}", "centre", use="announcement"),
    Row("撤回通知", "撤回通知 {announcement}", "centre", use="announcement"),
    Row("邀请", "邀请 省级管理员 {province}", "centre", "province_manager", invited),
    Row("邀请", "邀请 骨干教师 {certificate}", "centre", "backbone_teacher", invited),
    Row("邀请", "邀请 基地 {institution}", "province", "base_staff", invited),
    Row("邀请", "邀请 班主任 {code}", "base", "class_manager", invited),
    Row("通知", "通知 新写", "centre", use="write", allowed=opened_form),
    Row("报名", "报名 {code}", "base class", use="list", allowed=listed_names),
    Row("二维码", "二维码 {code}", "base class", use="make", allowed=made_code),
    Row("证书", "证书 {code}", "centre province base", use="list"),
    Row("证书", "证书 {code} 发放", "base", use="issue"),
    Row("证书", "证书 {code} 撤销 1 误发", "province base", use="revoke"),
)
ABOUT_ONESELF = {
    "通知": "通知",
    "报名": "报名",
    "我的报名": "我的报名",
    "盖章": "盖章",
    "评估": "评估",
    "请假": "请假",
    "成果": "成果",
    "成绩": "成绩",
    "撤回申请": "撤回申请",
    "邀请码": "邀请码 7K3M-9QXT-2HCD",
    "二维码": "二维码",
    "证书": "证书",
    "绑定": "绑定",
    "空白表": "空白表",
    "导出我的信息": "导出我的信息",
    "删除我的信息": "删除我的信息",
}
SHORT = {
    "centre": "centre_manager",
    "province": "province_manager",
    "base": "base_staff",
    "class": "class_manager",
    "backbone": "backbone_teacher",
    "teacher": "teacher",
}


def test_every_command_and_every_use_has_a_row() -> None:
    rows = {(row.command, row.use) for row in ROWS}
    missing = {
        (command.name, use)
        for command in load()
        for use in command.uses
        if (command.name, use) not in rows
    } | {
        (command.name, "")
        for command in load()
        if command.name not in ABOUT_ONESELF
        and command.name not in {row.command for row in ROWS}
    }

    assert missing == set()


def test_what_anyone_may_say_is_what_is_about_oneself() -> None:
    anyone = {command.name for command in load() if "anyone" in command.who}

    assert anyone == set(ABOUT_ONESELF)


def test_the_table_says_what_the_data_say() -> None:
    """``commands.toml`` and the table were written apart and agree."""
    said = {
        (row.command, row.use): {SHORT[one] for one in row.may.split()}
        for row in ROWS
        if row.use
    }
    data = {
        (command.name, use): set(roles)
        for command in load()
        for use, roles in command.uses.items()
    }

    assert said == data


async def test_every_role_may_in_its_own_scope_what_the_table_says(
    country: Country,
) -> None:
    expected, actual = {}, {}
    for row in ROWS:
        for role in ROLES:
            outcome = await country.world.attempt(
                country.people[role], row.text.format(**country.own)
            )
            case = (row.command, row.use, role)
            expected[case] = role in {SHORT[one] for one in row.may.split()}
            actual[case] = row.allowed(outcome)

    assert actual == expected


# About the person's own days, in whatever scope.
_OF_ONESELF = frozenset({"没空"})
# Where one row speaks of the whole country, or of a place that has no other.
_NATIONAL = frozenset({"announcement", "backbone_teacher", "province_manager", "write"})


async def test_nobody_but_the_centre_may_in_a_foreign_scope(country: Country) -> None:
    allowed = [
        (row.command, row.use, role)
        for row in ROWS
        if row.use not in _NATIONAL and row.command not in _OF_ONESELF
        for role in ROLES
        if role != "centre_manager"
        and row.allowed(
            await country.world.attempt(
                country.people[role], row.text.format(**country.foreign)
            )
        )
    ]

    assert allowed == []


MISSING = {
    "plan": "987654",
    "plan_item": "987654",
    "code": "2031-JX-99",
    "ended": "2031-JX-99",
    "institution": "天边技师学院",
    "province": "天边省",
    "certificate": "GG-1999-999",
    "application": "987654",
    "recruitment": "987654",
    "announcement": "987654",
    "leave": "987654",
    "opening": "987654",
    "change": "987654",
    "engagement": "987654",
    "scheme": "987654",
}


async def test_foreign_and_missing_are_answered_alike_to_the_byte(
    country: Country,
) -> None:
    told_apart = []
    for row in ROWS:
        if row.use in _NATIONAL or row.command in _OF_ONESELF:
            continue
        for role in ROLES[1:]:
            person = country.people[role]
            foreign = await country.world.attempt(
                person, row.text.format(**country.foreign)
            )
            missing = await country.world.attempt(person, row.text.format(**MISSING))
            if row.command == "报名" and foreign.open is not None:
                continue  # a recruiting class is public
            if neutral(foreign, row, country.foreign) != neutral(missing, row, MISSING):
                told_apart.append((row.command, row.use, role, text_of(foreign)))

    assert told_apart == []


def neutral(outcome: Outcome, row: Row, things: dict[str, str]) -> str:
    """What was said, with the name that the person typed left out."""
    said = text_of(outcome)
    for key in re.findall(r"\{(\w+)\}", row.text):
        # Once: the advice has an example of a number, which may be this one.
        said = said.replace(f"“{things[key]}”", "…").replace(
            f" {things[key]}。", "…", 1
        )
    return said


async def test_numbers_of_the_wrong_kind_are_not_there(country: Country) -> None:
    """A notice's number tells 审核 nothing, an application's number 发布 nothing."""
    base = country.people["base_staff"]
    own = country.own
    review = await country.world.attempt(base, f"审核 {own['recruitment']} 通过")
    publish = await country.world.attempt(base, f"发布 {own['application']}")

    assert text_of(review).startswith(f"没有找到编号 {own['recruitment']}。")
    assert text_of(publish).startswith(f"没有找到编号 {own['application']}。")


async def test_everybody_may_speak_of_themselves(country: Country) -> None:
    refused = [
        (role, name)
        for role, person in country.people.items()
        for name, text in ABOUT_ONESELF.items()
        if "没有认出" in text_of(await country.world.attempt(person, text))
    ]

    assert refused == []


@pytest.mark.parametrize("command", ["撤回申请", "盖章"])
async def test_what_is_somebody_elses_own_is_not_there(
    country: Country, command: str
) -> None:
    world, teacher = country.world, country.people["teacher"]
    row = await world.new_class("江北")
    await world.apply(teacher, row, serial=77)
    foreign = country.own["application"]
    said = text_of(await world.attempt(teacher, f"{command} {foreign} 确认"))
    missing = text_of(await world.attempt(teacher, f"{command} 987654 确认"))

    assert said.startswith("没有找到")
    assert said == missing.replace("987654", foreign)


@pytest.mark.parametrize("role", ROLES)
def test_help_lists_what_the_role_may_do_and_nothing_else(role: str) -> None:
    listed = {command.name for command in allowed(frozenset({role}))}
    rows = {
        row.command for row in ROWS if role in {SHORT[one] for one in row.may.split()}
    }

    assert listed == rows | set(ABOUT_ONESELF)


async def test_every_managing_command_leaves_one_audit_row(country: Country) -> None:
    world = country.world
    for row in ROWS:
        if not by_word()[row.command].manages:
            continue
        for role in ROLES:
            person = await world.person(f"{row.text} {role}")
            person.grants = country.people[role].grants
            await world.say(person, row.text.format(**country.foreign))
            async with world.database.reading() as uow:
                written = await audit.find(uow, actor_id=person.id, action=row.command)
            assert len(written) == 1, (row.text, role)


@pytest.mark.parametrize(
    ("role", "text"),
    [("base_staff", "报名 {code}"), ("centre_manager", "通知 {announcement}")],
)
async def test_a_managers_use_of_everybodys_command_is_in_the_log(
    country: Country, role: str, text: str
) -> None:
    world, command = country.world, text.partition(" ")[0]
    manager, teacher = country.people[role], country.people["teacher"]
    for person in (manager, teacher):
        await world.say(person, text.format(**country.own))
    async with world.database.reading() as uow:
        by_manager = await audit.find(uow, actor_id=manager.id, action=command)
        by_teacher = await audit.find(uow, actor_id=teacher.id, action=command)

    assert ([row.outcome for row in by_manager], by_teacher) == (["done"], ())
