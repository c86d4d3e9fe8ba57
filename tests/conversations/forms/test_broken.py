"""A definition that is wrong stops the start with its file, line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from conversations.errors import DefinitionError
from conversations.forms.book import load_book
from tests.conversations.forms.samples import CONSENTS, FORM, write_book


def line_of(text: str, needle: str) -> int:
    return text[: text.index(needle)].count("\n") + 1


# (what to replace, by what, where the fault then stands, the reason)
BROKEN = [
    pytest.param(
        'id = "likes"', 'id = "age"', 'id = "age"\nlabel = "Likes"',
        "id 'age' is used twice", id="two fields of one id",
    ),
    pytest.param(
        'id = "likes"', 'id = "Likes!"', 'id = "Likes!"',
        "field 'Likes!': id is made of a-z, 0-9 and _", id="an id with a sign",
    ),
    pytest.param(
        'part = "only"\nprompt = "Which?"', 'part = "other"\nprompt = "Which?"',
        'part = "other"', "field 'likes': there is no part 'other'", id="no such part",
    ),
    pytest.param(
        'label = "Likes"', 'label = ""', 'label = ""',
        "field 'likes': label is empty", id="an empty label",
    ),
    pytest.param(
        'kind = "choice"', 'kind = "guess"', 'kind = "guess"',
        "field 'likes': there is no kind 'guess'", id="no such kind",
    ),
    pytest.param(
        'prompt = "Which?"\n', "", '[[fields]]\nid = "likes"',
        "field 'likes': prompt is empty", id="no question",
    ),
    pytest.param(
        '{ field = "likes", equals', '{ field = "later", equals', '{ field = "later"',
        "field 'marks': there is no earlier field 'later'", id="a condition on a later field",
    ),
    pytest.param(
        '{ field = "likes", equals = ["tea"] }', '{ field = "likes", equals = ["beer"] }',
        '{ field = "likes", equals = ["beer"]',
        "field 'marks': field 'likes' has no choice 'beer'", id="a condition on no choice",
    ),
    pytest.param(
        'context = "level", equals', 'context = "height", equals', '{ context = "height"',
        "field 'marks': the context has no key 'height'", id="a condition on no context key",
    ),
    pytest.param(
        '{ context = "level", equals', '{ context = "level", field = "likes", equals',
        '{ context = "level", field',
        "field 'marks': a condition names either a field or a context key",
        id="a condition on two things",
    ),
    pytest.param(
        'source = "number.age"', 'source = "name.age"', 'source = "name.age"',
        "field 'age': source 'name.age' is no earlier ID number's", id="derived from a name",
    ),
    pytest.param(
        'source = "number.age"', 'source = "number.height"', 'source = "number.height"',
        "field 'age': source 'number.height' is no earlier ID number's",
        id="derived from no part of it",
    ),
    pytest.param(
        'kind = "derived"\npart = "only"\nsource = "number.age"',
        'kind = "fixed"\npart = "only"\nsource = "age"', 'source = "age"',
        "field 'age': source 'age' is no key of the context", id="fixed by no context key",
    ),
    pytest.param(
        'kind = "derived"\npart = "only"\nsource = "number.age"',
        'kind = "signature"\npart = "only"\nprompt = "Sign"\nsource = "number"',
        'source = "number"', "field 'age': source 'number' is no earlier name",
        id="signed with a number",
    ),
    pytest.param(
        "personal = true\nsensitive = true", "sensitive = true", "sensitive = true",
        "field 'number': what is sensitive is personal too", id="sensitive, not personal",
    ),
    pytest.param(
        'purpose = "to know you"\nkeep_days = 30', 'purpose = "to know you"\nkeep_days = 0',
        "keep_days = 0", "field 'number': keep_days is not above 0", id="kept no day",
    ),
    pytest.param(
        'purpose = "to please you"', 'purpose = ""', 'privacy = { purpose = ""',
        "field 'likes': privacy has no purpose", id="asked for no purpose",
    ),
    pytest.param(
        'privacy = { purpose = "to please you", keep_days = 30 }\n', "",
        '[[fields]]\nid = "likes"', "Object missing required field `privacy`",
        id="no privacy",
    ),
    pytest.param(
        'purpose = "to know you"\nkeep_days = 30\npersonal = true\nsensitive',
        'purpose = "to know you"\npersonal = true\nsensitive', "[fields.privacy]",
        "Object missing required field `keep_days`", id="no keep_days",
    ),
    pytest.param(
        '    { value = "milk", label = "Milk" },\n', "", 'choices = [\n    { value = "tea"',
        "field 'likes': kind 'choice' needs at least two choices", id="a single choice",
    ),
    pytest.param(
        'value = "milk"', 'value = "tea"', '{ value = "tea", label = "Milk"',
        "field 'likes': value 'tea' is used twice", id="two choices of one value",
    ),
    pytest.param(
        'label = "Milk"', 'label = ""', '{ value = "milk"',
        "field 'likes': a choice needs a value and a label", id="a choice without label",
    ),
    pytest.param(
        'label = "Milk"', 'label = "Milk", detail = "How much?"', '{ value = "milk"',
        "field 'likes': detail belongs to kind 'ticks'", id="a detail of a single choice",
    ),
    pytest.param(
        'value = "2", label = "High"', 'value = "3", label = "High"',
        'choices = [\n    { value = "1"',
        "field 'marks': the values of these choices are 1, 2, 3 … in this order",
        id="marks that are not their places",
    ),
    pytest.param(
        'items = [\n    { id = "a", label = "First" },\n    { id = "b", label = "Second" },\n]\n',
        "", '[[fields]]\nid = "marks"',
        "field 'marks': items belong to kind 'matrix', which needs them", id="no items",
    ),
    pytest.param(
        '{ id = "b", label = "Second" }', '{ id = "a", label = "Second" }',
        '{ id = "a", label = "Second" }', "field 'marks': id 'a' is used twice",
        id="two items of one id",
    ),
    pytest.param(
        '{ id = "b", label = "Second" }', '{ id = "b", label = "" }', '{ id = "b"',
        "field 'marks': an item's label is empty", id="an item without label",
    ),
    pytest.param(
        'kind = "name"', 'kind = "name"\nprefill = "guess"', 'prefill = "guess"',
        "field 'name': there is no prefill 'guess'", id="no such prefill",
    ),
    pytest.param(
        'kind = "name"', 'kind = "name"\nmin_length = 9\nmax_length = 8', "min_length = 9",
        "field 'name': min_length is more than max_length", id="no length fits",
    ),
    pytest.param(
        'kind = "name"', 'kind = "name"\nmost = 9', "most = 9",
        "field 'name': most belongs to kind 'number', and is above 0", id="a name up to 9",
    ),
    pytest.param(
        'kind = "name"', 'kind = "declaration"', '[[fields]]\nid = "name"',
        "field 'name': kind 'declaration' needs text", id="nothing declared",
    ),
    pytest.param(
        'kind = "name"', 'kind = "name"\ncolour = "red"', 'colour = "red"',
        "Object contains unknown field `colour`", id="an unknown key of a field",
    ),
    pytest.param(
        'title = "A tiny form"', 'title = "A tiny form"\ncolour = "red"', 'colour = "red"',
        "Object contains unknown field `colour`", id="an unknown key of the form",
    ),
    pytest.param(
        'title = "A tiny form"', 'title = "A tiny form"\nblind = true',
        'privacy = { purpose = "to know you"',
        "field 'name': a blind form asks nothing personal", id="blind and personal",
    ),
    pytest.param(
        'title = "A tiny form"', 'title = ""', 'title = ""', "title is empty",
        id="a form without title",
    ),
    pytest.param(
        'title = "Only part"', 'title = ""', 'title = ""\n\n[[fields]]',
        "part 'only': title is empty", id="a part without title",
    ),
    pytest.param(
        '[[parts]]\nid = "only"', '[[parts]]\nid = "idle"\ntitle = "Idle"\n\n[[parts]]\nid = "only"',
        '[[parts]]\nid = "idle"', "part 'idle' has no fields", id="a part without fields",
    ),
    pytest.param(
        'label = "Likes"', "label = 7", "label = 7", "Expected `str`, got `int`",
        id="a label that is a number",
    ),
    pytest.param(
        "version = 1", "version = 2", "version = 2",
        "version 2 lies in the file '1.toml'", id="another version than the file's",
    ),
    pytest.param(
        'form = "tiny"', 'form = "small"', 'form = "small"',
        "form 'small' lies in the folder 'tiny'", id="another form than the folder's",
    ),
    pytest.param(
        'label = "Likes"', 'label = "Likes', 'label = "Likes\n',
        "not TOML: Illegal character '\\n'", id="a string left open",
    ),
    pytest.param(
        'label = "Likes"', 'id = "again"', 'id = "again"',
        "not TOML: Cannot overwrite a value", id="a key given twice",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("sound", "broken", "where", "reason"), BROKEN)
def test_a_broken_definition_is_told_by_file_line_and_reason(
    tmp_path: Path, sound: str, broken: str, where: str, reason: str
) -> None:
    assert sound in FORM
    text = FORM.replace(sound, broken, 1)
    folder = write_book(tmp_path / "definitions", text)

    with pytest.raises(DefinitionError) as caught:
        load_book(folder)

    error = caught.value
    assert (error.file, error.line, error.reason) == (
        "tiny/1.toml",
        line_of(text, where),
        reason,
    )
    assert str(error) == f"tiny/1.toml:{error.line}: {reason}"


def test_the_sound_definition_is_read(tmp_path: Path) -> None:
    book = load_book(write_book(tmp_path / "definitions"))
    assert [(form.form, form.version) for form in book.forms()] == [("tiny", 1)]


def test_a_text_left_open_is_told_at_its_last_line(tmp_path: Path) -> None:
    text = FORM + 'text = """\nnever closed\n'
    with pytest.raises(DefinitionError) as caught:
        load_book(write_book(tmp_path / "definitions", text))
    assert caught.value.line == text.rstrip("\n").count("\n") + 1


