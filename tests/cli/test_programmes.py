"""``programmes check``: the dates a file means, or where it is wrong."""

from __future__ import annotations

from pathlib import Path

from notices.programmes.book import DEFINITIONS
from tests.cli.conftest import Operator

FILE = DEFINITIONS / "gongxue.toml"


def test_the_timeline_of_a_class_is_shown(operator: Operator) -> None:
    ended = operator.types("programmes", "check", str(FILE), "--opens-on", "2026-05-20")
    assert (ended.status, ended.err) == (0, "")
    assert ended.lines[1] == (
        "A class from 2026-05-20 to 2026-05-28, applications until 2026-05-13:"
    )
    dated = dict(line.split()[1::-1] for line in ended.lines if line.startswith("  "))
    # 规程 第八、九条: D-40, D-35, D-30; 第十三条: E+7; 12-10.
    wanted = {
        "opening": "2026-04-10",
        "staffing": "2026-04-15",
        "scheme": "2026-04-20",
        "recruiting": "2026-05-13",
        "transcript": "2026-06-04",
        "annual_summary": "2026-12-10",
    }
    assert {step: dated[step] for step in wanted} == wanted


def test_a_wrong_file_is_named_with_its_line(
    operator: Operator, tmp_path: Path
) -> None:
    text = FILE.read_text(encoding="utf-8")
    (tmp_path / "gongxue.toml").write_text(
        text.replace('anchor = "opens_on", days = -35', 'anchor = "sunrise"'),
        encoding="utf-8",
    )
    line = next(
        number
        for number, found in enumerate(text.splitlines(), 1)
        if "days = -35" in found
    )
    ended = operator.types("programmes", "check", "gongxue.toml")
    assert (ended.status, ended.out, len(ended.complaints)) == (1, b"", 1)
    assert ended.err.startswith(f"xuntong: gongxue.toml:{line}: ")


def test_a_missing_file_is_one_line(operator: Operator) -> None:
    ended = operator.types("programmes", "check", "nowhere.toml")
    assert (ended.status, ended.complaints) == (
        1,
        ["xuntong: there is no file nowhere.toml"],
    )
