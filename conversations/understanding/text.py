"""Texts as they arrive: cleaned, folded for comparison, and read as they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

from conversations.forms.schema import Field
from conversations.understanding.reading import Read, bad, good
from conversations.understanding.vocabulary import WORDS

# Control characters, lone surrogates, and marks that change how text is shown.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")
_EDGES = " \t\r\n,.;:!?~、。，；：！？～…\"'“”‘’《》<>[]【】"
_NAME = re.compile(r"[^\W\d_]+(?:[ ·•・.'’-][^\W\d_]+)*")
_DOTS = str.maketrans("•・‧∙⋅", "·····")


def clean(text: str) -> str:
    """``text`` without unsafe characters and outer blanks."""
    return _UNSAFE.sub("", text).strip()


def fold(text: str) -> str:
    """``text`` for comparison: one width, one case, no blanks, bare edges."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _SPACE.sub("", text.lower()).strip(_EDGES)


def longest_first(words: Iterable[str]) -> str:
    """A regular expression that matches any of ``words``, the longer before."""
    return "|".join(
        re.escape(word) for word in sorted(set(words), key=lambda w: (-len(w), w))
    )


_LEAD = re.compile(f"(?:{longest_first(WORDS.lead)})[,:]?")
_TAIL = re.compile(f"(?:{longest_first(WORDS.tail)})+$")


def trim(folded: str) -> str:
    """A folded text without the particles before and after what was meant."""
    start = 0
    while found := _LEAD.match(folded, start):
        start = found.end()
    return _TAIL.sub("", folded[start:]).strip(_EDGES)


_ASKING = re.compile(longest_first(WORDS.asking))


def is_question(text: str) -> bool:
    """Whether a text asks something rather than answers."""
    return _ASKING.search(text) is not None


_ASKS = re.compile(
    f"(?:{longest_first(WORDS.asking_at_start)}).*"
    f"|.*(?:{longest_first(WORDS.asking_at_end)})(?:{longest_first(WORDS.after_asking)})*"
)


def asks(text: str) -> bool:
    """Whether a whole text is a question, by how it begins or ends.

    Narrower than ``is_question``: for places where any words can be an answer.
    """
    said = _SPACE.sub("", unicodedata.normalize("NFKC", clean(text)))
    return _ASKS.fullmatch(said.rstrip("。.!~…")) is not None


_NONE = frozenset(WORDS.none)


def read_text(field: Field, text: str) -> Read:
    """A text of the length the field allows; ``没有`` and its like become ``无``."""
    text = clean(text)
    if not text:
        return bad("empty")
    if len(text) <= 6 and fold(text) in _NONE:
        return good(WORDS.none[0])
    return _measured(field, text)


def _measured(field: Field, text: str) -> Read:
    if len(text) < field.min_length:
        return bad("too_short", least=field.min_length, length=len(text))
    if len(text) > field.max_length:
        return bad("too_long", most=field.max_length, length=len(text))
    return good(text)


@cache
def _calling(field: Field) -> re.Pattern[str]:
    """What may stand before a name: 我叫, 姓名：."""
    words = (field.label, field.short, *field.aliases, *WORDS.labelling.lead)
    links = longest_first(WORDS.labelling.links)
    return re.compile(
        f"(?:{longest_first(word for word in words if word)})*(?:{links})?\\s*"
    )


def read_name(field: Field, text: str) -> Read:
    """A person's name: letters of any script, the dot of longer names inside."""
    name = _SPACE.sub(" ", clean(text)).translate(_DOTS).strip(_EDGES)
    if not name:
        return bad("empty")
    found = _calling(field).match(name)
    if found and found.end() and len(name) - found.end() >= 2:
        name = name[found.end() :]
    name = _TAIL.sub("", name) if len(name) > 3 else name
    if not name.isascii():
        name = name.replace(" ", "")
    if not _NAME.fullmatch(name):
        return bad("name_characters")
    if name.endswith(WORDS.institutions):
        return bad("name_institution")
    if not 2 <= len(name) <= field.max_length:
        return bad("name_length")
    return good(name)


def read_signature(name: str, text: str) -> Read:
    """A typed signature, which must equal ``name``; blanks and width do not count."""
    if not clean(text):
        return bad("empty")
    if fold(clean(text).translate(_DOTS)) == fold(name) and name:
        return good(name)
    return bad("signature_differs", name=name)


_AGREE = frozenset(WORDS.agree)
_REFUSE = frozenset(WORDS.refuse)


def read_declaration(text: str) -> Read:
    """Agreement to a declaration; the value is ``agreed``."""
    said = fold(clean(text))
    if not said:
        return bad("empty")
    if said in _REFUSE or trim(said) in _REFUSE:
        return bad("declaration_refused")
    if said in _AGREE or trim(said) in _AGREE:
        return good("agreed")
    return bad("declaration_unclear")
