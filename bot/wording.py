"""What commands say. The manner: warm, short, exact; a refusal gives its reason.

Plain values in, one message out. Choices are numbered by the dialogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from conversations.model import Refusal
from conversations.prompts.text import day

TITLES = {
    "centre_manager": "部指导中心管理员",
    "province_manager": "省级管理员",
    "base_staff": "培训基地工作人员",
    "class_manager": "班主任",
    "backbone_teacher": "骨干教师",
    "teacher": "老师",
}
ROLE_WORDS = {
    "省级管理员": "province_manager",
    "省级": "province_manager",
    "省": "province_manager",
    "基地": "base_staff",
    "基地工作人员": "base_staff",
    "培训基地": "base_staff",
    "培训基地工作人员": "base_staff",
    "班主任": "class_manager",
    "骨干教师": "backbone_teacher",
    "骨干": "backbone_teacher",
}
ROLE_SAID = {
    "province_manager": "省级管理员",
    "base_staff": "基地",
    "class_manager": "班主任",
    "backbone_teacher": "骨干教师",
}
STATES = {
    "submitted": "待审核",
    "waitlisted": "候补",
    "awaiting_stamp": "待盖章",
    "admitted": "已录取",
    "refused": "未通过",
    "withdrawn": "已撤回",
}
CLASS_STATES = {
    "planned": "筹备中",
    "recruiting": "招生中",
    "running": "培训中",
    "ended": "已结束",
    "closed": "已办结",
    "cancelled": "已取消",
}

CONFIRM = "确认"
APPROVE = ("通过", "同意", "录取", "批准")
REFUSE = ("不通过", "不同意", "拒绝", "退回", "驳回")
WAITLIST = ("候补",)
FULL = ("全部", "全文", "完整")
WRITE = ("新写", "写", "起草")
_LONGEST_SAID = 20


def title(roles: Iterable[str]) -> str:
    """How 帮助 greets somebody: by all their roles, the highest first."""
    held = set(roles)
    return "、".join(name for role, name in TITLES.items() if role in held) or "老师"


def refusal(said: Refusal) -> str:
    """A refusal as one message: the reason, its clause, the next best thing."""
    clause = f"（{said.clause}）" if said.clause else ""
    return f"{said.reason}{clause}。{said.advice}"


def set_aside(contact: str) -> str:
    """For a message that could not be processed."""
    whom = f"，急的话请联系{contact}" if contact else ""
    return (
        f"这条消息没有处理成，已记下来给管理员看{whom}。前面填的都在，发“继续”接着来。"
    )


# ---- words that are no command, and things that are not there ----


def unknown_command(nearly: str, usage: str) -> Refusal:
    """For words that are no command of this person; ``nearly`` may be empty."""
    if nearly:
        advice = f"您是想说“{nearly}”吗？写法：{usage}。"
    else:
        advice = "发“帮助”看您能用的。"
    return Refusal(reason="没有认出这个指令", advice=advice)


_NOT_FOUND = {
    "class": ("没有找到班级“{said}”", "编号的样子是 2026-JX-01，发“班级”看清单。"),
    "classes": (
        "没有找到班级“{said}”",
        "编号的样子是 2026-JX-01，不带编号再发一次看清单。",
    ),
    "number": ("没有找到编号 {said}", "编号在清单和提醒里，比如 12。"),
    "scope": ("没有找到“{said}”", "请写全称再发一次。"),
    "self": ("没有找到“{said}”", "不带编号再发一次看清单。"),
}


def not_found(scope: str, said: str) -> Refusal:
    """The one answer for what is not there and for what is not theirs."""
    reason, advice = _NOT_FOUND[scope]
    return Refusal(reason=reason.format(said=said[:_LONGEST_SAID]), advice=advice)


def how_to_say(usage: str) -> Refusal:
    """For a command without what it needs."""
    return Refusal(reason="还差一点", advice=f"请这样发：{usage}。")


# ---- classes ----


def class_name(title_: str, code: str) -> str:
    """A class as it is named in a sentence."""
    return f"“{title_}”（{code}）"


def class_line(title_: str, code: str, state: str, opens_on: date) -> str:
    """A class as one choice of a list."""
    return f"{title_} {code}，{day(opens_on)}开班，{CLASS_STATES[state]}"


def classes_listed(count: int, shown: int) -> str:
    """The head of a list of classes."""
    if not count:
        return "现在没有在办的班。"
    more = f"，先列 {shown} 个" if count > shown else ""
    return f"在办的班 {count} 个{more}。看哪个？"


def no_class_yet() -> str:
    """For a base without a class."""
    return "现在没有在办的班。要开班请发“开班”。"


def headcounts(counts: Mapping[str, int], capacity: int) -> str:
    """How many applications are in which state."""
    admitted, stamp = counts.get("admitted", 0), counts.get("awaiting_stamp", 0)
    return (
        f"名额 {capacity}，已录取 {admitted}，待盖章 {stamp}，"
        f"候补 {counts.get('waitlisted', 0)}，待审核 {counts.get('submitted', 0)}"
    )


def class_detail(
    *, name: str, state: str, opens_on: date, ends_on: date, heads: str, steps: str
) -> str:
    """One class: dates, heads, and where it stands."""
    return (
        f"{name}，{CLASS_STATES[state]}\n"
        f"{day(opens_on)}开班，{day(ends_on)}结束\n{heads}\n{steps}"
    )


def steps(
    done: Sequence[str], late: Sequence[str], coming: Sequence[str], *, more: int
) -> str:
    """The steps of a class: what is done, what is late, what comes."""
    lines = [f"已办：{'、'.join(done)}"] if done else []
    lines += [f"逾期：{'；'.join(late)}"] if late else []
    after = f"，其后还有 {more} 步" if more else ""
    lines += [f"接下来：{'；'.join(coming)}{after}"] if coming else []
    return "\n".join(lines) or "各步都办结了。"


def step_due(title_: str, due_on: date) -> str:
    """One open step with its date."""
    return f"{title_} {day(due_on)}"


def not_approved(level: str, major: str) -> Refusal:
    """The institution may not run this level and major."""
    return Refusal(
        reason=f"贵单位还没有获批{major}{level}培训",
        clause="规程第四条",
        advice="请改选获批的专业大类和级别：发“预览”看序号，再发“修改 序号”。",
    )


def opens_too_soon() -> Refusal:
    """The opening day is not in the future."""
    return Refusal(
        reason="开班日期要在今天之后",
        clause="规程第八条",
        advice="请改一下日期：发“预览”看序号，再发“修改 序号”。",
    )


def no_longer_yours() -> Refusal:
    """The role that was needed to begin is gone."""
    return Refusal(
        reason="您现在没有办这件事的身份", advice="请联系给您发邀请码的单位。"
    )


def opening_submitted(name: str, number: int, *, late: bool) -> str:
    """A class was applied for."""
    hurry = "现在离开班已不足 40 天（规程第八条），省里会一并考虑。" if late else ""
    return f"收到。{name}的开班申请已交省里审核，编号 {number}。{hurry}审核后告诉您。"


def opening_to_review(name: str, institution: str, number: int) -> str:
    """To a province: a class was applied for."""
    return f"{institution}申请开班：{name}，编号 {number}。审核吗？"


def choose_institution() -> str:
    """Which of several institutions opens a class."""
    return "哪个单位开班？"


def no_institution() -> Refusal:
    """There is no institution below the person's scope."""
    return Refusal(reason="没有找到可以开班的单位", advice="请联系省级管理部门。")


