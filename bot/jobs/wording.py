"""What jobs say to people of their own; the rest is said by the dialogue."""

from __future__ import annotations

_STAMP_REASONS = {
    "not_an_image": "请发照片（JPG、PNG）或 PDF。",
    "too_large": "文件太大，请压缩到 10 MB 以内。",
    "expired": "文件在平台上过期了，请重新发一次。",
}
_STAMP_OTHER = "请换一张再发。"

_WORK_REASONS = {
    "not_an_image": "可以交照片、PDF、Word、PPT 或 Excel 文件（不带宏）。",
    "too_large": "文件太大，请压缩到 10 MB 以内。",
    "expired": "文件在平台上过期了，请重新发一次。",
}
WORK_UNWANTED = "这个班现在不收学习成果了。发“成绩”可以看您的成绩。"

STAMP_UNWANTED = "这份申请已经结束，不用再交单位意见了。发“我的报名”可以看进度。"

NO_FORMS = "这个班的申请表都已撤回或删除，没有可导出的。"
SCAN_UNWANTED = "这份审核已经办完了，扫描件没有留存。"

MY_DATA = "我的信息"
MY_DATA_HEADER = ("类别", "序号", "项目", "内容")
TABLES = {
    "persons": "个人",
    "addresses": "联系方式",
    "lookups": "查找索引",
    "consents": "同意记录",
    "conversations": "对话",
    "drafts": "未交的表",
    "inbox": "收到的消息",
    "outbox": "发出的消息",
    "jobs": "处理任务",
    "files": "文件",
    "links": "链接",
    "grants": "角色",
    "invitations": "邀请码",
    "roster": "骨干教师名册",
    "class_staff": "授课和考核安排",
    "engagements": "授课和考核邀请",
    "busy_days": "没空的日子",
    "submissions": "交过的表",
    "applications": "报名",
    "completions": "评估完成情况",
    "certificates": "合格证书",
    "seats": "班里的编号",
    "attendance": "考勤",
    "leaves": "请假",
    "scores": "考核评分",
    "works": "学习成果",
    "reminded": "提醒记录",
    "needs_seen": "需求分析查看记录",
    "audit": "操作记录",
}
"""What the person's own export calls the places where something is kept."""


def forms_archive(title: str, number: int, of: int) -> str:
    """What an archive of a class's forms is called."""
    part = f"（{number}之{of}）" if of > 1 else ""
    return f"{title} 参训申请表{part}.zip"


def stamp_refused(reason: str) -> str:
    """Why a stamped page was not taken, and what to do."""
    return f"单位意见没收成：{_STAMP_REASONS.get(reason, _STAMP_OTHER)}"


def scan_refused(reason: str) -> str:
    """Why a stamped page of an off-plan class was not taken, and what to do."""
    return f"盖章扫描件没收成：{_STAMP_REASONS.get(reason, _STAMP_OTHER)}"


def work_refused(reason: str) -> str:
    """Why a work was not taken, and what to do."""
    return f"学习成果没收成：{_WORK_REASONS.get(reason, _STAMP_OTHER)}"
