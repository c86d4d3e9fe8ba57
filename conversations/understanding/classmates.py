"""People of one class in what somebody wrote: by number, by name, or nearly.

A text is cut into tokens; nothing of it is passed over in silence: what no
token explains is ``strange``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import msgspec
from rapidfuzz import fuzz

from conversations.understanding.numbers import NUMERAL, parse_whole
from conversations.understanding.text import clean, longest_first
from conversations.understanding.vocabulary import WORDS

_SAY = WORDS.classmates
_NEAR = 50
_OFFERED = 4
_LONGEST_SAID = 12
_SOFT = ",\uff0c"
_HARD = ";。.!?\n"
_SEAT = (
    f"(?:{longest_first(_SAY.order)})?(?P<seat>{NUMERAL})"
    f"(?:{longest_first(_SAY.counter)})"
)
_NUMBER = f"[0-9]+(?:\\.[0-9]+)?|{NUMERAL}"
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")


class Mate(msgspec.Struct, frozen=True):
    """Somebody of the class: their number and their name."""

    number: int
    name: str


class Unclear(msgspec.Struct, frozen=True):
    """Something that was not understood, and who may be meant by it.

    ``kind``: ``unknown`` (nobody of the class; ``mates`` are near), ``same``
    (several have the name), ``number`` (nobody has it), ``strange`` (words),
    or one of the reader's own.
    """

    kind: str
    said: str
    mates: tuple[Mate, ...] = ()


class Token(msgspec.Struct, frozen=True):
    """One piece of a text.

    ``kind`` is ``who`` (with ``mates``), ``number``, ``join``, ``soft``, ``hard``,
    ``blank``, ``strange``, ``filler``, or a word's own kind. ``at`` is where it stands in the text as it was read.
    """

    kind: str
    said: str
    at: int
    mates: tuple[Mate, ...] = ()


def plain(text: str) -> str:
    """A text as it is read: one width, without what stands in brackets."""
    said = unicodedata.normalize("NFKC", clean(text))
    return _ASIDE.sub(" ", said)


def tokens(
    said: str, mates: Sequence[Mate], words: Mapping[str, Iterable[str]]
) -> list[Token]:
    """The pieces of a text in plain form.

    ``words`` are those with a meaning, by what they mean.
    """
    names = _by_name(mates)
    kinds = {word: kind for kind, those in words.items() for word in those}
    pattern = re.compile(
        "|".join(
            f"(?P<{group}>{one})"
            for group, one in (
                ("name", longest_first(names)),
                ("numbered", _SEAT),
                ("word", longest_first(kinds)),
                ("number", _NUMBER),
                ("join", longest_first(_SAY.join)),
                ("hard", f"[{re.escape(_HARD)}]+"),
                ("soft", f"[{_SOFT}]+"),
                ("blank", r"\s+"),
                ("strange", "."),
            )
            if one
        ),
        re.DOTALL,
    )
    by_number = {one.number: one for one in mates}
    found = [_token(match, names, by_number, kinds) for match in pattern.finditer(said)]
    return _runs(found)


def _by_name(mates: Sequence[Mate]) -> dict[str, tuple[Mate, ...]]:
    names: dict[str, tuple[Mate, ...]] = {}
    for one in mates:
        name = plain(one.name)
        if name:
            names[name] = (*names.get(name, ()), one)
    return names


def _token(
    match: re.Match[str],
    names: Mapping[str, tuple[Mate, ...]],
    by_number: Mapping[int, Mate],
    kinds: Mapping[str, str],
) -> Token:
    said, at = match[0], match.start()
    group = "numbered" if match["numbered"] else str(match.lastgroup)
    if group == "name":
        return Token("who", said, at, names[said])
    if group == "numbered":
        one = by_number.get(parse_whole(match["seat"]) or 0)
        return Token("who", said, at, (one,) if one else ())
    if group == "word":
        return Token(kinds[said], said, at)
    return Token(group, said, at)


def _runs(found: Sequence[Token]) -> list[Token]:
    """Strange characters beside one another are one thing.

    Numerals among them belong to it, and a name right before it: 张三丰 is
    nobody, though there is a 张三.
    """
    joined: list[Token] = []
    for one in found:
        before = joined[-1] if joined else None
        if before is not None and _belongs(before, one):
            joined[-1] = Token("strange", before.said + one.said, before.at)
        else:
            joined.append(one)
    return joined


def _belongs(before: Token, one: Token) -> bool:
    if before.kind == "strange":
        numeral = one.kind == "number" and not one.said.isascii()
        return one.kind == "strange" or numeral
    named = before.kind == "who" and bool(before.mates)
    return (
        named
        and one.kind == "strange"
        and before.said[-1].isalpha()
        and (one.said.isalpha() and before.said[-1] not in _SAY.counter)
    )


def unclear_who(token: Token) -> Unclear | None:
    """Why a ``who`` token does not name one person, else None."""
    if not token.mates:
        return Unclear("number", token.said)
    return Unclear("same", token.said, token.mates) if len(token.mates) > 1 else None


def ghost(token: Token) -> Mate:
    """Stands for somebody unclear, so that what is said of them is not lost."""
    return Mate(0, token.said)


def stranger(token: Token, mates: Sequence[Mate]) -> Unclear:
    """A strange token: perhaps a name nearly written, else words."""
    said = token.said[:_LONGEST_SAID]
    close = near(said, mates)
    return Unclear("unknown" if close else "strange", said, close)


def near(said: str, mates: Sequence[Mate]) -> tuple[Mate, ...]:
    """Those whose name is nearly ``said``, the nearest first."""
    rated = [(_likeness(said, one.name), -one.number, one) for one in mates]
    rated = [one for one in rated if one[0] >= _NEAR]
    return tuple(one for _, _, one in sorted(rated, reverse=True)[:_OFFERED])


def _likeness(said: str, name: str) -> float:
    if name in said:
        return 100.0
    if len(said) == 1:
        return 100.0 if name.startswith(said) else 0.0
    return fuzz.ratio(said, name)


def beside(found: Sequence[Token]) -> list[tuple[Token | None, Token, Token | None]]:
    """Each token that means something, with those before and after it."""
    kept: list[Token | None] = [
        None,
        *(one for one in found if one.kind not in ("filler", "blank")),
        None,
    ]
    return [
        (before, one, after)
        for (before, one), (_, after) in pairwise(pairwise(kept))
        if one is not None
    ]


def one_of(text: str, mates: Sequence[Mate]) -> Mate | None:
    """The one person that a text names by number or name; None for none or several."""
    said = plain(text).strip()
    found = [one for one in tokens(said, mates, {}) if one.kind != "blank"]
    if len(found) != 1:
        return None
    if found[0].kind == "number":
        number = parse_whole(found[0].said)
        return next((one for one in mates if one.number == number), None)
    one = found[0]
    return one.mates[0] if one.kind == "who" and len(one.mates) == 1 else None