def not_a_date(said: str) -> Refusal:
    """A date that could not be read."""
    return Refusal(
        reason=f"没有读懂日期“{said[:_LONGEST_SAID]}”" if said else "还没有写日期",
        advice="请这样发：改期 2026-JX-01 6月27日。",
    )


def date_not_ahead(when: date) -> Refusal:
    """An opening day that has passed."""
    return Refusal(reason=f"{day(when)}不在今天之后", advice="请换一个日期再发。")


def same_date(when: date) -> Refusal:
    """A new date that is the old one."""
    return Refusal(reason=f"本来就是{day(when)}开班", advice="要改请换一个日期再发。")


def class_is(state: str, to_do: str) -> Refusal:
    """A class in a state in which this is not done."""
    return Refusal(
        reason=f"这个班{CLASS_STATES[state]}，不能{to_do}", advice="发“班级”看各班。"
    )


def confirm_move(name: str, before: date, after: date, applicants: int) -> str:
    """Before a class is moved."""
    told = f"报名的 {applicants} 位老师会收到通知。" if applicants else ""
    return f"{name}从{day(before)}改到{day(after)}开班，没办的步骤期限跟着变。{told}确认吗？"


def moved(name: str, after: date) -> str:
    """A class was moved."""
    return f"改好了，{name}{day(after)}开班，各步期限已更新。"


