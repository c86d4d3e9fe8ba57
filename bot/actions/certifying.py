"""证书: a base issues and revokes them, a teacher gets their own (规程第十二条)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

import msgspec

from bot import wording
from bot.actions import deadlines as timing
from bot.actions import evaluations, pictures
from bot.actions.asking import Asking, Result, choice, class_asked, say
from bot.actions.classes import named
from bot.actions.context import Context
from bot.actions.making import make_for, make_for_asker
from bot.actions.pictures import Sheet
from bot.actions.standings import Standing, standings
from bot.actions.telling import Word, tell
from bot.clock import civil
from conversations.model import Option, Refusal
from conversations.rules.certificates import Candidate, make_number, withheld
from conversations.understanding.masks import mask_id_number, mask_text
from storage import (
    applications,
    certificates,
    classes,
    submissions,
    transcripts,
)
from storage import evaluations as ballots
from storage.certificates import Certificate, CertificateRow, Holder
from storage.classes import ClassRow
from storage.database import UnitOfWork

STEP = "certificates"
_ASSESSED = ("running", "ended", "closed")
"""States of a class in which certificates may be there."""


class Report(msgspec.Struct, frozen=True):
    """Where the certificates of a class stand.

    ``ready`` are to get one now, ``held`` are refused with the rule's reason,
    ``wrong`` hold one and no longer pass.
    """

    ready: tuple[Standing, ...]
    held: tuple[tuple[Standing, Refusal], ...]
    wrong: tuple[Standing, ...]
    issued: tuple[Certificate, ...]

    @property
    def valid(self) -> tuple[Certificate, ...]:
        """Those that are good."""
        return tuple(one for one in self.issued if one.row.valid)

    @property
    def complete(self) -> bool:
        """True iff everybody who passed has one, and everybody's result is known."""
        unsettled = any(one.passed or not one.complete for one, _ in self.held)
        return not (self.ready or unsettled or self.wrong)


async def report_of(uow: UnitOfWork, row: ClassRow) -> Report:
    """Look at everybody of a class."""
    found = await standings(uow, row)
    evaluated = await ballots.completed(uow, class_id=row.id, form=evaluations.FORM)
    issued = await certificates.of_class(uow, class_id=row.id)
    certified = {one.row.person_id for one in issued if one.row.valid}
    ready, held, wrong = [], [], []
    for one in found:
        refused = withheld(_candidate(one, evaluated))
        if one.person_id in certified:
            if not one.passed:
                wrong.append(one)
        elif refused is None:
            ready.append(one)
        else:
            held.append((one, refused))
    return Report(tuple(ready), tuple(held), tuple(wrong), issued)


def _candidate(one: Standing, evaluated: Iterable[str]) -> Candidate:
    return Candidate(
        passed=one.passed,
        complete=one.complete,
        evaluated=one.person_id in evaluated,
        why=one.why,
    )


# ---- 证书 ----


async def show(ask: Asking) -> Result:
    """``证书``: one's own; with a class's code, a base's and its managers' view."""
    if not ask.words.first:
        return await _mine(ask)
    code = ask.words.code
    row = await classes.by_code(ask.context.uow, code=code) if code else None
    if row is None or not ask.may(row.scope_path, "list"):
        return await _mine_of(ask, row)
    return await _of_class(ask)


async def _of_class(ask: Asking) -> Result:
    verb = ask.words.second
    use = "list"
    use = "issue" if verb in wording.certificates.ISSUE else use
    use = "revoke" if verb in wording.certificates.REVOKE else use
    row = await class_asked(ask, use=use, lock=use != "list")
    if isinstance(row, Refusal):
        return row
    if row.state not in _ASSESSED:
        return wording.classes.class_is(row.state, wording.certificates.ISSUE[0])
    if use == "issue":
        return await _issue(ask, row)
    if use == "revoke":
        return await _revoke(ask, row)
    if verb == wording.certificates.REGISTER:
        return await _register(ask, row)
    return await _report(ask, row)


async def _report(ask: Asking, row: ClassRow) -> Result:
    report = await report_of(ask.context.uow, row)
    text = wording.certificates.of_class(
        named(row),
        issued=len(report.valid),
        ready=len(report.ready),
        held=_by_reason(report),
        wrong=[_pupil(one) for one in report.wrong],
    )
    options = []
    if report.ready and ask.may(row.scope_path, "issue"):
        verb = wording.certificates.ISSUE[0]
        label = wording.certificates.issue(len(report.ready))
        options.append(choice(label, f"{ask.command.name} {row.code} {verb}"))
    if report.issued:
        options.append(_to_register(ask, row))
    return say(text, options)


