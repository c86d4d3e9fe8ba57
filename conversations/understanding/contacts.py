"""Mobile phone numbers and e-mail addresses."""

from __future__ import annotations

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from conversations.understanding.reading import Candidate, Read, bad, either, good
from conversations.understanding.vocabulary import WORDS

_MOBILE = re.compile(r"(?<![0-9])(?:(?:\+|00)?86)?(1[3-9][0-9]{9})(?![0-9])")
_JOIN = re.compile(r"(?<=[0-9])[\s\-—–.·()]+(?=[0-9])")
_DIGITS = re.compile(r"[0-9]+")
_LANDLINE = re.compile(r"0[0-9]{9,11}|[2-8][0-9]{6,7}")
_ONES = {
    ord(character): str(value)
    for value, characters in enumerate(WORDS.ones)
    for character in characters
}


def read_phone(text: str) -> Read:
    """A mainland mobile number as 11 digits; +86, blanks and hyphens may be there."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded:
        return bad("empty")
    joined = _JOIN.sub("", folded)
    found = tuple(dict.fromkeys(_MOBILE.findall(joined)))
    if not found:
        found = tuple(dict.fromkeys(_MOBILE.findall(joined.translate(_ONES))))
    if len(found) == 1:
        return good(found[0])
    if found:
        return either(*(Candidate(number, number) for number in found))
    return _phone_problem(joined)


def _phone_problem(joined: str) -> Read:
    digits = max(_DIGITS.findall(joined), key=len, default="")
    if _LANDLINE.fullmatch(digits):
        return bad("phone_landline")
    if len(digits) < 3:
        return bad("phone_unreadable")
    return bad("phone_length", length=len(digits))


_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_PLAIN = re.compile(
    r"[A-Za-z0-9]{1,30}(?:[._-][A-Za-z0-9]{1,15}){0,2}"
    r"@((?:[A-Za-z0-9]{1,30}(?:-[A-Za-z0-9]{1,15})?\.){1,3}(?:com|cn|net|org))"
)
_LATIN = re.compile("[A-Za-z0-9]")
_AROUND = re.compile(r"\s*([@.])\s*")
_AT = re.compile("|".join(re.escape(word) for word in WORDS.emails.at))


def read_email(text: str) -> Read:
    """An e-mail address with its domain in small letters; never looked up."""
    folded = unicodedata.normalize("NFKC", text).strip()
    if not folded:
        return bad("empty")
    folded = _AROUND.sub(r"\1", _AT.sub("@", folded).replace("。", "."))
    if "@" not in folded:
        return bad("email_no_at" if _LATIN.search(folded) else "email_none")
    plain = _PLAIN.fullmatch(folded)
    if plain:
        return _without_typo(f"{folded[: plain.start(1)]}{plain[1].lower()}")
    return _checked(folded)


def _checked(folded: str) -> Read:
    """An address by every rule; what ``_PLAIN`` matches need not be asked (40 µs)."""
    found = _ADDRESS.search(folded)
    address = found[0].rstrip(".") if found else ""
    try:
        checked = validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return bad("email_unreadable")
    return _without_typo(checked.normalized)


def _without_typo(address: str) -> Read:
    local, _, domain = address.rpartition("@")
    head, _, last = domain.rpartition(".")
    right = WORDS.emails.domains.get(domain)
    if last in WORDS.emails.typos:
        right = f"{head}.{WORDS.emails.typos[last]}"
    if right is None:
        return good(address)
    suggestion = f"{local}@{right}"
    return Read(
        problem="email_typo",
        params={"suggestion": suggestion},
        candidates=(Candidate(suggestion, suggestion), Candidate(address, address)),
    )