def moved_to_applicant(name: str, before: date, after: date) -> str:
    """To an applicant: the class moved."""
    return f"{name}的开班日期从{day(before)}改到{day(after)}，请重新安排时间。不能来请回“撤回申请”。"


def moved_to_province(name: str, institution: str, before: date, after: date) -> str:
    """To the province: a class of its own moved."""
    return f"{institution}把{name}从{day(before)}改到{day(after)}开班。"


def confirm_cancel(name: str, applicants: int) -> str:
    """Before a class is cancelled."""
    told = f"报名的 {applicants} 位老师会收到通知，" if applicants else ""
    return f"取消{name}？{told}提醒随之停止，取消后不能恢复。"


def leave_it() -> str:
    """The choice not to go on with a class."""
    return "先不动"


def cancelled(name: str) -> str:
    """A class was cancelled."""
    return f"{name}已取消，提醒都停了。"


def cancelled_to_applicant(name: str) -> str:
    """To an applicant: the class was cancelled."""
    return f"{name}取消了，您的报名随之结束。回“报名”看别的班。"


CLASS_CANCELLED = "本班已取消"


def unknown_step(said: str, titles: Sequence[str]) -> Refusal:
    """A step that the programme does not have."""
    reason = f"没有叫“{said[:_LONGEST_SAID]}”的步骤" if said else "还没有写步骤"
    return Refusal(reason=reason, advice=f"可以写：{'、'.join(titles)}。")


def step_done(step: str, name: str) -> str:
    """A step was marked as done."""
    return f"好，{name}的“{step}”记为办结，不再提醒。"


def step_was_done(step: str, name: str) -> str:
    """A step that is not open."""
    return f"{name}的“{step}”已经办结了，不用再报。"


def of_year(period: str) -> str:
    """An institution's year, in a sentence."""
    return f"{period} 年度"


def scheme_submitted(name: str, number: int) -> str:
    """A scheme was filed for review."""
    return f"好，{name}的培训方案已报省里审核，编号 {number}。审核后告诉您。"


def scheme_waiting(name: str, number: int) -> Refusal:
    """A scheme that waits already."""
    return Refusal(
        reason=f"{name}的培训方案正在省里审核，编号 {number}", advice="审核后告诉您。"
    )


def scheme_approved(name: str) -> Refusal:
    """A scheme that is filed already."""
    return Refusal(
        reason=f"{name}的培训方案已经报备了", advice="可以发“招生”起草招生通知。"
    )


def scheme_to_review(name: str, institution: str, number: int) -> str:
    """To a province: a scheme was filed."""
    return f"{institution}报来{name}的培训方案，编号 {number}。审核吗？"


# ---- reviews by the province ----

_REVIEWED = {"opening": "开班申请", "scheme": "培训方案"}


def class_facts(
    level: str, major: str, opens_on: date, capacity: int, venue: str
) -> str:
    """A class in one line, for a reviewer."""
    where = f"，{venue}" if venue else ""
    return f"{major}{level}，{day(opens_on)}开班，{capacity} 人{where}"


def review_shown(kind: str, name: str, institution: str, lines: Sequence[str]) -> str:
    """What is to be reviewed."""
    more = "\n" + "\n".join(lines) if lines else ""
    return f"{institution}的{_REVIEWED[kind]}：{name}{more}\n怎么审？"


def reason_needed(number: int) -> Refusal:
    """A refusal without a reason."""
    return Refusal(
        reason="不通过要写理由，对方会看到",
        advice=f"请这样发：审核 {number} 不通过 理由。",
    )


def already_decided(number: int, state: str) -> Refusal:
    """Somebody decided before, or it is in no state to be decided."""
    return Refusal(reason=f"{number} 号{state}，不能再这样审", advice="")


REVIEW_STATES = {"approved": "已通过", "refused": "已退回", "waiting": "待审核"}


def no_waitlist_here() -> Refusal:
    """候补 for something that has no waiting list."""
    return Refusal(reason="只有报名可以候补", advice="请回通过，或不通过加理由。")


