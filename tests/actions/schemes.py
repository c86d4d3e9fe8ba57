"""Schemes and lecturers, as the tests of a class need them."""

from __future__ import annotations

from bot.ids import new_id
from conversations.model import Answer, Draft, Value
from conversations.rules.levels import training_days
from storage import classes
from storage.classes import ClassRow, StaffRow
from tests.commands.world import NOW, Person, World, text_of

SCHEDULE = """\
第1天 上午 开班、标准解读；下午 学习任务分析
第2-7天 工作页设计
第8天 过程性考核
第9天 终结性考核"""
ANSWERS: dict[str, Value] = {
    "goals": "能按课程标准独立完成一个学习任务的教学设计",
    "course_1": "学习任务分析",
    "course_2": "工作页设计",
    "schedule": SCHEDULE,
    "process_plan": "第 8 天分组展示，两位授课教师评分",
    "final_mode": "lesson",
    "final_plan": "每人说课 15 分钟，考核教师线上评分",
    "materials": "指导手册、工作页样例",
    "equipment": "实训楼 301 一体化教室",
    "logistics": "校内公寓双人间",
    "check_in_day": "1",
    "check_in": "14:00 至 18:00，培训楼一楼大厅",
    "bring": "身份证、笔记本电脑",
    "contact": "培训部 0510-81234567",
}


def scheme_draft(row: ClassRow, *lecturers: str, **changed: Value) -> Draft:
    """A filled scheme of a class."""
    answers = {**ANSWERS, **changed}
    for place in range(len(lecturers), 3):
        answers.pop(f"course_{place + 1}", None)
    return Draft(
        id=new_id(),
        form="scheme",
        version=1,
        subject=row.code,
        context={
            "class_code": row.code,
            "class_title": row.title,
            "level": row.level,
            "major": row.major,
            "institution": row.institution,
            "opens_on": row.opens_on.isoformat(),
            "ends_on": row.ends_on.isoformat(),
            "dates": f"{training_days(row.level)} 天",
            **{f"lecturer_{n}": one for n, one in enumerate(lecturers, 1)},
        },
        started_on=NOW.date(),
        answers={key: Answer(value) for key, value in answers.items()},
        cursor="summary",
    )


def addition_draft(
    row: ClassRow, lecturer: str, text: str, *, section: str = "schedule"
) -> Draft:
    """What a lecturer adds to a section."""
    return Draft(
        id=new_id(),
        form="scheme_addition",
        version=1,
        subject=f"{row.code} {section}",
        context={
            "class_code": row.code,
            "class_title": row.title,
            "level": row.level,
            "major": row.major,
            "section": section,
            "section_title": section,
            "lecturer": lecturer,
        },
        started_on=NOW.date(),
        answers={"text": Answer(text)},
        cursor="summary",
    )


async def lecturers(world: World, row: ClassRow, *names: str) -> list[Person]:
    """Backbone teachers with these names lecture in a class."""
    people = [
        await world.person(name, ("backbone_teacher", "江南省")) for name in names
    ]
    async with world.database.transaction() as uow:
        await classes.add_staff(
            uow,
            [
                StaffRow(row.id, "lecturer", place, one.name, person_id=one.id)
                for place, one in enumerate(people, 1)
            ],
        )
        await uow.commit()
    return people


async def file_scheme(
    world: World, base: Person, province: Person, row: ClassRow
) -> None:
    """The scheme of a class is written, handed in and approved."""
    await world.submit(base, scheme_draft(row))
    said = text_of(await world.say(base, f"方案 {row.code} 报送"))
    number = said.partition("编号 ")[2].partition("。")[0]
    await world.say(province, f"审核 {number} 通过")
