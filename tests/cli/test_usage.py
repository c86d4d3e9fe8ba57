"""Every command explains itself; wrong usage is 2, what fails is 1 and one line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Operator

COMMANDS = (
    "serve",
    "demo",
    "demo-data",
    "migrate",
    "invite",
    "import",
    "export",
    "programmes",
    "rotate-keys",
    "check",
)
MISSING = (
    "xuntong: XUNTONG_SECRET_KEYS: is not set; make one with: openssl rand -base64 32"
)


def test_the_overview_names_every_command(operator: Operator) -> None:
    ended = operator.types("--help")
    assert ended.status == 0
    listed = [line.split()[0] for line in ended.lines if line.startswith("    ")]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(operator: Operator, command: str) -> None:
    ended = operator.types(command, "--help")
    assert (ended.status, ended.err) == (0, "")
    assert ended.lines[0].startswith(f"usage: xuntong {command}")


def test_help_of_import_names_the_columns(operator: Operator) -> None:
    text = operator.types("import", "--help").out.decode()
    for column in ("省份", "名称", "类型", "专业大类", "培训级别", "证书编号", "院校"):
        assert column in text


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param((), id="nothing"),
        pytest.param(("fly",), id="unknown-command"),
        pytest.param(("serve", "--role", "king"), id="unknown-role"),
        pytest.param(("demo", "--port", "0"), id="no-port"),
        pytest.param(("demo", "--port", "many"), id="port-not-a-number"),
        pytest.param(("invite",), id="role-missing"),
        pytest.param(("invite", "--role", "base_staff"), id="role-not-first"),
        pytest.param(("import", "people", "x.xlsx"), id="unknown-list"),
        pytest.param(("export", "responses", "--form", "diary"), id="unknown-form"),
        pytest.param(("programmes", "check"), id="file-missing"),
        pytest.param(
            ("programmes", "check", "x", "--opens-on", "soon"), id="not-a-date"
        ),
    ],
)
def test_wrong_usage_is_two(operator: Operator, arguments: tuple[str, ...]) -> None:
    ended = operator.types(*arguments)
    assert (ended.status, ended.out) == (2, b"")
    assert ended.complaints[0].startswith("usage: xuntong")


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("demo-data",),
        ("invite", "--role", "centre_manager"),
        ("rotate-keys",),
    ],
    ids=lambda one: one[0],
)
def test_without_keys_one_line_says_how_to_make_one(
    operator: Operator, arguments: tuple[str, ...]
) -> None:
    ended = operator.types(*arguments)
    assert (ended.status, ended.complaints) == (1, [MISSING])


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("XUNTONG_PROT", "80", "xuntong: XUNTONG_PROT: unknown setting"),
        (
            "XUNTONG_PORT",
            "70000",
            "xuntong: XUNTONG_PORT: must be between 1 and 65535",
        ),
        (
            "XUNTONG_TIMEZONE",
            "Mars/Olympus",
            "xuntong: XUNTONG_TIMEZONE: is not a known time zone",
        ),
    ],
    ids=["unknown", "malformed", "timezone"],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    settled: Operator, name: str, value: str, said: str
) -> None:
    settled.settings[name] = value
    ended = settled.types("check")
    assert (ended.status, ended.out, ended.complaints) == (1, b"", [said])


@pytest.mark.parametrize(
    "arguments",
    [
        ("serve",),
        ("demo-data",),
        ("invite", "--role", "centre_manager"),
        ("rotate-keys",),
    ],
    ids=lambda one: one[0],
)
def test_on_an_older_schema_one_line_says_to_migrate(
    settled: Operator, arguments: tuple[str, ...]
) -> None:
    ended = settled.types(*arguments)
    assert (ended.status, len(ended.complaints)) == (1, 1)
    assert "the database is at schema none" in ended.err
    assert ended.err.endswith("run `xuntong migrate`\n")


def test_a_database_that_is_not_there_is_one_line(settled: Operator) -> None:
    settled.settings["XUNTONG_DATABASE_URL"] = (
        "postgresql+asyncpg://nobody@127.0.0.1:1/none"
    )
    ended = settled.types("migrate")
    assert (ended.status, len(ended.complaints)) == (1, 1)
    assert ended.err.startswith("xuntong: the database cannot be reached: ")