def review_approved(kind: str, name: str) -> str:
    """To the reviewer: approved."""
    return f"好，{name}的{_REVIEWED[kind]}已通过，对方会收到通知。"


def review_refused(kind: str, name: str) -> str:
    """To the reviewer: refused."""
    return f"好，{name}的{_REVIEWED[kind]}已退回，理由会告诉对方。"


_NEXT_AFTER = {
    "opening": "接下来备好培训方案，开班前 30 天回“方案 {code}”报备。",
    "scheme": "接下来可以招生，回“招生 {code}”起草招生通知。",
}
_AGAIN_AFTER = {
    "opening": "这个班不再办，改好后发“开班”重新申请。",
    "scheme": "改好后回“方案 {code}”再报。",
}


def review_approved_to_base(kind: str, name: str, code: str) -> str:
    """To the base: approved, and what comes next."""
    following = _NEXT_AFTER[kind].format(code=code)
    return f"{name}的{_REVIEWED[kind]}，省里审核通过。{following}"


def review_refused_to_base(kind: str, name: str, code: str, reason: str) -> str:
    """To the base: refused, why, and the way round."""
    again = _AGAIN_AFTER[kind].format(code=code)
    return f"{name}的{_REVIEWED[kind]}被退回。理由：{reason}。{again}"


def waiting_reviews(count: int) -> str:
    """How much waits for a province's decision."""
    return f"另有 {count} 份待审核。" if count else ""


# ---- invitations ----


def invitation_made(role: str, where: str, code: str, days: int) -> str:
    """A code, shown this once."""
    return (
        f"邀请码 {code}\n"
        f"给{where}的{TITLES[role]}，{days} 天内用一次有效。"
        f"请对方在这里发“邀请码 {code}”。这个码只显示这一次，请转给本人。"
    )


def whom_to_invite(roles: Iterable[str]) -> str:
    """Which roles the person may invite."""
    examples = {
        "province_manager": "邀请 省级管理员 江南省",
        "base_staff": "邀请 基地 江南机电技师学院",
        "class_manager": "邀请 班主任 2026-JX-01",
        "backbone_teacher": "邀请 骨干教师 证书编号或姓名",
    }
    lines = "\n".join(examples[role] for role in examples if role in set(roles))
    return f"要邀请谁？请这样发：\n{lines}"


def where_to_invite(role: str) -> str:
    """Which of several places the invitation is for."""
    return f"邀请哪里的{TITLES[role]}？"


def roster_ambiguous(name: str) -> Refusal:
    """Several backbone teachers bear the name."""
    return Refusal(
        reason=f"名册里有几位“{name[:_LONGEST_SAID]}”",
        advice="请改用证书编号：邀请 骨干教师 证书编号。",
    )


def code_useless() -> Refusal:
    """The one answer for a code that is wrong, expired, or used."""
    return Refusal(
        reason="这个邀请码用不了，可能写错了、过期了，或者已经用过",
        advice="请对照原码再发一次，或请发码的单位另发一个。",
    )


def too_many_tries() -> Refusal:
    """Too many codes were tried from one address."""
    return Refusal(
        reason="邀请码试得有点多", advice="请过一小时再试，或请发码的单位核对一下。"
    )


def role_taken(role: str, where: str) -> str:
    """A role was taken up."""
    return f"好了，您现在是{where}的{TITLES[role]}。发“帮助”看能办什么。"


def role_held(role: str, where: str) -> str:
    """The role was held already; the code stays good."""
    return f"您已经是{where}的{TITLES[role]}了，不用再领。这个码没有用掉。"


# ---- applying ----


def open_classes(count: int) -> str:
    """The head of the list of classes that take applications."""
    return f"正在招生的班 {count} 个。报哪个？"


def no_open_class() -> str:
    """No class takes applications."""
    return "现在没有正在招生的班。有新的招生通知会发给您，也可以过几天再发“报名”看看。"


def open_class_line(
    title_: str, level: str, opens_on: date, places: int, standing: str
) -> str:
    """One class that takes applications, as a choice."""
    room = f"还有 {places} 个名额" if places else "已满，可候补"
    return f"{title_}（{level}），{day(opens_on)}开班，{standing or room}"


