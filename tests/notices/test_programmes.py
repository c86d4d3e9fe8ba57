"""Programme files: the official one says what domain 2 says, wrong ones are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from conversations.errors import DefinitionError
from notices.programmes import Programme, load_programmes, read_programme
from notices.programmes.book import DEFINITIONS

# interface.md, Identifiers, in its order.
STEPS = [
    "plan",
    "opening",
    "staffing",
    "scheme",
    "recruiting",
    "needs",
    "training",
    "process_assessment",
    "final_assessment",
    "evaluation",
    "certificates",
    "backbone_feedback",
    "institution_feedback",
    "transcript",
    "archive",
    "annual_summary",
]

GONGXUE = load_programmes()["gongxue"]

MINIMAL = """\
id = "small"
title = "小班"
source = "invented"

[[steps]]
key = "scheme"
title = "方案"
aliases = []
acts = "institution"
clause = "第九条"
due = { anchor = "opens_on", days = -30 }
tell = [{ who = "institution", wording = "scheme" }]

[[wordings]]
key = "scheme"
what = "方案"
deed = "报备"
offer = "请回“办结 {{ code }} 方案”。"
"""


def _read(folder: Path, text: str) -> Programme:
    path = folder / "small.toml"
    path.write_text(text, "utf-8")
    return read_programme(path)


def test_the_steps_are_those_of_the_interface() -> None:
    assert [step.key for step in GONGXUE.steps] == STEPS


def test_every_wording_is_used() -> None:
    used = {tell.wording for step in GONGXUE.steps for tell in step.tell}
    assert {wording.key for wording in GONGXUE.wordings} == used


def test_every_step_cites_its_clause_and_says_what_is_assumed() -> None:
    uncited = [step.key for step in GONGXUE.steps if not step.clause]
    assert uncited == []
    assert [step.key for step in GONGXUE.steps if step.assumed] == [
        "plan",
        "recruiting",
        "training",
        "process_assessment",
        "final_assessment",
        "evaluation",
        "certificates",
        "archive",
    ]


def test_what_a_reminder_tells_people_to_say_names_its_step() -> None:
    """Each “办结 CODE 步骤” in an offer is understood as the step it stands at."""
    for step in GONGXUE.steps:
        for tell in step.tell:
            _, found, rest = GONGXUE.wording(tell.wording).offer.partition(
                "办结 {{ code }} "
            )
            if found:
                named = GONGXUE.named(rest.partition("”")[0])
                assert named == step


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("方案", "scheme"),
        ("scheme", "scheme"),
        ("培训方案报备", "scheme"),
        ("附件5", "transcript"),
    ],
)
def test_a_step_is_found_by_any_of_its_names(word: str, key: str) -> None:
    assert GONGXUE.named(word) == GONGXUE.step(key)


def test_an_unknown_word_names_no_step() -> None:
    assert GONGXUE.named("午饭") is None
    with pytest.raises(KeyError):
        GONGXUE.step("lunch")


def test_escalation_goes_to_the_level_above() -> None:
    above = {(tell.who, tell.escalate) for step in GONGXUE.steps for tell in step.tell}
    assert above == {
        ("institution", "province"),
        ("province", "centre"),
        ("lecturers", "province"),
        ("process_owing", "province"),
        ("final_owing", "province"),
        ("backbone_owing", "province"),
        ("class_manager", "institution"),
        ("incomplete", "institution"),
        ("drafts", None),
    }


def test_a_step_may_have_marks_of_its_own(tmp_path: Path) -> None:
    text = MINIMAL.replace("aliases = []", "aliases = []\nmarks = [10, 0]")
    programme = _read(tmp_path, text)
    assert programme.sending_of(programme.steps[0]).marks == (10, 0)
    assert programme.sending.marks == (7, 3, 1, 0)


def test_the_book_holds_every_file(tmp_path: Path) -> None:
    _read(tmp_path, MINIMAL)
    assert [one.id for one in load_programmes(tmp_path)] == ["small"]
    assert [one.id for one in load_programmes()] == sorted(
        path.stem for path in DEFINITIONS.glob("*.toml")
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "reason"),
    [
        pytest.param('id = "small"', 'id = "other"', 1, "id is 'other'", id="name"),
        pytest.param("-30 }", "-30", 11, "not TOML", id="not-toml"),
        pytest.param("-30", '"-30"', 11, "Expected `int`", id="type"),
        pytest.param("clause", "klause", 10, "unknown field `klause`", id="unknown"),
        pytest.param("deed", "dead", 17, "unknown field `dead`", id="wording"),
        pytest.param(
            "due =",
            'yearly = ["12-10"]\ndue =',
            5,
            "exactly one of due and yearly",
            id="both",
        ),
        pytest.param(
            'due = { anchor = "opens_on", days = -30 }',
            'yearly = ["02-29"]',
            11,
            "'02-29' is not a MM-DD of every year",
            id="no-day-of-every-year",
        ),
        pytest.param(
            "aliases = []", 'aliases = ["方案"]', 8, "already names", id="alias"
        ),
        pytest.param(
            'wording = "scheme"',
            'wording = "plan"',
            12,
            "there is no wording 'plan'",
            id="words",
        ),
        pytest.param(
            "{{ code }}", "{{ kode }}", 18, "text_unknown_field: kode", id="field"
        ),
        pytest.param("{{ code }}", "{{ 1 + 1 }}", 18, "text_has_code", id="code"),
        pytest.param(
            "aliases = []",
            "aliases = []\nmarks = [1, 7]",
            9,
            "marks are days",
            id="marks",
        ),
        pytest.param(
            "aliases = []",
            'aliases = []\nstarts = "12-01"',
            9,
            "belongs to a yearly",
            id="start",
        ),
        pytest.param(
            "[[steps]]",
            "[sending]\nat = 22:00:00\n\n[[steps]]",
            6,
            "outside the allowed",
            id="hour",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, before: str, after: str, line: int, reason: str
) -> None:
    with pytest.raises(DefinitionError) as refused:
        _read(tmp_path, MINIMAL.replace(before, after, 1))
    assert (refused.value.file, refused.value.line) == ("small.toml", line)
    assert reason in refused.value.reason
