"""What the documents promise is there, and what is there is documented."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.cli import _parser as make_parser
from bot.commands import by_word
from bot.settings import PREFIX, Settings
from conversations.engine.words import UNIVERSAL
from docs.commands import reference
from tests.house import tree

READMES = ("README.md", "README.zh-CN.md")
DOCUMENTS = tuple(path for path in tree.texts() if path.suffix == ".md")
BY_KIND = ("DEADLINE", "RESULT", "NOTICE")

FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
SETTING = re.compile(r"XUNTONG_[A-Z_]*[A-Z]")
TARGET = re.compile(r"^([a-z][a-z-]*):(.*)$", re.MULTILINE)


# ---- settings ----


def settings(kind: type[Any] = Settings, prefix: str = PREFIX) -> dict[str, object]:
    """Every setting by its name in the environment, with its default."""
    found: dict[str, object] = {}
    for field in msgspec.structs.fields(kind):
        name = prefix + field.name.upper()
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            found |= settings(field.type, f"{name}__")
        elif field.name in ("templates", "subscriptions"):
            found |= {f"{name}__{one}": "" for one in BY_KIND}
        else:
            found[name] = field.default
    return found


def documented() -> dict[str, str]:
    """Every setting in the tables of docs/settings.md with the cell of its default."""
    rows = re.findall(r"^\| (`XUNTONG.*?) \| (.*?) \|", _settings_page(), re.MULTILINE)
    return {name: cell for names, cell in rows for name in SETTING.findall(names)}


def _settings_page() -> str:
    return tree.read("docs/settings.md")


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(documented()) - {"XUNTONG_CONFIG"} == set(settings())


def test_documented_defaults_are_the_defaults() -> None:
    said = {
        name: cell.strip("`").removeprefix("none")
        for name, cell in documented().items()
        if name != "XUNTONG_CONFIG"
    }
    assert said == {name: _shown(default) for name, default in settings().items()}


def _shown(default: object) -> str:
    if isinstance(default, tuple):
        return ",".join(default)
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_every_setting_that_a_document_names_is_one() -> None:
    known = {*settings(), "XUNTONG_CONFIG"}
    # Groups are named as NAME__…, and A__B as an example.
    groups = {name.rpartition("__")[0] for name in known} | {"XUNTONG_A__B"}
    named = {
        name
        for path in DOCUMENTS
        for name in SETTING.findall(tree.read(path))
        if name not in groups
    }
    assert named - known == set()


# ---- commands ----


def test_the_list_of_commands_is_as_generated() -> None:
    # To write it anew: python -m docs.commands
    assert tree.read("docs/commands.md") == reference()


def test_every_command_and_universal_word_is_in_the_list() -> None:
    page = tree.read("docs/commands.md")
    words = {command.name for command in by_word().values()} | UNIVERSAL
    assert {word for word in words if not re.search(rf"\| {word}[ |]", page)} == set()


@pytest.mark.parametrize("readme", READMES)
def test_what_the_readme_says_to_type_is_understood(readme: str) -> None:
    known = set(by_word()) | UNIVERSAL
    typed = {
        code.split()[0]
        for code in CODE.findall(FENCE.sub("", tree.read(readme)))
        if tree.HAN.search(code)
    }
    assert typed - known == set()
    assert {"通知", "报名", "班级", "盖章", "评估", "统计", "导出"} <= typed


# ---- make ----


def targets() -> dict[str, str]:
    """Targets of the Makefile with what follows their colon."""
    return dict(TARGET.findall(tree.read("Makefile")))


def test_every_target_has_help() -> None:
    assert {name for name, rest in targets().items() if "## " not in rest} == set()


def test_make_help_prints_every_target() -> None:
    # Not the make that may be running the tests.
    quiet = {key: one for key, one in os.environ.items() if not key.startswith("MAKE")}
    printed = subprocess.run(
        ["make", "-s", "-C", str(tree.ROOT), "help"],
        capture_output=True,
        check=True,
        text=True,
        env=quiet,
    ).stdout
    assert {line.split()[1] for line in printed.splitlines()} == set(targets())


def test_every_phony_target_is_one() -> None:
    phony = re.search(r"^\.PHONY: (.*)$", tree.read("Makefile"), re.MULTILINE)
    assert phony is not None
    assert set(phony[1].split()) == set(targets())


def test_every_target_is_named_in_readme_or_contributing() -> None:
    said = tree.read("README.md") + tree.read("CONTRIBUTING.md")
    assert {name for name in targets() if f"make {name}" not in said} == set()


def test_every_module_that_make_runs_is_there() -> None:
    modules = re.findall(r"-m ([a-z_]+\.[a-z_.]+)", tree.read("Makefile"))
    paths = [Path(one.replace(".", "/") + ".py") for one in modules]
    assert [path for path in paths if not (tree.ROOT / path).is_file()] == []


# ---- what a reader types into a shell ----


def shell_lines(document: str) -> Iterator[str]:
    """Commands in fenced blocks, and those that stand in the text as code."""
    text = tree.read(document)
    for language, block in FENCE.findall(text):
        if language == "sh":
            yield from (line.partition("#")[0].strip() for line in block.splitlines())
    for code in CODE.findall(FENCE.sub("", text)):
        if code.startswith(("make ", "xuntong ")):
            yield code


@pytest.mark.parametrize("document", [*READMES, "CONTRIBUTING.md"])
def test_every_make_that_a_document_says_exists(document: str) -> None:
    made = {
        word
        for line in shell_lines(document)
        for word in re.findall(r"\bmake (\S+)", line)
        if "=" not in word
    }
    installed = re.findall(r"^\$\(VENV\)/(\S+):", tree.read("Makefile"), re.MULTILINE)
    assert made - set(targets()) - {f".venv/{one}" for one in installed} == set()


@pytest.mark.parametrize("document", [*READMES, "CONTRIBUTING.md"])
def test_every_xuntong_that_a_document_says_is_understood(document: str) -> None:
    lines = [line for line in shell_lines(document) if line.startswith("xuntong ")]
    assert lines
    for line in lines:
        parsed = make_parser().parse_args(shlex.split(line)[1:])
        assert isinstance(parsed, argparse.Namespace)


# ---- the documents themselves ----


def test_both_readmes_are_built_the_same() -> None:
    english, chinese = (_shape(tree.read(readme)) for readme in READMES)
    assert english == chinese


def _shape(text: str) -> list[str]:
    """Headings by level, blocks, list points and tables, in their order."""
    shapes: list[str] = []
    outside = FENCE.sub("```block\n", text)
    for line in outside.splitlines():
        found = re.match(r"#+ |```block|- |\d+\. |  ```block|\| ?", line)
        if found:
            shapes.append(found[0])
    return shapes


def test_both_readmes_say_the_same_commands_settings_and_links() -> None:
    english, chinese = (_said(tree.read(readme)) for readme in READMES)
    assert english == chinese


def _said(text: str) -> dict[str, set[str]]:
    code = set(CODE.findall(FENCE.sub("", text)))
    links = set(LINK.findall(text)) - set(READMES)
    blocks = {
        line.partition("#")[0].strip()
        for _, block in FENCE.findall(text)
        for line in block.splitlines()
    }
    return {"code": code, "links": links, "blocks": blocks}


@pytest.mark.parametrize("document", DOCUMENTS, ids=tree.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    here = [
        link
        for link in LINK.findall(tree.read(document))
        if not link.startswith(("http://", "https://"))
    ]
    gone = [link for link in here if not (document.parent / link).exists()]
    assert gone == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=tree.name)
def test_every_file_that_a_document_names_is_there(document: Path) -> None:
    outside = FENCE.sub("", tree.read(document))
    tops = tuple(f"{one.name}/" for one in tree.ROOT.iterdir() if one.is_dir())
    named = [
        code
        for code in CODE.findall(outside)
        if code.startswith(tops) and not re.search(r"[<*…]", code)
    ]
    ours = [name for name in named if not name.startswith(("var/", ".venv/"))]
    assert [name for name in ours if not (tree.ROOT / name).exists()] == []


def test_the_changelog_begins_with_what_is_not_released() -> None:
    headings = re.findall(r"^## (.*)$", tree.read("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    sections = re.findall(r"^### (.*)$", tree.read("CHANGELOG.md"), re.MULTILINE)
    allowed = {"Added", "Changed", "Fixed", "Removed", "Forms", "Migrations"}
    assert set(sections) <= allowed


@pytest.mark.parametrize("document", ["architecture.md", "privacy.md"])
def test_every_name_that_a_document_drops_stands_in_the_code(document: str) -> None:
    code = " ".join(
        tree.read(path)
        for path in tree.texts()
        if path.suffix in {".py", ".toml"} and "tests" not in path.parts
    )
    words = set(re.findall(r"\w+", code)) | {
        part for path in tree.texts() for part in path.relative_to(tree.ROOT).parts
    }
    outside = FENCE.sub("", tree.read(f"docs/{document}"))
    dropped = {
        name: re.split(r"[./]", name.strip("/"))
        for name in CODE.findall(outside)
        if re.fullmatch(r"[A-Za-z_][\w./]*", name)
    }
    unknown = {name for name, parts in dropped.items() if not words.issuperset(parts)}
    assert {name for name in unknown if not (tree.ROOT / name).exists()} == set()
