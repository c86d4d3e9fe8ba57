"""A packaged definition that is wrong stops the start, in one line that says where."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, SECRET

_PACKAGES = ("bot", "conversations", "notices", "storage")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The program's files, to be spoilt."""
    leave = shutil.ignore_patterns("__pycache__")
    for name in _PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=leave)
    return tmp_path


@pytest.mark.parametrize(
    "file",
    [
        "bot/commands.toml",
        "conversations/forms/definitions/application/1.toml",
        "conversations/forms/definitions/consents.toml",
        "conversations/rules/eligibility/level_2.toml",
        "conversations/understanding/words.toml",
        "notices/programmes/definitions/gongxue.toml",
    ],
)
def test_a_wrong_definition_stops_the_start(copy: Path, file: str) -> None:
    spoilt = copy / file
    lines = spoilt.read_text(encoding="utf-8").splitlines()
    spoilt.write_text("\n".join([*lines, "broken ="]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve"],
        cwd=copy,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(copy),
            "XUNTONG_SECRET_KEYS": SECRET,
            "XUNTONG_DATABASE_URL": f"sqlite+aiosqlite:///{copy}/never.db",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (line,) = done.stderr.strip().splitlines()

    assert done.returncode == 1
    assert line.startswith("xuntong: ")
    assert f"{Path(file).name}:{len(lines) + 1}: " in line