def standing_in_list(state: str) -> str:
    """Why a class in the list is not open to the person: they applied before."""
    return f"您已报名，{STATES[state]}"


def applications_closed(name: str, apply_until: date) -> Refusal:
    """The last day to apply has passed."""
    return Refusal(
        reason=f"{name}的报名{day(apply_until)}截止了",
        advice="回“报名”看正在招生的班。",
    )


def applied_before(name: str, number: int, state: str) -> Refusal:
    """One application per person and class."""
    return Refusal(
        reason=f"{name}您已经报过，编号 {number}，{STATES[state]}",
        advice="每人每班报一次。回“我的报名”看进度。",
    )


def draft_waits(name: str) -> str:
    """A form for this class is half filled."""
    return f"{name}的申请表您填过一半，都存着。接着填？"


def class_full(name: str, capacity: int) -> str:
    """A full class: the rule, and the next best thing."""
    return f"{name}已满 {capacity} 人（规程第十一条）。可以候补，有人退出按先后递补，也可以看别的班。"


def join_waitlist() -> str:
    """The choice to apply for the waiting list."""
    return "候补报名"


def other_classes() -> str:
    """The choice to look at other classes."""
    return "看别的班"


def check_needed(contact: str) -> Refusal:
    """Says nothing of why: an ID number must not be found out by asking."""
    whom = f"请联系{contact}" if contact else "请联系培训基地"
    return Refusal(
        reason="您的信息需要人工核对，申请暂时没有交上去",
        advice=f"{whom}核对后再提交，填的都存着。",
    )


def application_received(
    name: str, number: int, *, full: bool, stamp_by: date, link: str
) -> str:
    """An application was handed in: its number, what comes, and the document."""
    full_said = "本班名额已满，审核合格的进候补。" if full else ""
    return (
        f"收到，{name}的参训申请已交上去，编号 {number}。{full_said}"
        f"基地审核后告诉您，也可以发“我的报名”看进度。\n"
        f"请打印申请表盖单位章，{day(stamp_by)}前发“盖章”交来：\n{link}"
    )


def applied_to_base(name: str, code: str) -> str:
    """To a base: there are new applications."""
    return f"{name}有新的报名，回“报名 {code}”查看。"


def see_list() -> str:
    """The choice to see a class's applications."""
    return "看报名"


def my_applications(lines: Sequence[str]) -> str:
    """Where the person's applications stand."""
    return "\n".join(lines)


def my_application_line(
    number: int, name: str, state: str, reason: str, stamp_by: date | None
) -> str:
    """One application of the person's own."""
    why = f"，{reason}" if reason and state in ("refused", "waitlisted") else ""
    stamp = f"，请在{day(stamp_by)}前发“盖章”交单位意见" if stamp_by else ""
    return f"{number} 号 {name}：{STATES[state]}{why}{stamp}。"


def my_application_choice(number: int, title_: str) -> str:
    """One of the person's own applications, as a choice."""
    return f"{number} 号 {title_}"


def no_application() -> str:
    """The person has not applied anywhere."""
    return "您还没有报名。发“报名”看正在招生的班。"


def which_to_withdraw() -> str:
    """Which of several applications to take back."""
    return "撤回哪一份？"


def confirm_withdraw(name: str, number: int, *, holds_place: bool) -> str:
    """Before an application is taken back."""
    place = "名额会让给候补的老师。" if holds_place else ""
    return f"撤回 {number} 号申请，{name}？{place}"


def keep_it() -> str:
    """The choice not to go on."""
    return "不撤"


def withdrawn(name: str, number: int) -> str:
    """An application was taken back."""
    return f"好，{number} 号申请（{name}）已撤回。想再报，截止前发“报名”。"


def nothing_to_withdraw() -> Refusal:
    """No application can be taken back."""
    return Refusal(reason="没有可以撤回的申请", advice="发“我的报名”看进度。")


# ---- the stamped form ----


def stamp_looking(number: int) -> str:
    """A picture of the stamped form came and is being checked."""
    return f"收到，正在看 {number} 号申请的单位意见，好了告诉您。"


def stamp_how(name: str, link: str) -> str:
    """How to hand the stamped form in."""
    return (
        f"{name}的单位意见：申请表盖章后拍照或扫描成 PDF，从这里上传（一天内有效）：\n{link}\n"
        "也可以直接把照片发到这里。"
    )


