"""QR codes as a grid of modules, for templates to draw."""

from __future__ import annotations

import segno


def modules(text: str) -> list[list[bool]]:
    """The code that says ``text``: rows of modules, true where dark, no margin.

    Level M: a seventh of it may be dirty or torn. Whoever draws it leaves four
    modules of white around.
    """
    code = segno.make(text, error="m", micro=False, boost_error=False)
    return [[bool(module) for module in row] for row in code.matrix]
