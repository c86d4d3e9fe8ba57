"""What a parser makes of an answer: a value, a reason why not, or a question back."""

from __future__ import annotations

import msgspec

from conversations.model import Value

PROBLEMS: dict[str, tuple[str, ...]] = {
    # any kind
    "empty": (),  # nothing but blanks
    "not_asked": (),  # the field is not one to be answered
    "ambiguous": (),  # several readings: they are in ``candidates``
    "too_short": ("least", "length"),  # characters wanted, characters sent
    "too_long": ("most", "length"),
    # text and name
    "name_characters": (),  # digits or signs in a name
    "name_institution": (),
    "name_length": (),  # one character, or a whole sentence
    # number
    "number_unreadable": (),
    "number_fraction": (),  # a whole number is wanted
    "number_range": ("least", "most"),
    # date
    "date_unreadable": (),
    "date_incomplete": ("found",),  # the day is missing; ``found`` is like 2026-03
    "date_impossible": (),  # 2 月 30 日
    # id_number; none of them repeats the number
    "id_fifteen": (),  # the old kind
    "id_length": ("length",),
    "id_letter_o": (),  # the letter O in the place of a zero
    "id_characters": (),
    "id_region": (),
    "id_date": (),  # the birth date does not exist
    "id_future": (),  # the birth date is still to come
    "id_checksum": (),
    # phone, email
    "phone_length": ("length",),
    "phone_landline": (),
    "phone_unreadable": (),
    "email_none": (),  # words, and nothing of an address
    "email_no_at": (),
    "email_typo": ("suggestion",),  # .con; also a candidate
    "email_unreadable": (),
    # choice, yes_no, ethnicity, declaration, signature, photo
    "choice_number": ("number", "last"),  # there is no option of that number
    "choice_unknown": (),
    "choice_single": (),  # several were named where one is wanted
    "yes_no_unclear": (),
    "ethnicity_unknown": (),
    "declaration_refused": (),
    "declaration_unclear": (),
    "signature_differs": ("name",),
    "photo_expected": (),  # words came, a picture is wanted
    # ticks: ``value`` holds what was understood, a missing detail as ""
    "ticks_unknown": (),
    "ticks_detail": ("label", "detail"),
    # matrix: ``value`` holds the marks understood so far
    "matrix_unreadable": ("low", "high"),
    "matrix_count": ("got", "want"),
    "matrix_scale": ("mark", "low", "high"),
    "matrix_item": ("number", "last"),
    "matrix_conflict": ("number",),  # two marks for one item
    "matrix_partial": ("missing", "names"),  # places “2、5”, and their labels
}
"""Every problem code with the names of its ``params``; prompts words each."""


class Candidate(msgspec.Struct, frozen=True):
    """One of several readings: what it would be, and how to show it."""

    value: Value
    label: str


class Read(msgspec.Struct, frozen=True, omit_defaults=True):
    """A parsed answer.

    Without ``problem``, ``value`` is the answer. With ``problem`` (a key of
    ``PROBLEMS``) it is not; ``value`` may then hold the part that was
    understood of ticks or a matrix. Hand that part back in ``answers`` under
    the field's id, and the next text is read as filling what it lacks.
    ``candidates`` are offered when a choice of readings can settle it.
    """

    value: Value = ""
    problem: str = ""
    params: dict[str, str] = {}
    candidates: tuple[Candidate, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the answer stands."""
        return not self.problem


def good(value: Value) -> Read:
    """An answer that stands."""
    return Read(value)


def bad(problem: str, **params: object) -> Read:
    """An answer that does not, and why."""
    return Read(problem=problem, params={key: str(p) for key, p in params.items()})


def either(*candidates: Candidate) -> Read:
    """An answer with several readings."""
    return Read(problem="ambiguous", candidates=candidates)
