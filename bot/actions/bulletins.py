"""The commands about notices: read, written, shown before they go, and taken on."""

from __future__ import annotations

from bot import wording
from bot.actions import national
from bot.actions import notices as board
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.classes import named
from bot.actions.context import Context, Grant
from bot.commands import by_word
from conversations.model import (
    Conversation,
    FormRequest,
    Option,
    Outcome,
    Refusal,
    Reply,
    SubmitForm,
)
from notices.audience import Audience
from notices.deliveries import in_words
from notices.lifecycle import Denied, Hand
from notices.render import TextRefused
from notices.wording import reason, refusal
from storage import (
    articles,
    classes,
    deadlines,
    notices,
    numbers,
    organisations,
    reviews,
)
from storage.articles import ArticleRow
from storage.classes import ClassRow
from storage.database import UnitOfWork
from storage.notices import NoticeRow

FORM = "notice"
_WRITERS = "write"
_NOT_OUT = ("draft", "awaiting_approval")


# ---- 通知 ----


async def show(ask: Asking) -> Result:
    """``通知``: the newest notices; whoever may write one is offered to."""
    context = ask.context
    writes = ask.paths(_WRITERS)
    if writes and ask.words.first in wording.WRITE:
        return _write(context, writes[0])
    if writes and ask.words.first:
        return await _manage(ask, writes)
    limit = context.house.limits.list_length
    found = await board.readable_by(
        context.uow, person_id=context.actor.person_id, limit=limit
    )
    articles = tuple(
        Reply(kind="article", name=row.title, text=row.publisher, ref=f"/n/{row.slug}")
        for row in found
    )
    head = Reply(text=wording.notices.notices_listed(len(found)))
    if not writes:
        return Outcome(replies=(head, *articles))
    offers = Reply(
        text=wording.notices.notices_of_yours(),
        choices=tuple(await _offers(ask, writes)),
    )
    return Outcome(replies=(head, *articles, offers))


async def _offers(ask: Asking, paths: tuple[str, ...]) -> list[Option]:
    command = ask.command.name
    limit = ask.context.house.limits.list_length - 1
    managed = await notices.managed(ask.context.uow, paths=paths, limit=limit)
    return [
        choice(wording.notices.write_notice(), f"{command} {wording.WRITE[0]}"),
        *(
            choice(
                wording.notices.notice_line(row.number, row.title, row.state),
                f"{command} {row.number}",
            )
            for row in managed
        ),
    ]


def _write(context: Context, path: str) -> Outcome:
    form = context.house.book.newest(FORM)
    request = FormRequest(
        draft=context.new_id(),
        form=FORM,
        version=form.version,
        subject=path.rpartition("/")[2],
        context={},
    )
    return Outcome(open=request)


async def _manage(ask: Asking, paths: tuple[str, ...]) -> Result:
    """``通知 N`` by a writer: the notice, whom it reaches, what can be done."""
    number = ask.words.number
    row = await notices.by_number(ask.context.uow, number=number) if number else None
    if row is None or not board.may_take_on(paths, row):
        return wording.not_found("number", ask.words.first)
    ask.trail.scope_id = row.scope_id
    return await show_draft(ask.context, row)


async def show_draft(context: Context, row: NoticeRow) -> Outcome:
    """A notice, whom it reaches, and what can be done with it."""
    names = await _province_names(context.uow)
    shown = await board.preview(context.uow, row, provinces=names, now=context.now)
    lines = wording.notices.notice_shown(
        row.number, row.title, row.body, shown.audience, shown.recipients, row.state
    )
    if row.state in ("published", "stopped"):
        sent = await board.deliveries(context.uow, row)
        lines = f"{lines}\n{in_words(sent)}"
        article = await articles.of_notice(context.uow, notice_id=row.id)
        if article is not None:
            lines = f"{lines}\n{_article_line(article)}"
    return say(lines, _ways(row))


def _article_line(article: ArticleRow) -> str:
    return wording.notices.article_line(
        article.state,
        article.url,
        article.error,
        article.mass_sent,
        article.mass_failed,
    )


