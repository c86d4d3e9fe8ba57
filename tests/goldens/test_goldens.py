"""Each tale under this folder is what is said today, word for word.

After a wanted change of words: ``pytest tests/goldens --update-goldens``, and
read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.goldens.player import play

FOLDER = Path(__file__).parent
TALES = sorted(FOLDER.glob("*/*.txt"))


@pytest.mark.parametrize(
    "path", TALES, ids=lambda path: path.relative_to(FOLDER).with_suffix("").as_posix()
)
def test_the_tale_is_told_as_written(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    written = path.read_text(encoding="utf-8")
    told = play(written, tmp_path)
    if request.config.getoption("--update-goldens"):
        if os.environ.get("CI"):
            pytest.fail("--update-goldens is for a person who reads the diff")
        path.write_text(told, encoding="utf-8")
        return
    assert told == written


@pytest.mark.parametrize(
    "form",
    [
        "application",
        "evaluation",
        "backbone_feedback",
        "institution_feedback",
        "notice",
        "class_opening",
        "plan_item",
        "scheme",
        "scheme_addition",
        "annual_summary",
    ],
)
def test_every_form_has_tales(form: str) -> None:
    assert [path for path in TALES if path.parent.name == form] != []
