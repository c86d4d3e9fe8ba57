"""Whom a message is for: a word known everywhere, the last question, a command, the form."""

from __future__ import annotations

from collections.abc import Callable

from conversations.engine import (
    answering,
    asking,
    consents,
    menus,
    moving,
    photos,
    reading,
    words,
)
from conversations.engine.desk import Desk, replace
from conversations.engine.way import way_of
from conversations.model import Asked, Draft, Inbound
from conversations.prompts import general, ways

_MARK = "#"
_OF_THE_FORM = frozenset({"field", "lacking", "waiting"})
_PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".heic", ".webp", ".bmp")
_SHEET_ENDING = ".xlsx"
_OFFERED = frozenset({"offer", "offers", "question"})


def route(desk: Desk, inbound: Inbound) -> None:
    """Take one message."""
    _drop_unreadable_focus(desk)
    _KINDS.get(inbound.kind, _other)(desk, inbound)


def _drop_unreadable_focus(desk: Desk) -> None:
    draft = desk.draft
    if desk.conversation.focus and not (draft and moving.is_readable(desk, draft)):
        desk.focus("")
        moving.say_gone(desk)


# ---- kinds ----


def _text(desk: Desk, inbound: Inbound) -> None:
    text = words.cleaned(inbound.text)
    if text:
        hear(desk, text)
    else:
        _reply_kindly(desk, general.STICKER)


def _voice(desk: Desk, inbound: Inbound) -> None:
    text = words.cleaned(inbound.text)
    if text:
        hear(desk, text)
    else:
        _reply_kindly(desk, general.VOICE)


def _tap(desk: Desk, inbound: Inbound) -> None:
    tap = words.cleaned(inbound.tap or inbound.text)
    asked = desk.conversation.asked
    if not tap.startswith(_MARK):
        _tap_word(desk, asked, tap)
        return
    token, _, place = tap.partition(".")
    if asked is not None and asked.token == token and _fits(asked, place):
        _choose(desk, asked, int(place))
        return
    draft = desk.draft
    if asked is not None and draft is not None and (places := _ticked(asked, tap)):
        answering.choose_several(desk, draft, asked, places)
        return
    if draft is None:
        desk.say(ways.OLD_TAP_NO_QUESTION)
    else:
        desk.note(ways.OLD_TAP)
        asking.ask_current(desk, draft)


def _fits(asked: Asked, place: str) -> bool:
    return (
        place.isascii() and place.isdecimal() and 0 < int(place) <= len(asked.options)
    )


def _ticked(asked: Asked, tap: str) -> list[int]:
    """The places of several choices that were ticked together; none unless all fit."""
    if asked.topic != "field" or asked.held:
        return []
    said = [token.partition(".") for token in tap.split(" ")]
    if not all(
        token == asked.token and _fits(asked, place) for token, _, place in said
    ):
        return []
    return sorted({int(place) for _, _, place in said})


def _tap_word(desk: Desk, asked: Asked | None, tap: str) -> None:
    """A tap on a choice that is a word: from the last menu, or from an older one."""
    if asked is not None and any(option.send == tap for option in asked.options):
        say_word(desk, tap)
    elif tap:
        hear(desk, tap)
    else:
        _reply_kindly(desk, general.STICKER)


def _image(desk: Desk, inbound: Inbound) -> None:
    photos.take_image(desk, inbound)


def _file(desk: Desk, inbound: Inbound) -> None:
    if _is_sheet(inbound.text) and words.REPORT in desk.facts.commands:
        # Some channels tell of a file without giving it: it is uploaded instead.
        menus.run(desk, words.REPORT, inbound.media or words.UPLOAD)
        return
    if desk.draft is None and inbound.media and photos.STAMP in desk.facts.commands:
        photos.take_image(desk, inbound)
        return
    draft = desk.draft
    field = way_of(desk.form(draft)).fields.get(draft.cursor) if draft else None
    wants_photo = field is not None and field.kind == "photo"
    if inbound.media and (wants_photo or _is_picture(inbound.text)):
        photos.take_image(desk, inbound)
        return
    _reply_kindly(desk, general.FILE_FOR_PHOTO if wants_photo else general.FILE)


def _is_sheet(name: str) -> bool:
    """Whether a file's name says that it is an Excel table."""
    return name.lower().endswith(_SHEET_ENDING)


def _is_picture(name: str) -> bool:
    """Whether a file's name says that it is a picture."""
    return name.lower().endswith(_PICTURE_ENDINGS)


def _scan(desk: Desk, inbound: Inbound) -> None:
    """A code was scanned, perhaps to follow by it: its scene says what for."""
    scene = words.cleaned(inbound.scene)
    if scene:
        menus.run(desk, words.QR_CODE, f"{words.SCANNED} {scene}")
    else:
        menus.welcome(desk)


