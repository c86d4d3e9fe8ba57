"""Half years as people write them, seen from a given day."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from conversations.rules.half_years import following, half_year_of, last_day

_HALF = {"上": "1", "1": "1", "一": "1", "下": "2", "2": "2", "二": "2"}
_YEARS = {"今": 0, "本": 0, "明": 1, "后": 2, "去": -1}
_SAID = re.compile(
    r"(?:(?P<year>20[0-9]{2})年?|(?P<which>[今本明后去])年)?"
    r"(?:[-/第]?(?P<number>[12])|(?P<half>[上下一二])半年)(?:期|次)?"
)


def read_half_year(text: str, *, today: date) -> str:
    """The half year in a text (``2027-1``); empty when it names none.

    “上半年” without a year is the next one that is not over.
    """
    said = "".join(unicodedata.normalize("NFKC", text).split())
    found = _SAID.fullmatch(said)
    if found is None:
        return ""
    half = _HALF[found["number"] or found["half"]]
    if found["year"]:
        return f"{found['year']}-{half}"
    if found["number"]:
        return ""
    if found["which"]:
        return f"{today.year + _YEARS[found['which']]}-{half}"
    period = half_year_of(today)
    while not period.endswith(half) or last_day(period) < today:
        period = following(period)
    return period
