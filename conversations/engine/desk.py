"""One step being taken: what it may read, and what it has come to so far.

A desk lives for one call of ``step`` or ``settle``; the values on it are
frozen, and what it ends with is a ``Turn``.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from conversations.forms.book import FormBook
from conversations.forms.schema import Form
from conversations.model import (
    Asked,
    Conversation,
    Draft,
    Effect,
    Facts,
    Moment,
    Option,
    Reply,
    StartJob,
    Turn,
)
from conversations.prompts import general
from conversations.prompts.text import LONGEST, numbered, pages

replace = msgspec.structs.replace

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Desk:
    """Collects what is said and done in a step.

    ``notes`` are sentences that go in front of the next question; ``id`` is the
    inbound's, from which jobs take theirs.
    """

    __slots__ = (
        "_jobs",
        "book",
        "conversation",
        "effects",
        "facts",
        "id",
        "moment",
        "notes",
        "replies",
    )

    def __init__(
        self,
        conversation: Conversation,
        book: FormBook,
        facts: Facts,
        moment: Moment,
        *,
        inbound_id: str = "",
    ) -> None:
        self.conversation = conversation
        self.book = book
        self.facts = facts
        self.moment = moment
        self.id = inbound_id
        self.notes: list[str] = []
        self.replies: list[Reply] = []
        self.effects: list[Effect] = []
        self._jobs = 0

    # ---- what is read ----

    @property
    def contact(self) -> str:
        """Whom the person can ask: the operator's contact, else who runs the class."""
        draft = self.draft
        runs = draft.context.get("institution", "") if draft is not None else ""
        return general.contact(self.facts.contact or runs)

    @property
    def draft(self) -> Draft | None:
        """The draft in focus."""
        focus = self.conversation.focus
        return self.find(focus) if focus else None

    def find(self, draft_id: str) -> Draft | None:
        """The draft with this id."""
        for draft in self.conversation.drafts:
            if draft.id == draft_id:
                return draft
        return None

    def form(self, draft: Draft) -> Form:
        """The form of a draft, in the version it began with.

        Raises:
            KeyError: the book has no such version any more.
        """
        return self.book.get(draft.form, draft.version)

    # ---- what changes ----

    def put(self, draft: Draft) -> Draft:
        """Keep ``draft`` in place of its former state."""
        drafts = tuple(
            draft if one.id == draft.id else one for one in self.conversation.drafts
        )
        self.conversation = replace(self.conversation, drafts=drafts)
        return draft

    def focus(self, draft_id: str) -> None:
        """Turn to a draft, or to none; a question asked before is over."""
        self.conversation = replace(self.conversation, focus=draft_id, asked=None)

    def remove(self, draft_id: str) -> None:
        """Forget a draft."""
        drafts = tuple(one for one in self.conversation.drafts if one.id != draft_id)
        self.conversation = replace(self.conversation, drafts=drafts)
        if self.conversation.focus == draft_id:
            self.focus("")

    def start_job(self, kind: str, payload: dict[str, str]) -> str:
        """Have slow work done; gives the job's id."""
        self._jobs += 1
        job = self.id if self._jobs == 1 else f"{self.id}-{self._jobs}"
        self.effects.append(StartJob(job=job, kind=kind, payload=payload))
        return job

    # ---- what is said ----

    def note(self, text: str) -> None:
        """Say ``text`` in front of the next question, or alone if there is none."""
        if text:
            self.notes.append(text)

    def say(self, text: str) -> None:
        """Say ``text``, after the notes; it asks nothing."""
        self._flush(text, ())

    def ask(
        self,
        text: str,
        labels: Sequence[str] = (),
        *,
        topic: str,
        field: str = "",
        held: str = "",
        previous: Asked | None = None,
        multiple: bool = False,
    ) -> None:
        """Ask a question of the form in focus, or of the engine's own.

        Each of ``labels`` can be tapped and is numbered; the question's token
        makes sure that a tap answers this question only. Of ``multiple`` ones,
        several can be ticked together.
        """
        count = self.conversation.questions + 1
        token = f"#{base36(count)}"
        options = tuple(
            Option(label, f"{token}.{place}") for place, label in enumerate(labels, 1)
        )
        asked = Asked(
            token=token,
            topic=topic,
            options=options,
            draft=self.conversation.focus,
            field=field,
            held=held,
            previous=previous,
        )
        self.conversation = replace(self.conversation, asked=asked, questions=count)
        self._flush(numbered(text, labels), options, multiple=multiple)

    def offer(self, text: str, options: Sequence[Option], *, held: str = "") -> None:
        """Show a menu whose choices are words the person could write as well."""
        count = self.conversation.questions + 1
        asked = Asked(
            token=f"#{base36(count)}",
            topic="menu",
            options=tuple(options),
            draft=self.conversation.focus,
            held=held,
        )
        self.conversation = replace(self.conversation, asked=asked, questions=count)
        labels = [option.label for option in options]
        self._flush(numbered(text, labels), tuple(options))

    def _flush(
        self, text: str, options: tuple[Option, ...], *, multiple: bool = False
    ) -> None:
        """Make one reply of the notes and ``text``; several where it must."""
        said = "\n".join(self.notes)
        self.notes.clear()
        whole = f"{said}\n\n{text}" if said else text
        if len(whole) * 4 > LONGEST and len(whole.encode()) > LONGEST:
            self.replies.extend(Reply(text=page) for page in pages(said) if page)
            *before, whole = pages(text)
            self.replies.extend(Reply(text=page) for page in before)
        self.replies.append(Reply(text=whole, choices=options, multiple=multiple))

    def turn(self) -> Turn:
        """What the step came to."""
        if self.notes:
            said = "\n".join(self.notes)
            self.notes.clear()
            self.replies.extend(Reply(text=page) for page in pages(said))
        return Turn(self.conversation, tuple(self.replies), tuple(self.effects))


def base36(number: int) -> str:
    """A count in letters and figures."""
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
        if not number:
            return digits
