"""Plays a tale against the engine and writes down what was said.

A tale is a text file. Lines ``= NAME VALUE`` at its head set the scene (a key of
the class, ``prefill`` to remember answers of a former form, ``plan`` for a class
that is on the plan, ``knows`` for one more command). A line ``> WORDS``
is what the person writes; what follows is what they get: replies, divided by
``---``, and effects, marked ``*``. In square brackets stands what is no text:

    [tap 2]           the second choice of the last message that had choices
    [old tap 2]       the second choice of the message with choices before that
    [document A NAME] a file; [image A] a picture; [photo ok] or [photo REASON] ends its check
    [picture]         the picture of the form has been drawn
    [voice WORDS] [sticker] [location] [link] [file] [follow] [scan SCENE]
    [days 3]          time passes
    [push A=B;C=D]    a message with choices reaches the person in between
    [open FORM]       a form is opened for the person; [reopen FORM] one that came back
    [refused WORDS]   the next submission will not be taken, for this reason
    [version 2]       a new version of the form, and of the consents, is released
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from conversations import codec, engine
from conversations.forms.book import FormBook, load_book
from conversations.model import (
    Conversation,
    Draft,
    Effect,
    Facts,
    FormRequest,
    Inbound,
    JobResult,
    Moment,
    Option,
    Outcome,
    Reply,
    RunCommand,
    StartJob,
    SubmitForm,
    Turn,
    Value,
)
from tests.goldens.books import next_book

CONTACT = "江南基地培训办 0510-8123456"
COMMANDS = {
    "报名": "看能报的班，填申请表",
    "我的报名": "看报名到哪一步",
    "通知": "看给我的通知",
    "评估": "填结束评估表",
    "开班": "提交开班申请",
    "反馈": "填反馈表",
    "总结": "年度工作总结",
    "审核": "审核报名",
}
CLASS = {
    "class_code": "2026-NC-02",
    "class_title": "数控加工二级班",
    "level": "二级",
    "major": "机械类",
    "institution": "江南师资研修中心",
    "opens_on": "2026-06-20",
    "ends_on": "2026-06-28",
    "apply_until": "2026-06-13",
    "lecturer_1": "王强",
    "lecturer_1_course": "学习任务分析",
    "lecturer_2": "赵敏",
    "lecturer_2_course": "工作页设计",
}
OPENING = {
    "institution": "江南机电技师学院",
    "institution_kind": "教师培训基地",
    "approved": "机械类,二级;机械类,三级;信息类,三级",
    "ahead_days": "40",
    "origin": "off_plan",
}
"""What the house says of a base that opens a class; ``= plan`` adds the plan's."""
PLANNED = {
    "origin": "on_plan",
    "plan_item": "p1",
    "plan_level": "二级",
    "plan_major": "机械类",
    "plan_opens_on": "2026-08-10",
    "plan_headcount": "30",
}
ID_NUMBER = "110101199003074477"
REMEMBERED: dict[str, Value] = {
    "name": "李晓梅",
    "id_number": ID_NUMBER,
    "ethnicity": "汉族",
    "unit": "江南机电技师学院",
    "title": "讲师",
    "phone": "13800138000",
    "email": "lixm@example.com",
    "trained": "no",
    "education": {"bachelor": "机械工程"},
    "photo": "photo-of-last-year",
}
PLANNING = OPENING | {
    "kind": "plan",
    "period": "2026-2",
    "provinces": "江北省;江南省",
}
"""What the house says of a base that plans a class."""
_FORMS = {
    "报名": "application",
    "评估": "evaluation",
    "开班": "class_opening",
    "报送": "plan_item",
    "总结": "annual_summary",
}
_LONGEST = 2000


