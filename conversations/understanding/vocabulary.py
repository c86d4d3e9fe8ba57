"""The words people answer with, read once from ``words.toml``."""

from __future__ import annotations

from importlib.resources import files

import msgspec

from conversations.forms.source import parse_definition

Words = tuple[str, ...]


class MatrixWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words about the items of a matrix."""

    first: Words
    last: Words
    counter: Words
    rest: Words
    all: Words
    to: Words
    and_: Words = msgspec.field(name="and")
    order: str
    mark: str
    filler: Words


class DetailWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words around the detail of a ticked option that are no part of it."""

    noise: Words


class TitleWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that can only be a 职称 or 职务."""

    words: Words


class EmailWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mistyped ends of addresses, and ways to write the at sign."""

    typos: dict[str, str]
    domains: dict[str, str]
    at: Words


class RegionWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the digits of an ID number stand for. ``sexes`` are even, odd."""

    prefixes: tuple[int, ...]
    sexes: tuple[str, str]


class EthnicityWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The 56 names without their suffix, and other ways to say some."""

    suffix: str
    names: Words
    also: dict[str, str]


class LabellingWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands around the name of a field in a sentence."""

    links: Words
    lead: Words
    stops: str


class DateWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people say dates. Numbers are days, years, months or weeks from today."""

    today: dict[str, int]
    years: dict[str, int]
    months: dict[str, int]
    weeks: dict[str, int]
    week_words: Words
    weekdays: Words
    after: Words
    before: Words
    spans: dict[str, str]
    month_end: Words
    year: str
    month: str
    day: Words


class RollWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people say who was there."""

    all: Words
    present: Words
    leave: Words
    absent: Words
    late: Words
    early: Words
    unclear: Words
    morning: Words
    afternoon: Words
    half: Words
    day: Words
    hours: Words
    minutes: Words
    rest: Words
    filler: Words


class MarksWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands around points."""

    absent: Words
    first: Words
    second: Words
    process: Words
    final: Words
    to: Words
    filler: Words


class ClassmateWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How people of a class are numbered and named together."""

    order: Words
    counter: Words
    join: Words


class Vocabulary(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of ``words.toml``."""

    lead: Words
    tail: Words
    negation: Words
    yes: Words
    no: Words
    none: Words
    yes_start: Words
    no_start: Words
    unsure: Words
    asking: Words
    asking_at_end: Words
    asking_at_start: Words
    after_asking: Words
    institutions: Words
    agree: Words
    refuse: Words
    ones: Words
    ten: str
    hundred: str
    thousand: str
    myriad: str
    list: str
    units: Words
    ordinal: Words
    counter: Words
    matrix: MatrixWords
    details: DetailWords
    titles: TitleWords
    emails: EmailWords
    regions: RegionWords
    ethnicities: EthnicityWords
    labelling: LabellingWords
    dates: DateWords
    roll: RollWords
    marks: MarksWords
    classmates: ClassmateWords


def _read() -> Vocabulary:
    data = (files("conversations.understanding") / "words.toml").read_bytes()
    return parse_definition(data, Vocabulary, name="words.toml")[0]


WORDS = _read()
