"""Writes docs/commands.md from bot/commands.toml: ``python -m docs.commands``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from bot.commands import ANYONE, ROLES, Command, load
from bot.wording import TITLES

FILE = Path(__file__).with_name("commands.md")

_HEAD = """\
# Commands

<!-- Written by `python -m docs.commands` from bot/commands.toml; change that file. -->

What people type, beside the answers to a form. A word may be followed by what it
is about: a class code such as `2026-JX-01`, or the number that a list or a
reminder shows. 帮助 lists for each person only what that person may do; a command
of another role gets the same answer as a word that is no command. The examples show
every use of a command; where a use is open to fewer roles, the last table says so.

## In every state

| word | does |
|---|---|
| 帮助 | says what can be done here; inside a form, why the question is asked |
| 菜单 | the commands as choices |
| 取消 | gives the open form up, after asking |
| 继续 | takes up a form that was left; asks which, when there are several |
| 上一步 | back to the question before |
| 跳过 | leaves a question out, or puts it off to the end |
| 修改 N | changes the answer in place N of 第 N/M 题 |
| 预览 | everything said so far, with its places |
| 提交 | hands the form in |
| 退出 | leaves the form; all answers are kept |
| 完成 | ends a long text that was sent in several messages |
"""

_TITLE = "| command | does | write it | also understood |\n|---|---|---|---|\n"


def reference() -> str:
    """The page, from the definitions as they are now."""
    commands = load()
    parts = [_HEAD, "\n## Everybody\n\n", _table(commands, ANYONE)]
    for role in ROLES:
        if any(role in command.who for command in commands):
            parts += [f"\n## {TITLES[role]} (`{role}`)\n\n", _table(commands, role)]
    parts += ["\n## Narrower leave\n\n", _uses(commands)]
    return "".join(parts)


def _table(commands: Iterable[Command], role: str) -> str:
    rows = (_row(command, role) for command in commands if role in command.who)
    return _TITLE + "".join(rows)


def _row(command: Command, role: str) -> str:
    cells = (
        command.name,
        command.help_of([role]),
        command.usage,
        "、".join(command.aliases),
    )
    return f"| {' | '.join(cells)} |\n"


def _uses(commands: Iterable[Command]) -> str:
    lines = ["| command | use | roles |\n|---|---|---|\n"]
    for command in commands:
        for use, roles in command.uses.items():
            named = ", ".join(f"`{role}`" for role in roles)
            lines.append(f"| {command.name} | {use} | {named} |\n")
    return "".join(lines)


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
