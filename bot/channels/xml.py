"""XML from outside: decoded, and refused where no platform writes it so."""

from __future__ import annotations

import re
from xml.parsers import expat

MAX_ELEMENTS = 64
MAX_DEPTH = 8

# What XML 1.0 does not allow; people's keyboards send it all the same.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Unreadable(Exception):  # noqa: N818 -- a verdict, answered as taken and a log line
    """The platform's signature is right and its message makes no sense to us."""


def decode(body: bytes) -> str:
    """The text of a callback, without the characters that XML forbids.

    Raises:
        Unreadable: it is not UTF-8.
    """
    try:
        xml = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("not UTF-8") from None
    return legal(xml)


def legal(text: str) -> str:
    """``text`` without the characters that XML forbids."""
    return _ILLEGAL.sub("", text) if _ILLEGAL.search(text) else text


def guard(xml: str, *, most: int = MAX_ELEMENTS) -> None:
    """Refuse what is deep, wide or declares a document type, before it is built.

    Raises:
        Unreadable: it is so.
        expat.ExpatError: it is not XML.
    """
    depth = elements = 0

    def enter(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > MAX_DEPTH or elements > most:
            raise Unreadable("too deep or too wide")

    def leave(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(*_declaration: object) -> None:
        raise Unreadable("document type declared")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = enter
    parser.EndElementHandler = leave
    parser.StartDoctypeDeclHandler = declare
    parser.Parse(xml.encode(), True)
