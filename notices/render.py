"""Words around facts: our own templates, and texts written by managers.

Our own notices are Jinja2 templates of this package; a name that is not given
is an error. What a manager writes is never run as a template: only text and
``{{ name }}`` of named fields is let through, everything else is refused with a
reason (a sandbox would still let ``{{ 'a' * 500000000 }}`` eat the memory).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec
from jinja2 import (
    DictLoader,
    Environment,
    StrictUndefined,
    nodes,
    select_autoescape,
)
from jinja2.exceptions import TemplateSyntaxError

TEMPLATES = Path(__file__).parent / "templates"
LONGEST_TEXT = 5000


class TextRefused(msgspec.Struct, frozen=True):
    """A manager's text that is not let through.

    ``code`` has its wording in ``wording.toml``; ``detail`` is the part meant.
    """

    code: str
    detail: str = ""


class Piece(msgspec.Struct, frozen=True):
    """A stretch of a text: as it stands, or the name of a field."""

    text: str = ""
    field: str = ""


def _environment() -> Environment:
    sources = {path.name: path.read_text("utf-8") for path in TEMPLATES.glob("*.j2")}
    return Environment(
        loader=DictLoader(sources),
        undefined=StrictUndefined,
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
    )


_OURS = _environment()
# Parses what managers write; nothing is ever rendered with it.
_PARSER = Environment(autoescape=True)


def render(template: str, **fields: object) -> str:
    """One of our own templates, filled. Blank at neither end.

    Raises:
        jinja2.UndefinedError: the template uses a field that is not given.
    """
    return _OURS.get_template(f"{template}.j2").render(fields).strip()


def fill(
    source: str, values: Mapping[str, str], *, longest: int = LONGEST_TEXT
) -> str | TextRefused:
    """A manager's text with its named fields filled, or why it is refused.

    Values are put in as they are; what looks like a field in them stays text.
    """
    parsed = pieces(source, values.keys())
    if isinstance(parsed, TextRefused):
        return parsed
    text = "".join(values[one.field] if one.field else one.text for one in parsed)
    return text if len(text) <= longest else TextRefused("text_too_long", str(longest))


def pieces(source: str, fields: Collection[str]) -> tuple[Piece, ...] | TextRefused:
    """The stretches of a text, or why it is refused.

    ``fields`` are the names that may stand in it.
    """
    if len(source) > LONGEST_TEXT:
        return TextRefused("text_too_long", str(LONGEST_TEXT))
    for marker in ("{%", "{#"):
        if marker in source:
            return TextRefused("text_has_code", marker)
    try:
        tree = _PARSER.parse(source)
    except (TemplateSyntaxError, RecursionError):
        return TextRefused("text_has_code", "{{")
    return _read(tree, fields)


def _read(
    tree: nodes.Template, fields: Collection[str]
) -> tuple[Piece, ...] | TextRefused:
    found: list[Piece] = []
    for output in tree.body:
        for node in output.iter_child_nodes():
            match node:
                case nodes.TemplateData():
                    found.append(Piece(text=node.data))
                case nodes.Name() if node.name in fields:
                    found.append(Piece(field=node.name))
                case nodes.Name():
                    return TextRefused("text_unknown_field", node.name)
                case _:
                    return TextRefused("text_has_code", "{{")
    return tuple(found)