@dataclass
class Player:
    """One person with the engine; the rest of the house is a few lines."""

    context: dict[str, str] = field(default_factory=lambda: dict(CLASS))
    commands: dict[str, str] = field(default_factory=lambda: dict(COMMANDS))
    prefill: dict[str, Value] = field(default_factory=dict)
    folder: Path | None = None
    book: FormBook = field(default_factory=load_book)
    conversation: Conversation = field(default_factory=Conversation)
    now: datetime = datetime(2026, 6, 1, 1, tzinfo=UTC)
    messages: int = 0
    push: tuple[Option, ...] = ()
    refusal: str = ""
    shown: list[tuple[Option, ...]] = field(default_factory=list)
    jobs: dict[str, str] = field(default_factory=dict)
    effects: list[Effect] = field(default_factory=list)
    submitted: list[Draft] = field(default_factory=list)

    @property
    def moment(self) -> Moment:
        today = self.now.astimezone(ZoneInfo("Asia/Shanghai")).date()
        return Moment(at=self.now, today=today)

    @property
    def facts(self) -> Facts:
        return Facts(
            commands=self.commands,
            title="您好，李老师。",
            contact=CONTACT,
            push=self.push,
        )

    def hear(self, line: str) -> list[str]:
        """What comes of one line of a tale, as lines."""
        if line.startswith("[") and line.endswith("]"):
            word, _, rest = line[1:-1].partition(" ")
            if word == "old":
                word, rest = "old tap", rest.partition(" ")[2]
            return self._special(word, rest)
        return self._step("text", text=line)

    def _special(self, word: str, rest: str) -> list[str]:
        match word:
            case "tap":
                return self._tap(-1, int(rest))
            case "old tap":
                return self._tap(-2, int(rest))
            case "image" | "document":
                kind = "image" if word == "image" else "file"
                media, _, name = rest.partition(" ")
                return self._step(kind, media=f"file:{media}", text=name)
            case "photo":
                return self._job("photo", rest)
            case "picture":
                return self._job("form_picture", "ok")
            case "open" | "reopen":
                return self._open(rest, again=word == "reopen")
            case "days" | "push" | "refused" | "version":
                return self._outside(word, rest)
            case _:
                kind = "other" if word == "sticker" else word
                said = {"scene" if word == "scan" else "text": rest}
                return self._step(kind, **said)

    def _outside(self, word: str, rest: str) -> list[str]:
        if word == "days":
            self.now += timedelta(days=int(rest))
        elif word == "refused":
            self.refusal = rest
        elif word == "version":
            assert self.folder is not None
            self.book = next_book(self.folder)
        else:
            pairs = (choice.split("=") for choice in rest.split(";"))
            self.push = tuple(Option(label, send) for label, send in pairs)
        return []

    def _open(self, form: str, *, again: bool) -> list[str]:
        self.messages += 1
        request = self.request(form, "2026-NC-02")
        if again:
            before = self.submitted[-1].answers
            values = {key: one.value for key, one in before.items()}
            request = msgspec.structs.replace(request, given=values)
        return self.settle(Outcome(open=request))

    def _tap(self, message: int, place: int) -> list[str]:
        option = self.shown[message][place - 1]
        return self._step("tap", text=option.label, tap=option.send)

    def _job(self, kind: str, end: str) -> list[str]:
        ok = end == "ok"
        result = JobResult(
            job=self.jobs.get(kind, "no job"),
            kind=kind,
            ok=ok,
            file=f"{kind}-file" if ok else "",
            reason="" if ok else end,
        )
        return self._step("job", job=result)

    def _step(self, kind: str, **values: object) -> list[str]:
        self.messages += 1
        inbound = Inbound(id=f"m{self.messages}", kind=kind, **values)  # type: ignore[arg-type]  # the caller names fields of Inbound
        turn = engine.step(
            self.conversation, inbound, self.book, self.facts, self.moment
        )
        self.push = ()
        lines = self._take(turn)
        shared = [e for e in turn.effects if isinstance(e, RunCommand | SubmitForm)]
        if shared:
            assert not turn.replies
            lines += self.settle(self._outcome(shared[0]))
        return lines

    def settle(self, outcome: Outcome) -> list[str]:
        return self._take(
            engine.settle(
                self.conversation, outcome, self.book, self.facts, self.moment
            )
        )

    def _outcome(self, effect: RunCommand | SubmitForm) -> Outcome:
        if isinstance(effect, SubmitForm):
            refusal, self.refusal = self.refusal, ""
            if refusal:
                return Outcome(replies=(Reply(text=refusal),))
            self.submitted.append(effect.draft)
            return Outcome(done=True)
        if effect.name == "二维码":
            # What the house reads in a code; here, the command it stands for.
            name, _, args = effect.args.partition(" ")[2].partition(" ")
            effect = RunCommand(name, args)
        form = _FORMS.get(effect.name)
        if effect.name == "通知" and effect.args == "草稿":
            form = "notice"
        if effect.name == "反馈":
            duty = self.context.get("duty")
            form = "backbone_feedback" if duty else "institution_feedback"
        if form == "application" and not effect.args:
            return _classes()
        if form is None:
            return Outcome(replies=(Reply(text=f"（“{effect.name}”的结果）"),))
        return Outcome(open=self.request(form, effect.args or "2026-NC-02"))

    def request(self, form: str, subject: str) -> FormRequest:
        newest = self.book.newest(form)
        around = {"class_opening": OPENING, "plan_item": PLANNING}.get(form, {})
        context = around | self.context
        given: dict[str, Value] = {
            key.removeprefix("plan_"): value
            for key, value in context.items()
            if key.startswith("plan_") and key != "plan_item"
        }
        return FormRequest(
            draft=f"draft-{self.messages}",
            form=form,
            version=newest.version,
            subject=subject,
            context={key: context.get(key, "") for key in newest.context},
            prefill=self.prefill,
            given=given,
        )

    def _take(self, turn: Turn) -> list[str]:
        kept = codec.decode(codec.encode(turn.conversation))
        assert kept == turn.conversation
        self.conversation = kept
        self.effects.extend(turn.effects)
        for effect in turn.effects:
            if isinstance(effect, StartJob):
                self.jobs[effect.kind] = effect.job
        for reply in turn.replies:
            assert len(reply.text.encode()) <= _LONGEST
            assert ID_NUMBER not in reply.text
            if reply.choices:
                self.shown.append(reply.choices)
        return [*_said(turn.replies), *(_done(effect) for effect in turn.effects)]


