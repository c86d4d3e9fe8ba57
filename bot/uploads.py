"""Files that people send: what they are, and a name that is safe to keep."""

from __future__ import annotations

import io
import unicodedata
import zipfile

UNKNOWN = "application/octet-stream"
PICTURES_AND_PDF = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp", "application/pdf"}
)
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MAGIC = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)
_ZIP = b"PK\x03\x04"
OFFICE = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    EXCEL: "xlsx",
}
"""Office files by media type, with the ending of their names."""

_PARTS = {"docx": "word/", "pptx": "ppt/", "xlsx": "xl/"}
_MACROS = "vbaproject.bin"
MAX_UPLOAD = 10 * 1024 * 1024
"""No file that a person sends may be bigger, in bytes."""

_MAX_NAME = 100


def sniff(content: bytes) -> str:
    """The media type of ``content``, whatever its sender called it."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    return _office(content) if content.startswith(_ZIP) else UNKNOWN


def _office(content: bytes) -> str:
    """Which office file a ZIP is; with macros it is none that is taken."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name.lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return UNKNOWN
    if "[content_types].xml" not in names or any(
        name.endswith(_MACROS) for name in names
    ):
        return UNKNOWN
    for media_type, ending in OFFICE.items():
        if any(name.startswith(_PARTS[ending]) for name in names):
            return media_type
    return UNKNOWN


def safe_name(name: str, otherwise: str) -> str:
    """The last part of a sender's file name, without what could mislead a reader."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    # Cf holds the marks that turn the reading direction round.
    kept = "".join(c for c in last if unicodedata.category(c)[0] != "C")
    return kept.strip(" .")[-_MAX_NAME:] or otherwise
