"""The page's own files, read once; nothing of it comes from anywhere else."""

from __future__ import annotations

from importlib.resources import files
from types import MappingProxyType

import msgspec

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


class Asset(msgspec.Struct, frozen=True):
    """A file of the page."""

    media_type: str
    content: bytes


def _load() -> dict[str, Asset]:
    return {
        entry.name: Asset(_TYPES[ending], entry.read_bytes())
        for entry in files(__name__).iterdir()
        if (ending := "." + entry.name.rpartition(".")[2]) in _TYPES
    }


ASSETS = MappingProxyType(_load())