def _ways(row: NoticeRow) -> list[Option]:
    verbs = {
        "draft": ("发布",),
        "awaiting_approval": ("发布",),
        "published": ("停止", "撤回通知"),
        "stopped": ("撤回通知",),
    }
    return [
        choice(f"{verb} {row.number}", f"{verb} {row.number}")
        for verb in verbs.get(row.state, ())
    ]


async def _province_names(uow: UnitOfWork) -> dict[str, str]:
    root = await organisations.nation(uow)
    paths = [root.path] if root else []
    found = await organisations.scopes_below(uow, paths=paths, kind="province")
    return {one.id: one.name for one in found}


# ---- a notice is handed in ----


async def submit(
    context: Context, effect: SubmitForm, _conversation: Conversation
) -> Result:
    """The notice form was handed in: a draft is kept and shown."""
    grant = _writing_grant(context, effect.draft.subject)
    scope = (
        await organisations.scope(context.uow, scope_id=grant.scope_id)
        if grant
        else None
    )
    if grant is None or scope is None:
        return wording.no_longer_yours()
    answers = {
        key: one.value
        for key, one in effect.draft.answers.items()
        if isinstance(one.value, str)
    }
    audience = await _audience(context.uow, answers)
    if isinstance(audience, Refusal):
        return audience
    made = await board.draft_announcement(
        context.uow,
        board.Announcement(answers["title"], answers["body"], audience),
        scope=scope,
        author_id=context.actor.person_id,
        contact=context.house.contact,
        now=context.now,
        new_id=context.new_id,
    )
    if isinstance(made, TextRefused):
        return Refusal(reason=refusal(made).rstrip("。"), advice="")
    shown = await show_draft(context, made)
    return Outcome(replies=shown.replies, done=True)


def _writing_grant(context: Context, scope_id: str) -> Grant | None:
    roles = by_word()["通知"].roles(_WRITERS)
    held = [one for one in context.actor.grants if one.role in roles]
    return next((one for one in held if one.scope_id == scope_id), None)


async def _audience(uow: UnitOfWork, answers: dict[str, str]) -> Audience | Refusal:
    def chosen(field: str) -> tuple[str, ...]:
        value = answers.get(field, "")
        return () if value in wording.notices.NO_LIMIT else (value,)

    provinces = chosen("province")
    if provinces:
        names = await _province_names(uow)
        said = provinces[0]
        fitting = [key for key, name in names.items() if name.startswith(said)]
        if len(fitting) != 1:
            return wording.notices.no_such_province(said)
        provinces = (fitting[0],)
    return Audience(
        roles=chosen("role"),
        provinces=provinces,
        levels=chosen("level"),
        majors=chosen("major"),
    )


# ---- 招生 CODE ----


async def recruit(ask: Asking) -> Result:
    """``招生 CODE``: a draft of the 招生通知, shown before it goes (规程第十条)."""
    row = await class_asked(ask)
    if isinstance(row, Refusal):
        return row
    context = ask.context
    if row.state not in ("planned", "recruiting"):
        return wording.classes.class_is(row.state, ask.command.name)
    for before in await notices.of_class(context.uow, class_id=row.id):
        if before.kind == "recruitment" and before.state in notices.READABLE:
            return await show_draft(context, before)
    names = await _province_names(context.uow)
    made = await board.draft_recruitment(
        context.uow,
        row,
        provinces=names,
        author_id=context.actor.person_id,
        contact=context.house.contact,
        now=context.now,
        new_id=context.new_id,
    )
    return await show_draft(context, made)


# ---- 发布, 停止, 撤回通知 ----