def test_bytes_that_are_no_text_are_told_with_their_line(tmp_path: Path) -> None:
    folder = write_book(tmp_path / "definitions")
    path = folder / "tiny" / "1.toml"
    path.write_bytes(b'form = "tiny"\nversion = 1\ntitle = "\xff"\n')
    with pytest.raises(DefinitionError) as caught:
        load_book(folder)
    assert str(caught.value) == "tiny/1.toml:3: not UTF-8"


def test_a_version_file_is_called_by_its_number(tmp_path: Path) -> None:
    folder = write_book(tmp_path / "definitions")
    (folder / "tiny" / "draft.toml").write_text(FORM)
    with pytest.raises(DefinitionError) as caught:
        load_book(folder)
    assert (
        str(caught.value) == "tiny/draft.toml:1: a version's file is called like 1.toml"
    )


@pytest.mark.parametrize(
    ("sound", "broken", "line", "reason"),
    [
        ("Ask {contact} again.", "Ask.", 9, "text names no {contact}"),
        (
            'kind = "sensitive"',
            'kind = "personal"',
            1,
            "has the consents ('personal', 'personal'), wanted ('personal', 'sensitive')",
        ),
        ('version = "1"', "version = 1", 3, "Expected `str`, got `int`"),
    ],
)
def test_broken_consents_are_told_too(
    tmp_path: Path, sound: str, broken: str, line: int, reason: str
) -> None:
    text = CONSENTS.replace(sound, broken, 1)
    with pytest.raises(DefinitionError) as caught:
        load_book(write_book(tmp_path / "definitions", consents=text))
    assert str(caught.value) == f"consents.toml:{line}: {reason}"
