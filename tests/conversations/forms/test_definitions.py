"""Laws that every packaged definition keeps."""

from __future__ import annotations

import hashlib

import pytest

from conversations.forms.book import load_book
from conversations.forms.schema import Field, Form

BOOK = load_book()
FIELDS = [
    pytest.param(form, field, id=f"{form.form}-{field.id}")
    for form in BOOK.forms()
    for field in form.fields
]


def test_the_book_holds_the_forms_there_are() -> None:
    assert [(form.form, form.version) for form in BOOK.forms()] == [
        ("annual_summary", 1),
        ("application", 1),
        ("backbone_feedback", 1),
        ("class_opening", 1),
        ("class_opening", 2),
        ("evaluation", 1),
        ("institution_feedback", 1),
        ("notice", 1),
        ("plan_item", 1),
        ("scheme", 1),
        ("scheme_addition", 1),
    ]
    assert [form.form for form in BOOK.forms() if form.official] == [
        "annual_summary",
        "application",
        "backbone_feedback",
        "evaluation",
        "institution_feedback",
    ]


def test_the_book_is_read_once() -> None:
    assert load_book() is BOOK


def test_a_form_or_version_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        BOOK.get("application", 99)
    with pytest.raises(KeyError):
        BOOK.newest("nothing")


@pytest.mark.parametrize(("form", "field"), FIELDS)
def test_what_people_are_told_is_short_and_calm(form: Form, field: Field) -> None:
    assert len(field.name) <= 14
    assert len(field.prompt) <= 80
    for text in (field.prompt, field.help, field.example):
        assert "！" not in text
        assert "!" not in text
        assert "输入有误" not in text


@pytest.mark.parametrize(("form", "field"), FIELDS)
def test_every_field_says_why_it_is_asked_and_for_how_long(
    form: Form, field: Field
) -> None:
    assert len(field.privacy.purpose) >= 4
    assert 1 <= field.privacy.keep_days <= 3650
    assert not field.privacy.personal or field.privacy.keep_days <= 1095


def test_only_the_id_number_and_the_photo_are_sensitive() -> None:
    sensitive = [
        (form.form, field.id)
        for form in BOOK.forms()
        for field in form.fields
        if field.privacy.sensitive
    ]
    assert sensitive == [("application", "id_number"), ("application", "photo")]


def test_what_stays_plain_can_be_counted_without_naming_anybody() -> None:
    plain = {
        field.id
        for field in BOOK.newest("application").fields
        if not field.privacy.personal
    }
    assert plain == {
        "major", "level", "current_major", "first_phase", "trained", "education",
        "ability_1", "ability_2", "ability_3", "declaration", "unit_opinion",
    }  # fmt: skip


def test_the_evaluation_is_blind() -> None:
    blind = [form.form for form in BOOK.forms() if form.blind]
    assert blind == ["evaluation"]


@pytest.mark.parametrize("kind", ["personal", "sensitive"])
def test_a_consent_is_short_named_and_fingerprinted(kind: str) -> None:
    consent = BOOK.consent(kind)
    assert (consent.kind, consent.version) == (kind, "1")
    assert consent.text.count("\n") + 1 <= 8
    assert consent.text.count("{contact}") == 1
    assert consent.digest == hashlib.sha256(consent.text.encode()).hexdigest()


def test_one_form_never_gives_two_questions_the_same_name() -> None:
    for form in BOOK.forms():
        for level in ("一级", "二级", "三级"):
            asked = [
                field.name
                for field in form.fields
                if field.asked and _visible(field, level)
            ]
            assert len(asked) == len(set(asked))


def _visible(field: Field, level: str) -> bool:
    return all(rule.context != "level" or level in rule.equals for rule in field.when)