def which_stamp() -> str:
    """Which application the stamp is for."""
    return "交哪一份的单位意见？"


def no_stamp_needed() -> Refusal:
    """Nothing waits for a stamp."""
    return Refusal(reason="现在没有要交单位意见的申请", advice="发“我的报名”看进度。")


def stamp_kept(name: str) -> str:
    """The stamped form arrived, the review goes on."""
    return f"{name}的单位意见收到了，等基地审核。"


def stamp_admits(name: str, opens_on: date) -> str:
    """The stamped form arrived and completes the admission."""
    return f"单位意见收到了，{name}正式录取您，{day(opens_on)}开班。"


# ---- reviewing applications ----


def applications_listed(name: str, heads: str, count: int) -> str:
    """The head of a class's applications."""
    if not count:
        return f"{name}还没有人报名。\n{heads}"
    return f"{name}\n{heads}\n看哪一份？"


def application_line(number: int, who: str, unit: str, state: str) -> str:
    """One application in a list."""
    return f"{number} 号 {who}，{unit}，{STATES[state]}"


def application_shown(
    number: int, name: str, state: str, lines: Sequence[str], *, stamped: bool
) -> str:
    """One application to somebody of the base."""
    stamp = "已交" if stamped else "未交"
    return "\n".join((f"{number} 号，{name}，{STATES[state]}，单位意见{stamp}", *lines))


def answer_line(label: str, value: str) -> str:
    """One answer under its label."""
    return f"{label}：{value}"


def full_not_allowed() -> Refusal:
    """The full view for somebody who may only see the masked one."""
    return Refusal(
        reason="全文只有基地工作人员能看", advice="需要时请基地的同事查看，会记入日志。"
    )


def full_needs_reason(number: int) -> Refusal:
    """The full view without a reason."""
    return Refusal(
        reason="看全文要写理由，会记入日志",
        advice=f"请这样发：查看 {number} 全部 理由。",
    )


def delete_after_use() -> str:
    """Under a full view."""
    return "以上含个人信息，用完请删除这条消息。"


def how_to_review(number: int) -> str:
    """The ways to decide on an application."""
    return f"{number} 号怎么审？不通过要写理由：审核 {number} 不通过 理由。"


def place_needed(name: str, capacity: int, number: int) -> Refusal:
    """The class is full."""
    return Refusal(
        reason=f"{name}已满 {capacity} 人，{number} 号没有录取",
        clause="规程第十一条",
        advice=f"可以回“审核 {number} 候补”。",
    )


def stamp_too_late(number: int, stamp_by: date) -> Refusal:
    """Without the stamp, after the last day for it."""
    return Refusal(
        reason=f"{number} 号还没有单位意见，{day(stamp_by)}起不再等盖章",
        advice=f"对方交来后再审，或回“审核 {number} 候补”。",
    )


def admitted_said(number: int, *, stamped: bool, left: int) -> str:
    """To the reviewer: a place was given."""
    state = "已录取" if stamped else "通过，待盖章，名额先留着"
    return f"好，{number} 号{state}。本班还有 {left} 个名额。"


def refused_said(number: int) -> str:
    """To the reviewer: refused."""
    return f"好，{number} 号不通过，理由会告诉对方。"


def waitlisted_said(number: int) -> str:
    """To the reviewer: on the waiting list."""
    return f"好，{number} 号进了候补，有名额按先后递补。"


def admitted_told(name: str, opens_on: date) -> str:
    """To the applicant: admitted."""
    return f"{name}录取您了，{day(opens_on)}开班。不能来请早点回“撤回申请”，名额好让给别人。"


def stamp_wanted_told(name: str, stamp_by: date) -> str:
    """To the applicant: passed, the stamp is missing."""
    return f"{name}审核通过，还差盖章的单位意见，名额给您留到{day(stamp_by)}。现在交请回“盖章”。"


def refused_told(name: str, reason: str) -> str:
    """To the applicant: refused, and the next best thing."""
    return f"{name}的申请没有通过。理由：{reason}。回“报名”看别的班。"


def waitlisted_told(name: str) -> str:
    """To the applicant: on the waiting list."""
    return f"{name}名额已满，您在候补里，有人退出按先后递补，轮到您马上告诉您。也可以回“报名”看别的班。"


