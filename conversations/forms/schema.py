"""The shape of a form definition: what a ``definitions/<form>/<version>.toml`` says."""

from __future__ import annotations

import msgspec


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
    """One row of a matrix, with its official label and the group above it."""

    id: str
    label: str
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


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place of the form.

    ``kind``: ``text``, ``long_text``, ``name``, ``choice``, ``yes_no``,
    ``ticks`` (several options, each perhaps with a detail), ``matrix``,
    ``id_number``, ``phone``, ``email``, ``ethnicity``, ``photo``,
    ``declaration``, ``signature``, ``date``; not asked: ``fixed`` (from the
    draft's context, key in ``source``) and ``derived`` (``source`` is
    ``FIELD.sex`` or ``FIELD.age``).
    """

    id: str
    label: str
    kind: str
    part: str
    privacy: Privacy
    number: str = ""
    prompt: str = ""
    help: str = ""
    example: str = ""
    optional: bool = False
    may_wait: bool = False
    min_length: int = 0
    max_length: int = 2000
    choices: tuple[Choice, ...] = ()
    items: tuple[Item, ...] = ()
    when: tuple[Condition, ...] = ()
    source: str = ""
    prefill: str = ""
    text: str = ""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named stretch of the way (基本信息, 工作, …)."""

    id: str
    title: str


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of one form.

    ``blind`` forms are never kept with the person's name. ``consent`` names
    the consents asked before the first personal and the first sensitive field.
    ``official`` forms have a printed counterpart (附件 number in ``annex``).
    """

    form: str
    version: int
    title: str
    parts: tuple[Part, ...]
    fields: tuple[Field, ...]
    annex: str = ""
    intro: str = ""
    closing: str = ""
    blind: bool = False
    picture: bool = False
