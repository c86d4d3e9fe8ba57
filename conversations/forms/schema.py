"""The shape of a form definition: what a ``definitions/<form>/<version>.toml`` says."""

from __future__ import annotations

import msgspec

NOT_ASKED = frozenset({"fixed", "derived", "printed"})
"""Kinds of fields that no question is asked for."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a field is asked: an earlier answer, or the draft's context, matches.

    Exactly one of ``field`` and ``context`` is set. ``equals`` lists the
    values that match (for ticked options: any of them is ticked); empty means
    “has any value”.
    """

    field: str = ""
    context: str = ""
    equals: tuple[str, ...] = ()


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One printed option. ``detail`` asks for a text when it is ticked."""

    value: str
    label: str
    aliases: tuple[str, ...] = ()
    detail: str = ""


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of a matrix: official number and label, and the group above it."""

    id: str
    label: str
    number: str = ""
    group: str = ""


class Privacy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a field is asked and how long it is kept.

    ``personal`` answers are stored encrypted; ``sensitive`` ones need the
    separate consent. ``keep_days`` counts from the end of the class.
    """

    purpose: str
    keep_days: int
    personal: bool = False
    sensitive: bool = False


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, cache_hash=True):
    """One place of the form.

    ``kind``: ``text``, ``long_text``, ``name``, ``choice``, ``yes_no``,
    ``ticks`` (several options, each perhaps with a detail), ``matrix`` (one of
    ``choices`` for each of ``items``), ``id_number``, ``phone``, ``email``,
    ``ethnicity``, ``photo``, ``declaration`` (``text`` in full), ``signature``
    (``source`` is the name field it must equal), ``date``, ``number`` (from
    ``least`` to ``most``). Not asked: ``fixed`` (from the draft's context, key
    in ``source``), ``derived`` (``source`` is ``FIELD.sex`` or ``FIELD.age``)
    and ``printed`` (``text`` stands on the paper for others to sign).

    ``label`` is the official wording; ``short`` what lists and summaries call
    it; ``aliases`` what else people call it. ``heading`` is the official line
    printed above the field. ``descending``: the paper prints the choices from
    last to first; in a dialogue their numbers are their values.
    """

    id: str
    label: str
    kind: str
    part: str
    privacy: Privacy
    number: str = ""
    short: str = ""
    aliases: tuple[str, ...] = ()
    heading: str = ""
    prompt: str = ""
    help: str = ""
    example: str = ""
    optional: bool = False
    may_wait: bool = False
    min_length: int = 0
    max_length: int = 2000
    least: int = 0
    most: int = 0
    choices: tuple[Choice, ...] = ()
    descending: bool = False
    items: tuple[Item, ...] = ()
    when: tuple[Condition, ...] = ()
    source: str = ""
    prefill: str = ""
    text: str = ""

    @property
    def name(self) -> str:
        """What the dialogue calls the field: ``short``, else the official label."""
        return self.short or self.label

    @property
    def asked(self) -> bool:
        """Whether a question is asked for it."""
        return self.kind not in NOT_ASKED


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named stretch of the way (基本信息, 工作, …)."""

    id: str
    title: str


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, cache_hash=True):
    """One version of one form.

    ``context`` lists the keys its drafts are given. ``blind`` forms are never
    kept with the person's name. ``official`` forms have a printed counterpart
    (附件 number in ``annex``); ``picture`` ones are shown filled before 提交.
    """

    form: str
    version: int
    title: str
    parts: tuple[Part, ...]
    fields: tuple[Field, ...]
    context: tuple[str, ...] = ()
    annex: str = ""
    intro: str = ""
    closing: str = ""
    blind: bool = False
    picture: bool = False

    @property
    def official(self) -> bool:
        """Whether the form has a printed counterpart."""
        return bool(self.annex)


class Consent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is read to a person before personal data are asked.

    ``kind`` is ``personal`` or ``sensitive``. ``text`` holds the placeholder
    ``{contact}``; ``digest`` is the SHA-256 of the text with it still in place.
    """

    kind: str
    version: str
    text: str
    digest: str = ""