def _classes() -> Outcome:
    choices = (
        Option("数控加工二级班，6 月 20 日开班", "报名 2026-NC-02"),
        Option("模具制造一级班，7 月 6 日开班", "报名 2026-MJ-01"),
    )
    return Outcome(replies=(Reply(text="您可以报的班：", choices=choices),))


def _said(replies: Iterable[Reply]) -> list[str]:
    lines: list[str] = []
    for reply in replies:
        if lines:
            lines.append("---")
        if reply.kind == "text":
            lines.extend(reply.text.split("\n"))
        else:
            lines.append(f"[{reply.kind} {reply.ref}]")
    return lines


def _done(effect: Effect) -> str:
    match effect:
        case StartJob(_, kind, _):
            return f"* start {kind}"
        case RunCommand(name, args):
            return f"* run {name} {args}".rstrip()
        case SubmitForm(draft):
            return f"* submit {draft.form} {draft.version}"
        case _:
            return f"* {type(effect).__name__}"


def play(tale: str, folder: Path) -> str:
    """The tale with everything that is said and done in it."""
    player = Player(folder=folder)
    written: list[str] = []
    for line in tale.splitlines():
        if line.startswith("= "):
            name, _, value = line[2:].partition(" ")
            if name == "prefill":
                player.prefill = REMEMBERED
            elif name == "knows":
                player.commands[value] = value
            elif name == "plan":
                player.context.update(PLANNED)
            else:
                player.context[name] = value
            written.append(line)
        elif line.startswith("#"):
            written.append(line)
        elif line.startswith("> "):
            written += ["", line, *player.hear(line[2:])]
    return "\n".join(written).strip() + "\n"
