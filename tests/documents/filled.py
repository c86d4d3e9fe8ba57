"""Both official forms, filled in full, for tests that print them."""

from __future__ import annotations

import io

from PIL import Image

from conversations.forms.book import load_book
from conversations.forms.schema import Form
from conversations.model import Value

LEVELS = ("一级", "二级", "三级")
ID_NUMBER = "11010519491231002X"
PHONE = "13800138000"
EMAIL = "zhang.xiaomei@example.com"


def form(name: str) -> Form:
    return load_book().get(name, 1)


def marks(name: str, field_id: str, values: str) -> dict[str, str]:
    """Marks for the items of a matrix, in their order."""
    (field,) = (field for field in form(name).fields if field.id == field_id)
    items = [item.id for item in field.items]
    return dict(zip(items, values, strict=True))


def application(level: str) -> dict[str, Value]:
    ability = f"ability_{LEVELS.index(level) + 1}"
    return {
        "name": "李晓梅",
        "major": "机械类",
        "level": level,
        "sex": "女",
        "age": "36",
        "ethnicity": "汉族",
        "id_number": ID_NUMBER,
        "unit": "江南机电技师学院",
        "title": "讲师",
        "phone": PHONE,
        "email": EMAIL,
        "address": "江南省东湖市学院路 18 号",
        "education": {"bachelor": "机械工程", "master": "机电"},
        "skill_level": "数控车工技师，2019 年",
        "awards": "2022 年省教师职业能力大赛二等奖",
        "current_major": "数控加工",
        "first_phase": "yes",
        "school_work": "参与撰写数控加工专业工学一体化申报材料",
        "teaching_work": "零件数控车床加工",
        "trained": "yes",
        "trained_detail": "2021 年 7 月，杭州",
        "development_work": "负责两个学习任务",
        ability: marks("application", ability, "123443"),
        "needs": "希望多看示范课",
        "photo": "file-1",
        "declaration": "yes",
        "signature": "李晓梅",
    }


def evaluation(level: str) -> dict[str, Value]:
    understanding = f"understanding_{LEVELS.index(level) + 1}"
    return {
        understanding: marks("evaluation", understanding, "321321"),
        "follow_up": "yes",
        "follow_up_kinds": {"group": "", "other": "线上答疑"},
        "lecturer_1": "陈明",
        "lecturer_1_course": "工作页设计",
        "lecturer_1_marks": marks("evaluation", "lecturer_1_marks", "333323"),
        "lecturer_1_other": "讲得清楚",
        "lecturer_2": "赵敏",
        "lecturer_2_course": "示范课",
        "lecturer_2_marks": marks("evaluation", "lecturer_2_marks", "222222"),
        "lecturer_2_other": "节奏偏快",
        "support": {"4.1": "3", "4.2": "1"},
        "support_other": "食堂很好",
        "answered": "1",
        "answered_detail": "实训设备的预约",
        "exchange": "1",
        "exchange_detail": "多安排小组讨论",
        "process_feedback": "3",
        "assessors_fair": "2",
        "final_feedback": "1",
        "confidence": "1",
        "confidence_detail": "信息页编写",
        "greatest_gain": "学会了按工作过程设计",
        "support_wished": "设备更新",
        "suggestions": "时间再长些",
    }


def photo(shade: int = 128) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (295, 413), (shade, shade, shade)).save(out, "JPEG")
    return out.getvalue()


def backbone_feedback(duty: str) -> dict[str, Value]:
    """附件3 of a lecturer (授课, one partner) or of an assessor (考核, two)."""
    asked: dict[str, Value] = {
        "closing_held": "yes",
        "marks_interfered": "yes",
        "marks_interfered_detail": "要求提高两人的分数",
        "rules_known": "no",
        "rules_known_detail": "不知道请假的规定",
        "support": "3",
        "partners_agreed": "no",
        "partners_agreed_detail": "只在前一天通了电话",
        "partners_kept_rules": "yes",
        "partner_1": "陈明",
        "partner_1_level": "3",
        "partner_1_cooperation": "2",
        "difficulties": "网络不稳，建议提前试线",
        "centre_could_improve": "平台希望能批量评分",
    }
    if duty == "考核":
        return asked | {
            "seat": "考核骨干教师3 钱峰",
            "final_arranged": "yes",
            "final_arranged_detail": "提前一周开了会",
            "final_materials_sent": "no",
            "final_materials_sent_detail": "考前一天才收到",
            "partner_2": "孙丽",
            "partner_2_level": "1",
            "partner_2_cooperation": "3",
        }
    return asked | {
        "seat": "授课骨干教师2 赵敏",
        "trainees_checked": "yes",
        "lecturers_consulted": "no",
        "lecturers_consulted_detail": "没有人联系",
        "materials_ready": "yes",
        "manager_present": "no",
        "manager_present_detail": "只来了半天",
        "opening_held": "yes",
    }


def institution_feedback() -> dict[str, Value]:
    """附件4 of the base."""
    return {
        "trainees_checked": "yes",
        "requirements_explained": "yes",
        "scheme_given": "no",
        "scheme_given_detail": "考核方案晚了三天",
        "materials_guided": "yes",
        "taught_by_standard": "yes",
        "manager_informed": "yes",
        "final_arranged": "yes",
        "final_prepared": "no",
        "final_prepared_detail": "当天才看材料",
        "transcript_true": "no",
        "transcript_true_detail": "漏填一人",
        "rules_known": "yes",
        "lecturer_1": "陈明",
        "lecturer_1_mark": "3",
        "lecturer_2": "赵敏",
        "lecturer_2_mark": "2",
        "assessor_1": "钱峰",
        "assessor_1_mark": "3",
        "assessor_2": "孙丽",
        "assessor_2_mark": "1",
        "assessor_3": "周全",
        "assessor_3_mark": "3",
        "difficulties": "实训设备不够",
        "centre_could_improve": "希望早些公布计划",
    }
