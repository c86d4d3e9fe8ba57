"""A book in which the next version of the application form is out."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from conversations.forms.book import FormBook, load_book

_NEW_FIELD = """
[[fields]]
id = "years_teaching"
label = "教龄"
kind = "number"
part = "work"
prompt = "您教了几年书？"
least = 0
most = 60
privacy = { purpose = "审核申报条件", keep_days = 3650 }
"""
_BEFORE = "# ---- 学历 ----"


def next_book(folder: Path) -> FormBook:
    """The packaged book with version 2 of 附件1 (one field more) and new consents."""
    definitions = folder / "definitions"
    if not definitions.exists():
        with as_file(files("conversations.forms") / "definitions") as packaged:
            shutil.copytree(packaged, definitions)
        _write_next(definitions / "application")
        consents = definitions / "consents.toml"
        _replace(consents, consents, ('version = "1"', 'version = "2"'))
    return load_book(definitions)


def _write_next(form: Path) -> None:
    _replace(
        form / "1.toml",
        form / "2.toml",
        ("\nversion = 1\n", "\nversion = 2\n"),
        (_BEFORE, _NEW_FIELD + "\n" + _BEFORE),
    )


def _replace(source: Path, target: Path, *pairs: tuple[str, str]) -> None:
    text = source.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    target.write_text(text, encoding="utf-8")
