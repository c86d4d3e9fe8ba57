"""The pictures of a board and of a class's steps, whatever is written in them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from bot.documents import charts
from tests.documents.test_charts import HOSTILE

_STATES = ("done", "late", "soon", "ahead", "cancelled")


def strip(text: str, cells: int) -> dict[str, Any]:
    return {
        "title": text,
        "code": "2026-JX-01",
        "dates": "6 月 20 日至 6 月 28 日",
        "where": text,
        "late": True,
        "cells": [{"short": "方案", "state": _STATES[n % 5]} for n in range(cells)],
    }


def board(text: str, *, classes: int, years: int) -> dict[str, Any]:
    group = {
        "name": text,
        "classes": [strip(text, 14) for _ in range(classes)],
        "years": [{"state": "soon", "said": text} for _ in range(years)],
    }
    return {
        "title": "培训看板",
        "subtitle": text,
        "groups": [group],
        "legend": [["done", "已办"]],
        "more": text,
    }


@pytest.mark.parametrize(("classes", "years"), [(1, 0), (0, 1), (24, 3)])
def test_a_board_is_one_picture_as_wide_as_a_phone_shows_well(
    classes: int, years: int
) -> None:
    (picture,) = charts.drawn("board", board(HOSTILE, classes=classes, years=years))

    assert Image.open(io.BytesIO(picture)).width == 1000


@pytest.mark.parametrize("state", _STATES)
def test_the_steps_of_a_class_take_any_text(state: str) -> None:
    step = {
        "title": HOSTILE,
        "state": state,
        "named": "已办",
        "due": "",
        "who": HOSTILE,
    }
    data = {"title": HOSTILE, "subtitle": HOSTILE, "steps": [step] * 14}
    (picture,) = charts.drawn("steps", data)

    assert Image.open(io.BytesIO(picture)).width == 1000
