"""A small sound definition that tests break in one place at a time."""

from __future__ import annotations

from pathlib import Path

FORM = """\
form = "tiny"
version = 1
title = "A tiny form"
context = ["level"]

[[parts]]
id = "only"
title = "Only part"

[[fields]]
id = "name"
label = "Name"
kind = "name"
part = "only"
prompt = "Your name?"
privacy = { purpose = "to know you", keep_days = 30, personal = true }

[[fields]]
id = "number"
label = "ID number"
kind = "id_number"
part = "only"
prompt = "Your ID number?"

[fields.privacy]
purpose = "to know you"
keep_days = 30
personal = true
sensitive = true

[[fields]]
id = "age"
label = "Age"
kind = "derived"
part = "only"
source = "number.age"
privacy = { purpose = "to know you", keep_days = 30, personal = true }

[[fields]]
id = "likes"
label = "Likes"
kind = "choice"
part = "only"
prompt = "Which?"
privacy = { purpose = "to please you", keep_days = 30 }
choices = [
    { value = "tea", label = "Tea" },
    { value = "milk", label = "Milk" },
]

[[fields]]
id = "marks"
label = "Marks"
kind = "matrix"
part = "only"
prompt = "Marks?"
when = [
    { context = "level", equals = ["high"] },
    { field = "likes", equals = ["tea"] },
]
privacy = { purpose = "to learn", keep_days = 30 }
choices = [
    { value = "1", label = "Low" },
    { value = "2", label = "High" },
]
items = [
    { id = "a", label = "First" },
    { id = "b", label = "Second" },
]
"""

CONSENTS = """\
[[consents]]
kind = "personal"
version = "1"
text = "Ask {contact}."

[[consents]]
kind = "sensitive"
version = "1"
text = "Ask {contact} again."
"""


def write_book(folder: Path, form: str = FORM, consents: str = CONSENTS) -> Path:
    """A folder of definitions with one form."""
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny" / "1.toml").write_text(form, encoding="utf-8")
    (folder / "consents.toml").write_text(consents, encoding="utf-8")
    return folder
