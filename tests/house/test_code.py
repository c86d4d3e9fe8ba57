"""What holds for every source file, beyond what the linters look at."""

from __future__ import annotations

import ast
import re
import statistics
from fnmatch import fnmatch
from pathlib import Path

from bot.commands import by_word
from conversations.engine.words import INVITATION, UNIVERSAL
from tests.house import tree

LONGEST_FILE = 500
LONGEST_FUNCTION = 60
USUAL_FUNCTION = 30
"""Nine of ten functions are no longer."""
EVERYWHERE = (*tree.PACKAGES, "tests", "benchmarks", "docs")


# Where Chinese is written: what people read, and what is understood of what they wrote.
CHINESE = (
    "*/wording.py",
    "bot/wording/*.py",
    "bot/*/wording/*.py",
    "conversations/prompts/*.py",
    "conversations/understanding/*.py",
    "conversations/engine/words.py",
    # How people write a number and a code after a command.
    "bot/commands.py",
    # The names of levels, majors and kinds of institution, which are identifiers.
    "conversations/rules/levels.py",
)
COMMAND_WORDS = frozenset(by_word()) | UNIVERSAL | {INVITATION}

CLOCK = "bot/clock.py"
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today"} | {
    "time.time",
    "time.time_ns",
    "time.localtime",
    "time.gmtime",
}

# Spelt in parts, so that this file does not find itself.
ELSEWHERE = re.compile(r"(?<![\w.~$}>/-])/(?:home|Users|root|work|mnt)/" + r"[\w.-]+")
SUPPRESSED = re.compile(r"#\s*(?:noqa|type:\s*ignore).*")
SAYS_WHY = re.compile(
    r"# noqa: [A-Z]+\d+(?:, [A-Z]+\d+)* -- \S.*"
    r"|# type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]  # \S.*"
)


def test_no_file_is_longer_than_anyone_reads() -> None:
    long = {
        tree.name(path)
        for path in tree.sources(*EVERYWHERE)
        if path.parent != tree.GENERATED
        and len(tree.read(path).splitlines()) > LONGEST_FILE
    }
    assert long == set()


def test_no_function_is_longer_than_a_page() -> None:
    sizes = {
        f"{tree.name(path)}:{one.lineno} {one.name}": tree.length(one)
        for path in tree.sources(*EVERYWHERE)
        if path.parent != tree.GENERATED
        for one in tree.functions(path)
    }
    ordered = sorted(sizes.values())
    p90 = ordered[len(ordered) * 9 // 10]
    middle = statistics.median(ordered)
    print(f"{len(ordered)} functions: median {middle:.0f}, p90 {p90}")  # noqa: T201 -- what a reviewer looks at
    assert p90 <= USUAL_FUNCTION
    assert {one for one, size in sizes.items() if size > LONGEST_FUNCTION} == set()


def test_only_the_clock_reads_the_clock() -> None:
    read = {
        f"{tree.name(path)}:{node.lineno} {ast.unparse(node)}"
        for path in tree.sources()
        if tree.name(path) != CLOCK
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Attribute)
        and ".".join(ast.unparse(node).split(".")[-2:]) in CLOCKS
    }
    assert read == set()


def test_chinese_is_written_only_where_words_live() -> None:
    strays = {
        f"{tree.name(path)}:{line} {text}"
        for path in tree.sources()
        if not _may_speak(path)
        for line, text in tree.literals(path)
        if tree.HAN.search(text) and not _is_command(text)
    }
    assert strays == set()


def _may_speak(path: Path) -> bool:
    return any(fnmatch(tree.name(path), pattern) for pattern in CHINESE)


def _is_command(text: str) -> bool:
    return all(word in COMMAND_WORDS for word in text.split() if tree.HAN.search(word))


def test_every_suppression_names_its_code_and_its_reason() -> None:
    silent = {
        f"{tree.name(path)}:{number} {found[0]}"
        for path in tree.sources(*EVERYWHERE)
        for number, comment in tree.comments(path)
        if (found := SUPPRESSED.search(comment)) and not SAYS_WHY.fullmatch(found[0])
    }
    assert silent == set()


def test_nothing_names_a_folder_of_somebodys_machine() -> None:
    named = {
        f"{tree.name(path)}: {found[0]}"
        for path in tree.texts()
        for found in ELSEWHERE.finditer(tree.read(path))
    }
    assert named == set()


def test_nobody_left_a_note_to_themselves() -> None:
    mark = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b" + r"(?![\w-])")
    left = {
        f"{tree.name(path)}:{number}"
        for path in tree.sources(*tree.PACKAGES)
        for number, line in enumerate(tree.read(path).splitlines(), 1)
        if mark.search(line)
    }
    assert left == set()
