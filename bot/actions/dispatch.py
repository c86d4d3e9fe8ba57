"""From a command or a finished form to the action that does it.

The caller owns the transaction: it commits when ``run`` has returned, and what
``run`` did is undone when it raises.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from functools import lru_cache

from bot import wording
from bot.actions import (
    amendments,
    answering,
    applicants,
    applications,
    applying,
    archiving,
    binding,
    bulletins,
    certifying,
    classes,
    collecting,
    evaluations,
    feedback,
    grades,
    leave,
    letters,
    loose_files,
    moving,
    needs,
    openings,
    papers,
    people,
    planned,
    plans,
    privacy,
    reaching,
    results,
    reviewing,
    rollcalls,
    scenes,
    schemes,
    scoring,
    showing,
    staffing,
    statistics,
    summaries,
    transcripts,
    urging,
    works,
)
from bot.actions.asking import Asking, Handler, Result
from bot.actions.context import Context, Grant, House
from bot.commands import allowed, by_word, guess, parse, parted
from conversations.model import (
    Conversation,
    Facts,
    Outcome,
    Refusal,
    Reply,
    RunCommand,
    SubmitForm,
)
from storage import audit
from storage.audit import AuditRow

Submitter = Callable[[Context, SubmitForm, Conversation], Awaitable[Result]]

HANDLERS: dict[str, Handler] = {
    "班级": showing.show_classes,
    "看板": showing.show_board,
    "征集": collecting.call,
    "汇总": collecting.collect,
    "报送": plans.report,
    "计划": planned.show,
    "增补": amendments.add,
    "调整": amendments.adjust,
    "开班": openings.begin,
    "方案": schemes.show,
    "需求": needs.show,
    "招生": bulletins.recruit,
    "审核": reviewing.review,
    "查看": applicants.show,
    "催办": urging.urge,
    "办结": classes.finish_step,
    "统计": statistics.show,
    "触达": reaching.show,
    "反馈": feedback.begin,
    "评估结果": results.show,
    "考勤": rollcalls.call,
    "准假": leave.grant,
    "不准假": leave.refuse,
    "评分": scoring.score,
    "更正": scoring.correct,
    "导出": applicants.export,
    "推荐": staffing.recommend,
    "邀请函": letters.letters,
    "换人": letters.replace,
    "改期": moving.move,
    "取消班级": moving.cancel,
    "发布": bulletins.publish,
    "停止": bulletins.stop,
    "撤回通知": bulletins.withdraw,
    "邀请": people.invite_somebody,
    "通知": bulletins.show,
    "报名": applying.apply,
    "我的报名": applications.mine,
    "盖章": loose_files.take,
    "接受": answering.accept,
    "拒绝": answering.refuse,
    "没空": answering.busy,
    "评估": evaluations.evaluate,
    "证书": certifying.show,
    "成绩单": transcripts.show,
    "归档": archiving.show,
    "总结": summaries.show,
    "这个数怎么来的": summaries.ask_back,
    "请假": leave.ask_for,
    "成果": works.hand_in,
    "成绩": grades.show,
    "撤回申请": applications.withdraw,
    "邀请码": people.take_up,
    "二维码": scenes.show,
    "绑定": binding.bind,
    "空白表": papers.blank,
    "导出我的信息": privacy.export_mine,
    "删除我的信息": privacy.erase_mine,
}
SUBMITTERS: dict[str, Submitter] = {
    "application": applying.submit,
    "evaluation": evaluations.submit,
    "backbone_feedback": feedback.submit,
    "institution_feedback": feedback.submit,
    "plan_item": plans.submit,
    "class_opening": openings.submit,
    "notice": bulletins.submit,
    "annual_summary": summaries.submit,
    "scheme": schemes.submit,
    "scheme_addition": schemes.submit_addition,
}
# Whose handing in is a deed of a role, and so is written down.
_DEEDS = {
    "plan_item": "报送",
    "annual_summary": "总结",
    "class_opening": "开班",
    "notice": "通知",
    "backbone_feedback": "反馈",
    "institution_feedback": "反馈",
    "scheme": "方案",
    "scheme_addition": "方案",
}
_LONGEST_SUBJECT = 40


def facts(grants: Iterable[Grant], house: House) -> Facts:
    """What the engine may know of a person with these roles.

    The same object for the same set of roles, so it costs a set and a look-up.
    """
    return _facts(frozenset(grant.role for grant in grants), house.contact)


@lru_cache(maxsize=256)
def _facts(roles: frozenset[str], contact: str) -> Facts:
    usable = allowed(roles)
    return Facts(
        commands={command.name: command.help_of(roles) for command in usable},
        parts=parted(roles),
        usages={command.name: command.usage for command in usable},
        aliases=tuple(alias for command in usable for alias in command.aliases),
        title=wording.title(roles),
        contact=contact,
    )


def is_own(effect: RunCommand | SubmitForm) -> bool:
    """True iff it writes nothing that others share, and so may join a batch."""
    if isinstance(effect, SubmitForm):
        return False
    command = by_word().get(effect.name)
    return command is not None and command.own


async def run(
    context: Context, effect: RunCommand | SubmitForm, conversation: Conversation
) -> Outcome:
    """Do what the person asked for and say what came of it.

    A rule that says no is an ``Outcome`` with the reason, never an exception.
    """
    if isinstance(effect, SubmitForm):
        return await _submit(context, effect, conversation)
    return await _run_command(context, effect, conversation)


async def _submit(
    context: Context, effect: SubmitForm, conversation: Conversation
) -> Outcome:
    result = await SUBMITTERS[effect.draft.form](context, effect, conversation)
    deed = _DEEDS.get(effect.draft.form)
    if deed is not None:
        row = _row(context, deed, result, subject=effect.draft.subject)
        await audit.add(context.uow, [row])
    return _outcome(result)


async def _run_command(
    context: Context, effect: RunCommand, conversation: Conversation
) -> Outcome:
    roles = frozenset(grant.role for grant in context.actor.grants)
    command = by_word().get(effect.name)
    if command is None or not command.open_to(roles):
        unknown = _unknown(effect.name, roles)
        if command is not None and command.manages:
            row = _row(context, command.name, unknown, subject="")
            await audit.add(context.uow, [row])
        return _outcome(unknown)
    ask = Asking(context, command, parse(effect.args), conversation)
    result = await HANDLERS[command.name](ask)
    # Anybody's command can be put to a manager's use (报名 CODE by a base).
    if command.manages or ask.trail.scope_id:
        await audit.add(context.uow, [_written_down(ask, result)])
    return _outcome(result)


def _written_down(ask: Asking, result: Result) -> AuditRow:
    return _row(
        ask.context,
        ask.command.name,
        result,
        subject=ask.words.first,
        scope_id=ask.trail.scope_id or None,
        detail=ask.trail.detail,
    )


def _row(
    context: Context,
    action: str,
    result: Result,
    *,
    subject: str,
    scope_id: str | None = None,
    detail: str = "",
) -> AuditRow:
    return AuditRow(
        id=context.new_id(),
        at=context.now,
        actor_id=context.actor.person_id,
        action=action,
        outcome="refused" if isinstance(result, Refusal) else "done",
        subject=subject[:_LONGEST_SUBJECT],
        scope_id=scope_id,
        detail=detail,
    )


def _outcome(result: Result) -> Outcome:
    if isinstance(result, Refusal):
        return Outcome(replies=(Reply(text=wording.refusal(result)),))
    return result


def _unknown(said: str, roles: frozenset[str]) -> Refusal:
    """The same for a word that is no command and for a command of other roles."""
    near = guess(said, roles)
    return wording.unknown_command(
        near.name if near else "", near.usage if near else ""
    )
