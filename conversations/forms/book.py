"""The book of forms: every definition, read and checked once, at the start."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from conversations.errors import DefinitionError
from conversations.forms.check import check_form
from conversations.forms.schema import Consent, Form
from conversations.forms.source import read_definition

LOCK = "released.toml"
CONSENTS = "consents.toml"
CONSENT_KINDS = ("personal", "sensitive")
_VERSION_FILE = re.compile(r"[1-9]\d*\.toml")


class FormBook:
    """All versions of all forms, and the consents. Never changes."""

    def __init__(self, forms: tuple[Form, ...], consents: tuple[Consent, ...]) -> None:
        self._forms = {(form.form, form.version): form for form in forms}
        self._newest = {form.form: form for form in forms}
        self._consents = {consent.kind: consent for consent in consents}

    def get(self, form: str, version: int) -> Form:
        """One version of a form.

        Raises:
            KeyError: there is none.
        """
        return self._forms[form, version]

    def newest(self, form: str) -> Form:
        """The version that new drafts begin with.

        Raises:
            KeyError: there is no such form.
        """
        return self._newest[form]

    def forms(self) -> tuple[Form, ...]:
        """Every version of every form, oldest version first within a form."""
        return tuple(self._forms.values())

    def consent(self, kind: str) -> Consent:
        """The consent of a kind: ``personal`` or ``sensitive``."""
        return self._consents[kind]


def load_book(folder: Path | None = None) -> FormBook:
    """Read every definition in ``folder``; those of the package when it is None.

    Raises:
        DefinitionError: a definition does not hold together, or a released one
            was changed; names the file, the line and the reason.
    """
    return _packaged() if folder is None else _read(folder)


@cache
def _packaged() -> FormBook:
    with as_file(files("conversations.forms") / "definitions") as folder:
        return _read(folder)


def _read(folder: Path) -> FormBook:
    forms = tuple(_read_form(folder, path) for path in _versions(folder))
    _check_lock(folder)
    return FormBook(forms, _read_consents(folder))


def _versions(folder: Path) -> list[Path]:
    """The definition files, by form and version."""
    found = folder.glob("*/*.toml")
    for path in found:
        if not _VERSION_FILE.fullmatch(path.name):
            raise DefinitionError(
                _name(folder, path), 1, "a version's file is called like 1.toml"
            )
    return sorted(
        folder.glob("*/*.toml"), key=lambda path: (path.parent.name, int(path.stem))
    )


def _read_form(folder: Path, path: Path) -> Form:
    name = _name(folder, path)
    form, lines = read_definition(path, Form, name=name)
    if form.form != path.parent.name:
        reason = f"form {form.form!r} lies in the folder {path.parent.name!r}"
        raise DefinitionError(name, lines.of("form"), reason)
    if form.version != int(path.stem):
        reason = f"version {form.version} lies in the file {path.name!r}"
        raise DefinitionError(name, lines.of("version"), reason)
    check_form(form, lines, name)
    return form


def _name(folder: Path, path: Path) -> str:
    """What errors call a file: where it lies under the definitions."""
    return path.relative_to(folder).as_posix()


class _Consents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    consents: tuple[Consent, ...]


def _read_consents(folder: Path) -> tuple[Consent, ...]:
    path = folder / CONSENTS
    if not path.exists():
        raise DefinitionError(CONSENTS, 1, "the file is missing")
    read, lines = read_definition(path, _Consents, name=CONSENTS)
    kinds = tuple(consent.kind for consent in read.consents)
    if kinds != CONSENT_KINDS:
        reason = f"has the consents {kinds}, wanted {CONSENT_KINDS}"
        raise DefinitionError(CONSENTS, lines.of("consents", 0), reason)
    for number, consent in enumerate(read.consents):
        if "{contact}" not in consent.text:
            line = lines.of("consents", number, "text")
            raise DefinitionError(CONSENTS, line, "text names no {contact}")
    return tuple(
        msgspec.structs.replace(
            consent,
            text=consent.text.strip(),
            digest=hashlib.sha256(consent.text.strip().encode()).hexdigest(),
        )
        for consent in read.consents
    )


# The lock: what was released never changes under the drafts that follow it.


def digest(path: Path) -> str:
    """The SHA-256 of a file, line ends as Unix writes them."""
    data = path.read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest()


def release(form: str, version: int, *, folder: Path | None = None) -> str:
    """Lock a new version by its hash, and give the hash.

    Raises:
        DefinitionError: it was released before, or does not hold together.
    """
    if folder is None:
        folder = Path(str(files("conversations.forms") / "definitions"))
    _read(folder)
    path = folder / form / f"{version}.toml"
    name = _name(folder, path)
    if not path.exists():
        raise DefinitionError(name, 1, "the file is missing")
    locked = _locked(folder)
    if name in locked:
        raise DefinitionError(name, 1, "released before; make a new version")
    locked[name] = digest(path)
    _write_lock(folder, locked)
    return locked[name]


def _locked(folder: Path) -> dict[str, str]:
    path = folder / LOCK
    if not path.exists():
        return {}
    read, _ = read_definition(path, dict[str, str], name=LOCK)
    return read


def _write_lock(folder: Path, locked: dict[str, str]) -> None:
    head = "# SHA-256 of every released form version; a released file never changes.\n"
    rows = (f'"{name}" = "{locked[name]}"\n' for name in sorted(locked))
    (folder / LOCK).write_text(head + "".join(rows), encoding="utf-8")


def _check_lock(folder: Path) -> None:
    for name, wanted in _locked(folder).items():
        path = folder / name
        if not path.exists():
            raise DefinitionError(name, 1, "a released version is missing")
        if digest(path) != wanted:
            raise DefinitionError(name, 1, "a released version was changed")