def moved_up(told: str) -> str:
    """In front of what somebody who moved up is told."""
    return f"轮到您了：{told}"


STAMP_MISSED = "盖章的单位意见没有按时交"


def released_told(name: str) -> str:
    """To somebody who lost the place for want of the stamp."""
    return f"{name}没有等到盖章的单位意见，名额已让给候补的老师。想参加请回“报名”看别的班。"


# ---- urging ----


def urge_draft(name: str, apply_until: date, left: int) -> str:
    """To somebody with a half-filled form."""
    rest = f"还有 {left} 天" if left > 0 else "就是今天"
    return f"{name}的申请表您还没交，{day(apply_until)}截止报名，{rest}。接着填请回“继续”。"


def urged(drafts: int, stamps: int, again: int) -> str:
    """How many were reminded."""
    if not drafts + stamps + again:
        return "没有要催的：申请都交了，单位意见也齐了。"
    said = f"已提醒 {drafts + stamps} 位：没填完 {drafts} 位，待盖章 {stamps} 位。"
    return said + (f"另有 {again} 位今天提醒过了，不再打扰。" if again else "")


# ---- numbers and files ----


def class_numbers(name: str, heads: str) -> str:
    """The numbers of one class."""
    return f"{name}\n{heads}\n图马上发来。"


GROUPS = {"province": "按省", "level": "按级别", "major": "按专业大类"}


def group_numbers(group: str, parts: Sequence[str]) -> str:
    """One breakdown, on one line."""
    return f"{GROUPS[group]}：{'；'.join(parts)}"


def group_part(name: str, classes: int, admitted: int) -> str:
    """One part of a breakdown."""
    return f"{name} {classes} 个班、录取 {admitted} 人"


def all_numbers(classes: int, admitted: int, lines: Sequence[str]) -> str:
    """The numbers over all classes in a scope."""
    head = f"共 {classes} 个班，录取 {admitted} 人。"
    return (
        "\n".join((head, *lines, "图马上发来。"))
        if classes
        else "还没有班，没有可统计的。"
    )


_CHARTS = {
    "province": "各省录取人数",
    "level": "各级别录取人数",
    "major": "各专业大类录取人数",
}


def chart_of_scopes(group: str) -> str:
    """What stands over the chart of a breakdown."""
    return _CHARTS[group]


def chart_of_class(title_: str) -> str:
    """What stands over the chart of a class."""
    return f"{title_}报名情况"


def export_started(name: str) -> str:
    """A table is being made."""
    return f"{name}的报名表正在做，做好就发给您。"


def export_needs_reason(code: str) -> Refusal:
    """The full table without a reason."""
    return Refusal(
        reason="导出全文要写理由，会记入日志",
        advice=f"请这样发：导出 {code} 全部 理由。",
    )


def my_export_started() -> str:
    """The person's own data are being gathered."""
    return "正在整理存着的关于您的信息，做好就发给您，文件只有您能打开。"


EXPORT_HEADER = (
    "编号", "姓名", "性别", "年龄", "身份证号码", "单位", "职称/职务", "手机", "电子邮件", "状态", "单位意见", "报名日期",
)  # fmt: skip
YES, NO = "已交", "未交"


# ---- evaluation ----


def which_evaluation() -> str:
    """Which of several classes to evaluate."""
    return "评估哪个班？"


def no_evaluation() -> str:
    """Nothing to evaluate now."""
    return "现在没有要填的结束评估表。培训最后一天起可以填，到时提醒您。"


def evaluated_before() -> Refusal:
    """The person is done."""
    return Refusal(
        reason="这个班您已经评估过了，谢谢", advice="每人一次，不记名，所以不能再改。"
    )


def evaluated_twice() -> str:
    """After a second evaluation, which was not counted."""
    return "这个班您之前已经评估过，这一份没有再计入，填写过程已经清除。"


EVALUATION_HEADER = ("项目", "评价", "人数")


def cell_part(name: str, value: str) -> str:
    """One item of an answer with several, in a table's cell."""
    return f"{name}：{value}" if value else name


def cell(parts: Iterable[str]) -> str:
    """An answer with several items, as one cell."""
    return "；".join(parts)


def evaluation_thanks() -> str:
    """After the evaluation: what was done with it."""
    return "收到，谢谢您。评估不记名，您的填写过程已经清除，只记您交过了。"


