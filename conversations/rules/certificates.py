"""Who gets a 培训合格证书, and what its number looks like (规程第十二条)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib.resources import files

import msgspec

from conversations.forms.source import parse_definition
from conversations.model import Refusal
from conversations.rules.texts import refusal

_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−－", "-"))
_NOT_SIGNS = re.compile(r"[^0-9A-Z-]")


class Scheme(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How numbers are made; see ``certificates.toml``."""

    pattern: str
    alphabet: str
    secret_length: int
    longest: int


@cache
def scheme() -> Scheme:
    """The packaged scheme."""
    data = (files("conversations.rules") / "certificates.toml").read_bytes()
    return parse_definition(data, Scheme, name="certificates.toml")[0]


def make_number(code: str, serial: int, draw: Callable[[str], str]) -> str:
    """The number of a class's certificate; ``draw`` picks one of the given signs."""
    rules = scheme()
    secret = "".join(draw(rules.alphabet) for _ in range(rules.secret_length))
    return rules.pattern.format(code=code, serial=serial, secret=secret)


def read_number(said: str) -> str:
    """A number as somebody typed it, in the form in which it is kept.

    Empty when it cannot be one.
    """
    plain = unicodedata.normalize("NFKC", said).translate(_DASHES).strip().upper()
    plain = "".join(plain.split())
    if not plain or len(plain) > scheme().longest or _NOT_SIGNS.search(plain):
        return ""
    return plain


class Candidate(msgspec.Struct, frozen=True):
    """What a teacher of a class has come to.

    ``complete``: both assessments are scored, or it is settled that there will
    be none; ``why`` says in words what is missing or why it was not passed.
    ``evaluated``: 结束评估表 is handed in.
    """

    passed: bool
    complete: bool
    evaluated: bool
    why: str = ""


def withheld(candidate: Candidate) -> Refusal | None:
    """Why there is no certificate (yet); None when there is to be one.

    规程第十二条（三）: after 终结性考核 the teachers fill 附件2, then
    certificates are issued, to those who passed both assessments.
    """
    if not candidate.complete:
        return refusal("certificate_unscored", why=candidate.why)
    if not candidate.passed:
        return refusal("certificate_failed", why=candidate.why)
    if not candidate.evaluated:
        return refusal("certificate_unevaluated")
    return None