async def publish(ask: Asking) -> Result:
    """``发布 N``: publish a draft, or hand it on to another manager."""
    row = await _notice_asked(ask)
    if isinstance(row, Refusal):
        return row
    if row.kind == "recruitment":
        refusal_ = await _may_recruit(ask.context, row)
        if refusal_ is not None:
            return refusal_
    if row.kind == national.KIND and row.state in _NOT_OUT:
        row = await national.refreshed(ask.context.uow, row)
    limit = ask.context.house.limits.author_publishes_up_to
    done = await board.publish(
        ask.context.uow, row, _hand(ask), limit=limit, now=ask.context.now
    )
    if isinstance(done, Denied):
        return _denied(done)
    if done.notice.state == "awaiting_approval":
        return say(wording.notices.awaits_another(row.number, done.recipients, limit))
    if row.class_id and row.kind == "recruitment":
        await classes.set_state(
            ask.context.uow,
            class_id=row.class_id,
            state="recruiting",
            among=["planned"],
        )
    if row.kind == national.KIND:
        await national.published(ask.context, row)
    return say(wording.notices.published(row.number, row.title, done.recipients))


async def _may_recruit(context: Context, row: NoticeRow) -> Refusal | None:
    """Applications are called for once the class is approved and its scheme filed."""
    about = await classes.get(context.uow, class_id=row.class_id or "", lock=True)
    if about is None or about.state not in ("planned", "recruiting"):
        return wording.classes.class_is(about.state if about else "cancelled", "招生")
    opening = await reviews.latest(context.uow, class_id=about.id, kind="opening")
    if opening is not None and opening.state != "approved":
        return wording.notices.opening_not_approved(named(about))
    if row.state in _NOT_OUT and row.body != await _recruitment_now(context, about):
        return wording.notices.draft_outdated(row.number, about.code)
    return await _scheme_missing(context.uow, about)


async def _recruitment_now(context: Context, about: ClassRow) -> str:
    """What a 招生通知 of the class would say if it were drafted now."""
    names = await _province_names(context.uow)
    contact = context.house.contact
    return board.recruitment_body(about, provinces=names, contact=contact)


async def _scheme_missing(uow: UnitOfWork, about: ClassRow) -> Refusal | None:
    step = await deadlines.find(uow, subject=about.code, step="scheme")
    if step is not None and step.state == "open":
        return wording.notices.scheme_not_filed(named(about), about.code)
    return None


async def stop(ask: Asking) -> Result:
    """``停止 N``: send no more of a notice."""
    row = await _notice_asked(ask)
    if isinstance(row, Refusal):
        return row
    done = await board.stop(ask.context.uow, row, _hand(ask), now=ask.context.now)
    if isinstance(done, Denied):
        return _denied(done)
    return say(wording.notices.stopped(row.number, row.title, done.cancelled))


async def withdraw(ask: Asking) -> Result:
    """``撤回通知 N``: send no more, and take the page away."""
    row = await _notice_asked(ask)
    if isinstance(row, Refusal):
        return row
    done = await board.withdraw(ask.context.uow, row, _hand(ask), now=ask.context.now)
    if isinstance(done, Denied):
        return _denied(done)
    return say(wording.notices.notice_withdrawn(row.number, row.title, done.cancelled))


async def _notice_asked(ask: Asking) -> NoticeRow | Refusal:
    """The notice with the number, locked, if the person may act on its kind."""
    if not ask.words.first:
        return wording.how_to_say(ask.command.usage)
    uow, number = ask.context.uow, ask.words.number
    found = await numbers.find(uow, number=number) if number else None
    row = (
        await notices.by_number(uow, number=found.number, lock=True)
        if found and found.kind == "notice"
        else None
    )
    use = row.kind if row and row.kind in ask.command.uses else "announcement"
    refused = ask.demand(row.scope_path if row else None, use=use)
    if refused is not None or row is None:
        return refused or wording.not_found(ask.command.scope, ask.words.first)
    ask.trail.scope_id = row.scope_id
    return row


def _hand(ask: Asking) -> Hand:
    # _notice_asked has held the person's scopes against the notice's.
    return Hand(person_id=ask.context.actor.person_id, covers=True)


def _denied(denied: Denied) -> Refusal:
    return Refusal(reason=reason(denied.code).rstrip("。"), advice="")