def _by_reason(report: Report) -> list[tuple[str, list[str]]]:
    grouped: dict[str, list[str]] = {}
    for one, refused in report.held:
        grouped.setdefault(refused.reason, []).append(_pupil(one))
    return list(grouped.items())


def _pupil(one: Standing) -> str:
    return wording.certificates.pupil(one.number, one.name)


def _to_register(ask: Asking, row: ClassRow) -> Option:
    word = wording.certificates.REGISTER
    return choice(
        wording.certificates.register(row.code), f"{ask.command.name} {row.code} {word}"
    )


async def _register(ask: Asking, row: ClassRow) -> Result:
    found = await certificates.of_class(ask.context.uow, class_id=row.id)
    if not found:
        return say(wording.certificates.none_issued(named(row)))
    sheet = Sheet(
        title=wording.certificates.register_title(row.title, row.code),
        header=wording.certificates.REGISTER_HEADER,
        rows=[register_row(one) for one in found],
    )
    revoked = sum(not one.row.valid for one in found)
    head = wording.certificates.registered(named(row), len(found), revoked)
    return say(await pictures.table(ask.context, sheet, brief=head))


def register_row(one: Certificate) -> tuple[str, ...]:
    """A certificate as a line of the register."""
    row = one.row
    return (
        str(row.serial),
        row.number,
        row.holder.name if row.holder else "",
        wording.certificates.STATES[row.state],
        civil(row.issued_at).isoformat(),
        row.reason,
    )


# ---- 发放 ----


async def _issue(ask: Asking, row: ClassRow) -> Result:
    context = ask.context
    report = await report_of(context.uow, row)
    if not report.ready:
        return wording.certificates.nothing_to_issue()
    made = await _make(context, row, report)
    await certificates.add(context.uow, made)
    for one in made:
        await _tell_holder(context, row, one)
    left = len(report.held)
    if not report.wrong and all(
        one.complete and not one.passed for one, _ in report.held
    ):
        await timing.mark_done(
            context.uow,
            subject=row.code,
            step=STEP,
            by=context.actor.person_id,
            now=context.now,
        )
        left = 0
    return say(wording.certificates.issued(named(row), len(made), left=left))


async def _make(
    context: Context, row: ClassRow, report: Report
) -> list[CertificateRow]:
    last = max((one.row.serial for one in report.issued), default=0)
    numbers = await _id_numbers(context.uow, row)
    return [
        CertificateRow(
            id=context.new_id(),
            number=make_number(row.code, serial, secrets.choice),
            class_id=row.id,
            serial=serial,
            person_id=one.person_id,
            holder=Holder(one.name, numbers.get(one.application_id, "")),
            state="valid",
            reason="",
            issued_at=context.now,
            created_by=context.actor.person_id,
        )
        for serial, one in enumerate(report.ready, last + 1)
    ]


async def _id_numbers(uow: UnitOfWork, row: ClassRow) -> dict[str, str]:
    """The masked ID numbers by application."""
    admitted = await applications.of_class(uow, class_id=row.id, states=["admitted"])
    ids = {one.submission_id: one.id for one in admitted if one.submission_id}
    forms = await submissions.get_many(uow, submission_ids=list(ids))
    return {
        ids[form.id]: mask_id_number(number)
        for form in forms.values()
        if isinstance(number := form.all_answers.get("id_number"), str)
    }


async def _tell_holder(context: Context, row: ClassRow, one: CertificateRow) -> None:
    url = verify_url(context, one.number)
    word = Word(
        wording.certificates.told(named(row), one.number, url),
        key=f"certificate:{one.id}",
        subject=row.title,
        class_id=row.id,
    )
    whom = [one.person_id or ""]
    await tell(context.uow, context.house, word, person_ids=whom, now=context.now)
    await make_for(context, "certificate", {"certificate": one.id}, person_ids=whom)


def verify_url(context: Context, number: str) -> str:
    """Where anybody sees that a certificate is real."""
    return context.house.links.page(f"verify/{number}")


# ---- 撤销 ----