# ---- one's own data ----


def confirm_erase(kept: Sequence[str]) -> str:
    """Before everything about a person is deleted."""
    duty = f"按规定要留的除外：{'、'.join(kept)}。" if kept else ""
    return f"删除后，您的报名、草稿、资料和身份都没有了，不能恢复。{duty}确认删除吗？"


def kept_by_duty(
    classes: Sequence[str], taught: Sequence[str], roster: Sequence[str], *, audit: bool
) -> list[str]:
    """What is kept of a person by duty, each thing by its name."""
    said = []
    if classes:
        said.append(f"{'、'.join(classes)} 的录取记录（班级办结前）")
    if taught:
        said.append(f"{'、'.join(taught)} 的任课记录")
    if roster:
        said.append(f"骨干教师名册（{'、'.join(roster)}）")
    if audit:
        said.append("操作日志里不带姓名的记录")
    return said


def erased(kept: Sequence[str]) -> str:
    """Everything about a person was deleted."""
    duty = f"按规定留下：{'、'.join(kept)}。" if kept else ""
    return f"您的信息已删除。{duty}以后想参加培训，随时再来。"


# ---- notices ----


def notices_listed(count: int) -> str:
    """The head of the list of notices."""
    return f"最近的通知 {count} 条：" if count else "还没有通知。"


def write_notice() -> str:
    """The choice to write a notice."""
    return "写一条新通知"


NO_LIMIT = ("", "不限", "全部", "全国", "所有", "无")
NOTICE_STATES = {
    "draft": "草稿",
    "awaiting_approval": "待批准",
    "approved": "已批准",
    "published": "已发布",
    "stopped": "已停发",
    "withdrawn": "已撤回",
}
_LONGEST_SHOWN = 300


def notice_line(number: int, title_: str, state: str) -> str:
    """One notice in a manager's list."""
    return f"{number} 号 {title_}，{NOTICE_STATES[state]}"


def notice_shown(
    number: int, title_: str, body: str, audience: str, recipients: int, state: str
) -> str:
    """A notice as it would go out."""
    short = body if len(body) <= _LONGEST_SHOWN else body[: _LONGEST_SHOWN - 1] + "…"
    return (
        f"{number} 号通知，{NOTICE_STATES[state]}\n《{title_}》\n{short}\n"
        f"发给：{audience}，现在共 {recipients} 人。"
    )


def no_such_province(said: str) -> Refusal:
    """A province that is not in the tree."""
    return Refusal(
        reason=f"没有找到“{said[:_LONGEST_SAID]}”",
        advice="请写省的全称，或“不限”：发“预览”看序号，再发“修改 序号”。",
    )


def awaits_another(number: int, recipients: int, limit: int) -> str:
    """A notice to more people than its author may publish to."""
    return (
        f"{number} 号要发给 {recipients} 人，超过 {limit} 人，"
        f"要请同级或上级的另一位管理人员回“发布 {number}”。"
    )


def published(number: int, title_: str, recipients: int) -> str:
    """A notice was published."""
    return (
        f"好，{number} 号《{title_}》已发布，正发给 {recipients} 人。"
        f"要停下回“停止 {number}”。"
    )


def stopped(number: int, title_: str, cancelled_: int) -> str:
    """What was not sent of a notice is not sent any more."""
    return (
        f"{number} 号《{title_}》停发了，拦下还没发出的 {cancelled_} 条。页面还能看。"
    )


def notice_withdrawn(number: int, title_: str, cancelled_: int) -> str:
    """A notice was taken back."""
    return f"{number} 号《{title_}》撤回了，拦下还没发出的 {cancelled_} 条，页面改为已撤回。"


def opening_not_approved(name: str) -> Refusal:
    """A class that the province has not approved calls for no applications."""
    return Refusal(
        reason=f"{name}的开班申请省里还没有审核通过，不能招生",
        clause="规程第八条",
        advice="通过后再回一次就行，草稿留着。",
    )


def scheme_not_filed(name: str, code: str) -> Refusal:
    """A class whose scheme is not filed calls for no applications."""
    return Refusal(
        reason=f"{name}的培训方案还没有报备，不能招生",
        clause="规程第十条",
        advice=f"报备回“方案 {code}”；在别处报过回“办结 {code} 方案”。草稿留着。",
    )
