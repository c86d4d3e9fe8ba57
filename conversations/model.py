"""The values a dialogue is made of. Frozen; equality is by content.

Everything the engine needs to go on with a person's dialogue is a
``Conversation``; everything that happened outside comes in as ``Inbound`` or
``Outcome``; everything to be done outside goes out as ``Reply`` and ``Effect``.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec

Value = str | dict[str, str]
"""An answer's content: one text, or texts by key (ticked options with their
details, matrix items with their marks). Photos are the id of a stored file."""


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person said to one field.

    ``state`` is ``given``; ``offered`` while a remembered value waits for the
    person's yes; ``pending`` while a job checks it (``job`` is its id);
    ``partial`` while a matrix, ticks or a long text is answered piece by piece;
    ``put_off`` when the person skipped it and will be asked again.
    """

    value: Value = ""
    state: str = "given"
    job: str = ""


class Draft(msgspec.Struct, frozen=True, omit_defaults=True):
    """A form that is being filled. It finishes on the version it began with.

    ``context`` holds what the form is about, as texts by key, fixed at the
    start (class code and title, level, major, names of lecturers, dates in ISO
    form). ``cursor`` is the id of the field that is being asked, or
    ``summary``. ``parts`` are the pieces of a long text not yet finished.
    ``misses`` counts refused answers to the field at the cursor. ``editing``
    while remembered answers are looked at one by one, until their part ends.
    """

    id: str
    form: str
    version: int
    subject: str
    context: dict[str, str]
    started_on: date
    answers: dict[str, Answer] = {}
    cursor: str = ""
    parts: tuple[str, ...] = ()
    misses: int = 0
    editing: bool = False


class Option(msgspec.Struct, frozen=True):
    """One numbered way to answer: what is shown, and what choosing it says."""

    label: str
    send: str


class Asked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last numbered message the person was sent: what a bare “1” answers.

    ``token`` is unique in the conversation. ``topic`` tells what was asked:
    ``field`` (of ``draft``), ``menu``, or a question of the engine's own.
    ``held`` is a text that waits for the answer; ``previous`` the question that
    this one was put in front of.
    """

    token: str
    topic: str
    options: tuple[Option, ...] = ()
    draft: str = ""
    field: str = ""
    held: str = ""
    previous: Asked | None = None


class Conversation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything kept of one person's dialogue between two messages.

    ``focus`` is the id of the draft being filled, empty when none is open to
    answers (the drafts themselves stay). ``questions`` counts the numbered
    messages sent so far and makes their tokens. ``welcomed`` is the day of the
    last welcome.
    """

    drafts: tuple[Draft, ...] = ()
    focus: str = ""
    asked: Asked | None = None
    questions: int = 0
    consents: dict[str, str] = {}
    welcomed: date | None = None


class JobResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """How slow work ended. ``reason`` is a code with its wording in prompts."""

    job: str
    kind: str
    ok: bool
    file: str = ""
    reason: str = ""
    detail: str = ""


class Inbound(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person did, free of any platform.

    ``id`` is fresh for each message; new drafts and jobs take their ids from
    it. ``kind`` is one of ``text``, ``tap``, ``image``, ``file``, ``voice``,
    ``location``, ``link``, ``follow``, ``unfollow``, ``scan``, ``enter``
    (opened the chat, perhaps not for the first time), ``job``,
    ``other``. ``text`` is what was typed, recognised, the label tapped,
    or the name of a file;
    ``tap`` the ``send`` of the tapped choice, several with a space between
    where they were ticked together; ``media`` a reference that the
    photo job understands (``file:ID``, ``oa:MEDIA_ID``, ``wecom:MEDIA_ID``).
    """

    id: str
    kind: str
    text: str = ""
    tap: str = ""
    media: str = ""
    scene: str = ""
    job: JobResult | None = None


class Reply(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to a person.

    ``kind`` is ``text`` (with numbered ``choices``), ``image`` or ``file``
    (``ref`` names a stored file, ``name`` is shown), or ``article`` (``name``
    is the title, ``text`` the summary, ``ref`` the path of the page). Of
    choices that are ``multiple``, several may be taken together.
    """

    kind: str = "text"
    text: str = ""
    choices: tuple[Option, ...] = ()
    ref: str = ""
    name: str = ""
    multiple: bool = False


class OpenDraft(msgspec.Struct, frozen=True, tag=True):
    """A draft began."""

    draft: str
    form: str
    version: int
    subject: str


class CloseDraft(msgspec.Struct, frozen=True, tag=True):
    """A draft was given up by the person."""

    draft: str


class RecordConsent(msgspec.Struct, frozen=True, tag=True):
    """The person answered a consent question (个人信息保护法 13, 28–30)."""

    kind: str
    version: str
    digest: str
    given: bool


class StartJob(msgspec.Struct, frozen=True, tag=True):
    """Slow work to do beside the dialogue; its result comes back as a message.

    ``kind`` is ``photo``, ``form_picture``, …; ``payload`` what the job needs.
    """

    job: str
    kind: str
    payload: dict[str, str]


class SubmitForm(msgspec.Struct, frozen=True, tag=True):
    """A finished draft is handed in. Touches what others share."""

    draft: Draft


class RunCommand(msgspec.Struct, frozen=True, tag=True):
    """The person gave a command. ``name`` is its first word, ``args`` the rest."""

    name: str
    args: str


Effect = OpenDraft | CloseDraft | RecordConsent | StartJob | SubmitForm | RunCommand


class Turn(msgspec.Struct, frozen=True):
    """What one step came to."""

    conversation: Conversation
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()


class FormRequest(msgspec.Struct, frozen=True):
    """A form to open for the person.

    ``prefill`` offers remembered values by field id; ``given`` are answers that
    stand without being asked, and can be changed. ``version`` is the newest
    unless a form names another.
    """

    draft: str
    form: str
    version: int
    subject: str
    context: dict[str, str]
    prefill: dict[str, Value] = {}
    given: dict[str, Value] = {}


class Outcome(msgspec.Struct, frozen=True):
    """What became of a ``RunCommand`` or ``SubmitForm``.

    ``done`` tells that a submitted draft is now closed; when false it stays,
    and ``replies`` say why. ``open`` starts a form. ``drop`` closes the drafts
    with these ids (``*`` for all).
    """

    replies: tuple[Reply, ...] = ()
    done: bool = False
    open: FormRequest | None = None
    drop: tuple[str, ...] = ()


class Facts(msgspec.Struct, frozen=True):
    """What the engine may know of the person beside the conversation.

    ``commands`` are the command words this person may use, with the one-line
    help of each, ``parts`` the same words under titles, ``usages`` how each is
    written, ``aliases`` other words for them; ``title`` how 帮助 greets them. ``push`` is a numbered message
    that reached the person outside the dialogue since their last message.
    """

    commands: dict[str, str] = {}
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    usages: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    title: str = ""
    push: tuple[Option, ...] = ()
    contact: str = ""


class Refusal(msgspec.Struct, frozen=True):
    """A rule said no: the reason in words, its source, and the next best thing."""

    reason: str
    clause: str = ""
    advice: str = ""


class Moment(msgspec.Struct, frozen=True):
    """The instant a step happens, in UTC, with its civil date in China."""

    at: datetime
    today: date
