"""Personal data as others may see it: the same three masks everywhere."""

from __future__ import annotations

import re

_KEPT_OF_ID = 2
_KEPT_OF_PHONE = 3


def mask_id_number(number: str) -> str:
    """``3***************34``: the first and the last two, whatever the length."""
    return _starred(number, 1, _KEPT_OF_ID)


def mask_phone(number: str) -> str:
    """``138******00``: the first three and the last two."""
    return _starred(number, _KEPT_OF_PHONE, 2)


def mask_email(address: str) -> str:
    """``z***@example.com``: the first character and the domain."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"


def mask_name(name: str) -> str:
    """``李*``, ``欧**``: the first character, and a star for each other."""
    plain = name.strip()
    return plain[:1] + "*" * max(1, len(plain) - 1) if plain else ""


def _starred(text: str, head: int, tail: int) -> str:
    """``text`` with stars between its ends; nothing of it when it is too short."""
    hidden = len(text) - head - tail
    if hidden <= 0:
        return "*" * len(text)
    return f"{text[:head]}{'*' * hidden}{text[-tail:]}"


_GAP = r"[ \-]?"
_ID = re.compile(rf"(?<!\d)\d{{6}}{_GAP}\d{{6,8}}{_GAP}\d{{3,}}[\dXxＸｘ×]?(?!\d)")
_PHONE = re.compile(
    rf"(?<!\d)((?:[+＋]?\d\d{_GAP})?)([1１]\d\d{_GAP}\d{{4}}{_GAP}\d{{4}})(?!\d)"
)
_EMAIL = re.compile(r"[^\s@＠,，;；:：<>（）()\"'、。]+[@＠][\w.\-．]+")
_NOT_DIGIT = re.compile(r"[ \-]")


def mask_text(text: str) -> str:
    """``text`` with every ID number, mobile number and e-mail address masked.

    For lists and logs: it would rather mask too much (any 15 digits in a row)
    than let one through. Masking twice changes nothing more.
    """
    text = _EMAIL.sub(_email_found, text)
    text = _ID.sub(lambda found: mask_id_number(_NOT_DIGIT.sub("", found[0])), text)
    return _PHONE.sub(_phone_found, text)


def _email_found(found: re.Match[str]) -> str:
    return mask_email(found[0].replace("＠", "@"))


def _phone_found(found: re.Match[str]) -> str:
    return found[1] + mask_phone(_NOT_DIGIT.sub("", found[2]))