def _enter(desk: Desk, _inbound: Inbound) -> None:
    """The chat was opened: who fills in a form, or followed today, needs no greeting."""
    if desk.draft is None and desk.conversation.welcomed != desk.moment.today:
        menus.welcome(desk)


def _job(desk: Desk, inbound: Inbound) -> None:
    if inbound.job is not None:
        photos.take_result(desk, inbound.job)


def _silent(desk: Desk, inbound: Inbound) -> None:
    """Nobody is there to read an answer."""


def _other(desk: Desk, inbound: Inbound) -> None:
    said = {"location": general.LOCATION, "link": general.LINK}
    _reply_kindly(desk, said.get(inbound.kind, general.STICKER))


def _reply_kindly(desk: Desk, text: str) -> None:
    """Say why a message was of no use; in a form, the question comes again."""
    desk.note(text)
    draft = desk.draft
    if draft is not None:
        asking.ask_current(desk, draft)


_KINDS: dict[str, Callable[[Desk, Inbound], None]] = {
    "text": _text,
    "voice": _voice,
    "tap": _tap,
    "image": _image,
    "file": _file,
    "follow": _scan,
    "scan": _scan,
    "enter": _enter,
    "unfollow": _silent,
    "job": _job,
}


# ---- texts ----


def hear(desk: Desk, text: str) -> None:
    """A text, typed or recognised."""
    word = words.bare(text)
    if _universal(desk, word):
        return
    if _belongs_to_push(desk, text, word):
        return
    take_text(desk, text, word)


def take_text(desk: Desk, text: str, word: str) -> None:
    """A text that is no universal word and answers nothing pushed in between."""
    asked = desk.conversation.asked
    if asked is not None and asked.topic not in _OF_THE_FORM:
        place = _place(asked, word)
        if place:
            _choose(desk, asked, place)
            return
        number = words.number(word)
        if number is not None and asked.options and asked.topic not in _OFFERED:
            desk.say(ways.out_of_range(len(asked.options)))
            return
    if menus.help_about(desk, text):
        return
    draft = desk.draft
    command = menus.find_command(desk, text)
    if command and draft is not None:
        menus.ask_about_command(desk, draft, text, command[0])
    elif command:
        menus.run(desk, *command)
    elif word.lower() in words.GREETINGS:
        menus.greet(desk)
    elif word in words.THANKS:
        _reply_kindly(desk, general.WELCOME_TO_IT)
    elif draft is not None:
        answering.answer(desk, draft, text)
    else:
        menus.unknown(desk, text)


def _place(asked: Asked, word: str) -> int:
    """Which choice of a question of the engine's own ``word`` names; 0 for none."""
    number = words.number(word)
    if number is not None:
        return number if 1 <= number <= len(asked.options) else 0
    for place, option in enumerate(asked.options, 1):
        if word in (words.bare(option.label), option.send):
            return place
    return _YES_NO.get(asked.topic, _nothing)(word)


def _nothing(_word: str) -> int:
    return 0


def _yes_first(word: str) -> int:
    if word in words.YES:
        return 1
    return 2 if word in words.NO else 0


def _no_first(word: str) -> int:
    if word in words.NO or word.startswith(ways.KEEP_WORDS):
        return 1
    return 2 if word in words.YES or word.startswith(ways.GIVE_UP_WORDS) else 0


def _yes_only(word: str) -> int:
    return 1 if word in words.YES else 0


def _stays(word: str) -> int:
    """A no to “do you mean the command?”: the form goes on."""
    return 2 if word in words.NO or word.startswith(ways.KEEP_WORDS) else 0


_YES_NO: dict[str, Callable[[str], int]] = {
    "consent": _yes_first,
    "cancel": _no_first,
    "command": _stays,
    "summary": _yes_only,
    "offers": _yes_only,
    "question": _yes_only,
}


# ---- universal words ----


def _universal(desk: Desk, word: str) -> bool:
    """Do what a word known in every state says; False when it is none."""
    draft = desk.draft
    place = words.place_to_change(word)
    if place is None and draft is not None:
        place = moving.place_named(desk, draft, words.name_to_change(word))
    if place is None and word not in words.UNIVERSAL:
        return False
    if word in _ANYWHERE:
        _ANYWHERE[word](desk)
    elif draft is None and word == words.SUBMIT:
        _submit_outside(desk)
    elif draft is None:
        moving.nothing_in_focus(desk)
    elif place is not None:
        moving.change(desk, draft, place)
    else:
        _IN_FORM[word](desk, draft)
    return True


def _submit_outside(desk: Desk) -> None:
    """提交 while no form is in focus: of the only one open, else it asks which."""
    drafts = moving.readable(desk)
    if len(drafts) != 1:
        moving.resume(desk)
        return
    desk.focus(drafts[0].id)
    moving.submit(desk, drafts[0])


def _change_how(desk: Desk, draft: Draft) -> None:
    desk.note(ways.CHANGE_HOW)
    asking.ask_current(desk, draft)


