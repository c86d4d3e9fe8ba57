"""Levels, majors, and who may run what (规程第四、五、十一条)."""

from __future__ import annotations

LEVELS = ("一级", "二级", "三级")
"""From high to low (规程第二条之五: 由低至高分为三级、二级、一级)."""

MAJORS = (
    "机械类",
    "电工电子类",
    "信息类",
    "交通类",
    "服务类",
    "财经商贸类",
    "工业综合与农业类",
    "文化艺术与综合类",
)
"""The eight 专业大类 (规程第二条之五, note 0)."""

RESEARCH_CENTRE = "师资研修中心"
TRAINING_BASE = "教师培训基地"
INSTITUTION_KINDS = (RESEARCH_CENTRE, TRAINING_BASE)

CAPACITY = 30
"""The most teachers in a class (规程第十一条之三: 每班不得超过30人)."""

_DAYS = {"一级": 8, "二级": 9, "三级": 7}
_RUN_BY = {"一级": RESEARCH_CENTRE, "二级": TRAINING_BASE, "三级": TRAINING_BASE}


def training_days(level: str) -> int:
    """Days of teaching and both assessments (规程第十一条之二).

    Raises:
        KeyError: there is no such level.
    """
    return _DAYS[level]


def levels_of(kind: str) -> tuple[str, ...]:
    """The levels that an institution of a kind may run (规程第四条)."""
    return tuple(level for level in LEVELS if _RUN_BY[level] == kind)


def may_run(kind: str, level: str) -> bool:
    """Whether an institution of a kind may run a level (规程第四条)."""
    return _RUN_BY.get(level) == kind
