"""What template fields look like in Chinese, as patterns and shapes."""

from __future__ import annotations

HANS = "一-鿿"
"""汉字, inside a pattern's brackets."""

DAY = "{}年{}月{}日"
"""A day as the platform wants it."""

WRITTEN_DAY = (
    r"(?P<year>[12][0-9]{3})(?:年|[-/.])(?P<month>[0-9]{1,2})(?:月|[-/.])"
    r"(?P<day>[0-9]{1,2})日?"
)
"""A day as it is written, with its parts."""

AMOUNT = r"[¥￥$€]?[0-9]{1,10}(?:\.[0-9]{1,2})?元?"
"""A sum of money."""