_ANYWHERE: dict[str, Callable[[Desk], None]] = {
    words.HELP: menus.help_,
    words.MENU: menus.menu,
    words.CANCEL: moving.cancel,
    words.RESUME: moving.resume,
    words.LEAVE: moving.leave,
}
_IN_FORM: dict[str, Callable[[Desk, Draft], None]] = {
    words.BACK: moving.back,
    words.SKIP: moving.skip,
    words.CHANGE: _change_how,
    words.PREVIEW: moving.preview,
    words.SUBMIT: moving.submit,
    words.FINISH: moving.finish,
}


def say_word(desk: Desk, word: str) -> None:
    """A word was chosen from a menu: it is run, not asked about."""
    if _universal(desk, word):
        return
    command = menus.find_command(desk, word)
    if command:
        menus.run(desk, *command)
    else:
        hear(desk, word)


# ---- numbers that could answer a message pushed in between ----


def _belongs_to_push(desk: Desk, text: str, word: str) -> bool:
    """Whether the text answers what was pushed, or has to be asked about."""
    push = tuple(one for one in desk.facts.push if not one.send.startswith(_MARK))
    number = words.number(word) if push else None
    if number is None or not 1 <= number <= len(push):
        return False
    option = push[number - 1]
    if not _fits_question(desk, text, number):
        say_word(desk, option.send)
        return True
    asked = desk.conversation.asked
    question = general.WHICH_MENU if desk.draft is None else general.WHICH_QUESTION
    desk.ask(
        general.which(word),
        (general.which_push(option.label), question),
        topic="which",
        held=f"{number} {option.send}",
        previous=replace(asked, previous=None) if asked is not None else None,
    )
    return True


def _fits_question(desk: Desk, text: str, number: int) -> bool:
    """Whether the number could answer what was asked before."""
    asked = desk.conversation.asked
    if asked is not None and asked.options:
        return number <= len(asked.options)
    draft = desk.draft
    field = way_of(desk.form(draft)).fields.get(draft.cursor) if draft else None
    if draft is None or field is None:
        return False
    return not reading.read(desk, draft, field, text).problem


def _choose_which(desk: Desk, asked: Asked, place: int) -> None:
    number, _, send = asked.held.partition(" ")
    if place == 1:
        say_word(desk, send)
        return
    desk.conversation = replace(desk.conversation, asked=asked.previous)
    take_text(desk, number, number)


# ---- choices ----


def _choose(desk: Desk, asked: Asked, place: int) -> None:
    """One of the numbered ways was chosen, by number, by words or by a tap."""
    if asked.topic in _WITHOUT_FORM:
        _WITHOUT_FORM[asked.topic](desk, asked, place)
        return
    draft = desk.draft
    chosen = _WITH_FORM.get(asked.topic)
    if draft is None or chosen is None:
        desk.say(ways.OLD_TAP_NO_QUESTION)
    else:
        chosen(desk, draft, asked, place)


def _choose_menu(desk: Desk, asked: Asked, place: int) -> None:
    say_word(desk, asked.options[place - 1].send)


def _choose_consent(desk: Desk, draft: Draft, asked: Asked, place: int) -> None:
    if consents.is_outdated(desk, asked):
        asking.ask_current(desk, draft)
        return
    consents.record(desk, consents.kind_of(asked), given=place == 1)
    if place != 1:
        moving.refuse_consent(desk, draft, consents.kind_of(asked))
    elif asked.held:
        photos.take_held(desk, draft, asked.held)
    else:
        asking.ask_current(desk, draft)


def _choose_cancel(desk: Desk, draft: Draft, _asked: Asked, place: int) -> None:
    moving.choose_cancel(desk, draft, place)


def _choose_summary(desk: Desk, draft: Draft, _asked: Asked, place: int) -> None:
    if place == 1:
        moving.submit(desk, draft)
    else:
        moving.preview(desk, draft)


def _choose_command(desk: Desk, draft: Draft, asked: Asked, place: int) -> None:
    """A command inside a form: go there, stay, or it was the answer."""
    if place == 1:
        command = menus.find_command(desk, asked.held)
        menus.run(desk, *(command or (asked.held, "")))
    elif place == 2:
        asking.ask_current(desk, draft)
    else:
        answering.answer(desk, draft, asked.held)


_WITHOUT_FORM: dict[str, Callable[[Desk, Asked, int], None]] = {
    "menu": _choose_menu,
    "resume": moving.choose_form,
    "which": _choose_which,
}
_WITH_FORM: dict[str, Callable[[Desk, Draft, Asked, int], None]] = {
    "field": answering.choose,
    "offer": answering.answer_offer,
    "offers": answering.answer_offers,
    "question": answering.take_as_meant,
    "consent": _choose_consent,
    "cancel": _choose_cancel,
    "summary": _choose_summary,
    "command": _choose_command,
    "reading": reading.choose,
}