async def _revoke(ask: Asking, row: ClassRow) -> Result:
    """``证书 CODE 撤销 SERIAL 理由``; asks first."""
    context = ask.context
    rest = list(ask.words.words[2:])
    confirmed = bool(rest) and rest[-1] == wording.CONFIRM
    reason = mask_text(" ".join(rest[1:-1] if confirmed else rest[1:]))
    if not rest or not rest[0].isdecimal() or not reason:
        return wording.certificates.which_to_revoke(row.code)
    serial = int(rest[0])
    found = await certificates.of_class(context.uow, class_id=row.id)
    one = next((one for one in found if one.row.serial == serial), None)
    if one is None or not one.row.valid:
        return wording.certificates.not_valid(serial)
    who = one.row.holder.name if one.row.holder else ""
    if not confirmed:
        text = wording.certificates.confirm_revoke(
            named(row), serial, who, one.row.number, reason
        )
        verb = wording.certificates.REVOKE[0]
        said = f"{ask.command.name} {row.code} {verb} {serial} {reason}"
        options = [
            choice(wording.CONFIRM, f"{said} {wording.CONFIRM}"),
            _to_register(ask, row),
        ]
        return say(text, options)
    return await _revoke_one(ask, row, one, reason)


async def _revoke_one(
    ask: Asking, row: ClassRow, one: Certificate, reason: str
) -> Result:
    context = ask.context
    await certificates.revoke(
        context.uow,
        certificate_id=one.row.id,
        reason=reason,
        by=context.actor.person_id,
        now=context.now,
    )
    ask.trail.detail = f"{one.row.number} {reason}"
    word = Word(
        wording.certificates.revoked_told(named(row), one.row.number, reason),
        key=f"revoked:{one.row.id}",
        subject=row.title,
        class_id=row.id,
    )
    if one.row.person_id:
        await tell(
            context.uow,
            context.house,
            word,
            person_ids=[one.row.person_id],
            now=context.now,
        )
    sent = await transcripts.latest_sent(context.uow, class_id=row.id)
    return say(
        wording.certificates.revoked(
            one.row.number, transcript=row.code if sent else ""
        )
    )


# ---- the teacher's own ----


async def _mine(ask: Asking) -> Result:
    context = ask.context
    found = await certificates.of_person(context.uow, person_id=context.actor.person_id)
    if len(found) == 1:
        return await _one_of_mine(ask, found)
    if found:
        options = [
            choice(
                wording.certificates.line_of_mine(
                    one.title, one.row.number, valid=one.row.valid
                ),
                f"{ask.command.name} {one.code}",
            )
            for one in found[: context.house.limits.list_length]
        ]
        return say(wording.certificates.which_of_mine(), options)
    if ask.paths("list"):
        return await _classes(ask)
    return say(wording.certificates.none_yet(await _reasons(context)))


async def _classes(ask: Asking) -> Result:
    """For who runs or watches classes: which one."""
    context = ask.context
    rows = await classes.listed(
        context.uow, paths=ask.paths("list"), states=("running", "ended")
    )
    if not rows:
        return say(wording.certificates.no_class())
    options = [
        choice(f"{row.title} {row.code}", f"{ask.command.name} {row.code}")
        for row in rows[: context.house.limits.list_length]
    ]
    return say(wording.certificates.which_class(), options)


async def _mine_of(ask: Asking, row: ClassRow | None) -> Result:
    """The person's own certificate of a class; else it is not there."""
    context = ask.context
    found = await certificates.of_person(context.uow, person_id=context.actor.person_id)
    mine = [one for one in found if row is not None and one.row.class_id == row.id]
    if not mine:
        return wording.not_found(ask.command.scope, ask.words.first)
    return await _one_of_mine(ask, mine)


async def _one_of_mine(ask: Asking, found: Sequence[Certificate]) -> Result:
    """The good one among those of a class, else the last that was revoked."""
    context = ask.context
    one = next((one for one in found if one.row.valid), found[0])
    row = one.row
    name = wording.classes.class_name(one.title, one.code)
    if not row.valid:
        when = civil(row.revoked_at or row.issued_at)
        return say(
            wording.certificates.mine_revoked(name, row.number, when, row.reason)
        )
    await make_for_asker(context, "certificate", {"certificate": row.id})
    url = verify_url(context, row.number)
    return say(wording.certificates.mine(name, row.number, url))


async def _reasons(context: Context) -> list[str]:
    """Why there is none, class by class."""
    uow, person_id = context.uow, context.actor.person_id
    reasons = []
    for application in await applications.of_person(uow, person_id=person_id):
        row = await classes.get(uow, class_id=application.class_id)
        if application.state != "admitted" or row is None:
            continue
        if row.state not in _ASSESSED:
            continue
        found = await standings(uow, row)
        one = next((one for one in found if one.person_id == person_id), None)
        done = await ballots.completed(uow, class_id=row.id, form=evaluations.FORM)
        refused = withheld(_candidate(one, done)) if one else None
        if one is not None:
            reasons.append(_why(row, refused))
    return reasons


def _why(row: ClassRow, refused: Refusal | None) -> str:
    if refused is None:
        return wording.certificates.not_issued(named(row))
    return wording.certificates.why_not(named(row), wording.refusal(refused))
