"""需求分析 as a chart and a document.

Both block: call them through ``asyncio.to_thread``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from bot import wording
from bot.documents import charts, typesetting
from conversations.rules.needs import Needs
from storage.classes import ClassRow


def needs_chart(row: ClassRow, needs: Needs) -> bytes:
    """How those admitted rate their abilities, as a PNG."""
    title = wording.needs.chart_title(row.title)
    subtitle = wording.needs.chart_subtitle(len(needs.voices))
    data = {"title": title, "subtitle": subtitle, **_ratings(needs)}
    return charts.drawn("ratings", data)[0]


def needs_paper(row: ClassRow, needs: Needs, *, on: date) -> bytes:
    """All that those admitted said, as PDF."""
    data = {
        "title": f"{row.title}{wording.needs.TITLE}",
        "subtitle": wording.needs.paper_head(len(needs.voices), on),
        **_ratings(needs),
        "voices": [
            {
                "name": one.name,
                "marks": list(one.marks),
                "said": [[said.label, said.text] for said in one.said],
            }
            for one in needs.voices
        ],
    }
    return typesetting.pdf("needs", data)


def _ratings(needs: Needs) -> dict[str, Any]:
    return {
        "marks": list(needs.marks),
        # No number alone at the front: a list of numbers is taken for a picture.
        "rows": [[one.label, *one.counts] for one in needs.rated],
    }
