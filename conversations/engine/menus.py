"""Outside the questions: help, menu, greetings, guesses, commands."""

from __future__ import annotations

import msgspec
from rapidfuzz import fuzz, process

from conversations.engine import asking, moving, reading, words
from conversations.engine.desk import Desk
from conversations.engine.way import SUMMARY, place_of, questions, way_of
from conversations.model import Draft, Option, RunCommand
from conversations.prompts import general, ways
from conversations.prompts import questions as wording
from conversations.prompts.text import numbered

_NEARLY = 50
_GUESSES = 3
_MENU_LENGTH = 9
_LONGEST_GUESSED = 12


def help_(desk: Desk) -> None:
    """帮助: about the question at the cursor, or about what the person may do."""
    draft = desk.draft
    if draft is None:
        facts = desk.facts
        desk.say(general.help_outside(facts.title, facts.commands, facts.parts))
        return
    form = desk.form(draft)
    field = way_of(form).fields.get(draft.cursor)
    if field is not None:
        asked = questions(form, draft)
        place = wording.place(place_of(asked, field.id), len(asked))
        desk.note(general.field_help(field, place))
    desk.note(general.WORDS_IN_FORM)
    desk.note(general.help_contact(desk.contact))
    asking.ask_current(desk, draft)


def help_about(desk: Desk, text: str) -> bool:
    """``帮助 审核``: what one command does; False when the text is nothing of the kind."""
    asked = words.command(text, (words.HELP,))
    what = desk.facts.commands.get(asked[1]) if asked else None
    if asked is None or what is None:
        return False
    told = general.help_command(asked[1], what, desk.facts.usages.get(asked[1], ""))
    if desk.draft is None:
        desk.say(told)
    else:
        desk.note(told)
        asking.ask_current(desk, desk.draft)
    return True


def menu(desk: Desk) -> None:
    """菜单: what can be done, as choices."""
    in_form = desk.draft is not None
    options = [Option(general.GO_ON, words.RESUME)] if desk.conversation.drafts else []
    if in_form:
        options.extend(Option(word, word) for word in (words.PREVIEW, words.LEAVE))
    room = _MENU_LENGTH - len(options)
    options.extend(Option(word, word) for word in list(desk.facts.commands)[:room])
    if options:
        desk.offer(general.MENU_IN_FORM if in_form else general.MENU, options)
    else:
        desk.say(general.NO_COMMANDS)


def greet(desk: Desk) -> None:
    """A greeting is answered, and the way on is shown."""
    draft = desk.draft
    if draft is not None:
        desk.note(general.GREETING_IN_FORM)
        asking.ask_current(desk, draft)
        return
    desk.note(general.GREETING)
    menu(desk)


def welcome(desk: Desk) -> None:
    """The person follows the account, perhaps again; what they filled in is kept."""
    if moving.readable(desk):
        desk.note(general.WELCOME_BACK_TO_FORMS)
    else:
        before = desk.conversation.questions > 0
        desk.note(general.WELCOME_BACK if before else general.WELCOME)
    if desk.draft is not None:
        desk.focus("")
    desk.conversation = msgspec.structs.replace(
        desk.conversation, welcomed=desk.moment.today
    )
    menu(desk)


def unknown(desk: Desk, text: str) -> None:
    """Words that nobody knows: guess what was meant, else say where help is."""
    near = _guesses(desk, text)
    if moving.readable(desk):
        desk.note(ways.hint(moving.titles(desk)))
    if near:
        notes = list(desk.notes)
        desk.notes.clear()
        desk.offer(general.guess(text), [Option(word, word) for word in near])
        desk.notes.extend(notes)
    else:
        desk.notes.insert(0, general.unknown(text))


def _guesses(desk: Desk, text: str) -> list[str]:
    said = words.bare(text).split(" ")[0][:_LONGEST_GUESSED]
    known = [*desk.facts.commands, *sorted(words.UNIVERSAL), words.INVITATION]
    found = process.extract(
        said, known, scorer=fuzz.ratio, score_cutoff=_NEARLY, limit=_GUESSES
    )
    contained = [word for word in known if word in text]
    near = dict.fromkeys([*contained, *(word for word, _, _ in found)])
    return list(near)[:_GUESSES]


# ---- commands ----


def find_command(desk: Desk, text: str) -> tuple[str, str] | None:
    """The command that ``text`` gives, with its arguments."""
    for known in (desk.facts.commands, desk.facts.aliases, (words.INVITATION,)):
        found = words.command(text, known)
        if found:
            return found
    return None


def run(desk: Desk, name: str, args: str) -> None:
    """Leave the form, if one is in focus, and give the command."""
    if desk.conversation.focus:
        desk.focus("")
    desk.notes.clear()
    desk.effects.append(RunCommand(name, args))


def ask_about_command(desk: Desk, draft: Draft, text: str, name: str) -> None:
    """A command inside a form is asked about first, never run."""
    form = desk.form(draft)
    labels = [general.go_there(name), general.STAY]
    field = way_of(form).fields.get(draft.cursor)
    if (
        field is not None
        and draft.cursor != SUMMARY
        and not reading.read(desk, draft, field, text).problem
    ):
        labels.append(general.MY_ANSWER)
    desk.ask(
        general.command_inside(text, form.title), labels, topic="command", held=text
    )


def with_numbers(text: str, options: tuple[Option, ...]) -> str:
    """``text`` with its numbered choices, unless it shows them already."""
    if not options or f"1. {options[0].label}" in text:
        return text
    return numbered(text, [option.label for option in options])
