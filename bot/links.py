"""The links people get: signed, so that nobody makes one up; expiring.

``/d/{token}`` carries what it shows, for whom and until when. ``/u/{token}``
carries the secret of a row of ``storage.links``, which is used once; so does
``/b/in/{token}``. All keep to the machine's clock (``Clock.real``), whatever the demo clock says.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

import msgspec

from storage.crypto import Vault

_SIGNATURE = 16
_DOCUMENT = "link:document"
_UPLOAD = "link:upload"
_BOARD = "link:board"


class DocumentLink(msgspec.Struct, frozen=True, array_like=True):
    """What a document link shows. Ids only, never personal data.

    ``kind`` is ``file`` (``object_id`` is a stored file), ``submission``, …
    """

    kind: str
    object_id: str
    person_id: str
    expires: int

    @property
    def expires_at(self) -> datetime:
        """The first moment at which the link no longer works."""
        return datetime.fromtimestamp(self.expires, UTC)


class Links:
    """Makes and reads the links of one service."""

    def __init__(self, vault: Vault, public_url: str) -> None:
        self._vault = vault
        self.public_url = public_url.rstrip("/")

    def page(self, path: str) -> str:
        """The full address of a path of the service, such as ``/n/…``.

        What is an address already, as an article's on a platform, stays as it is.
        """
        if "://" in path:
            return path
        return f"{self.public_url}/{path.lstrip('/')}"

    def document(
        self, kind: str, object_id: str, *, person_id: str, expires_at: datetime
    ) -> str:
        """The address of a document, good until ``expires_at`` (machine's clock)."""
        link = DocumentLink(kind, object_id, person_id, int(expires_at.timestamp()))
        return self.page(f"d/{self._token(_DOCUMENT, msgspec.json.encode(link))}")

    def read(self, token: str, *, now: datetime) -> DocumentLink | None:
        """What a document token shows; None when forged, damaged or expired."""
        payload = self._payload(_DOCUMENT, token)
        if payload is None:
            return None
        link = msgspec.json.decode(payload, type=DocumentLink)
        return link if now.timestamp() < link.expires else None

    def upload(self, secret: str) -> str:
        """The address of the upload page for the ``NewLink.token`` of a row."""
        return self.page(f"u/{self._token(_UPLOAD, secret.encode())}")

    def read_upload(self, token: str) -> str | None:
        """The secret an upload token carries; None when forged or damaged."""
        payload = self._payload(_UPLOAD, token)
        return None if payload is None else payload.decode()

    def board(self, secret: str) -> str:
        """The address at which a browser asks for the board, by a row's secret."""
        return self.page(f"b/in/{self._token(_BOARD, secret.encode())}")

    def read_board(self, token: str) -> str | None:
        """The secret a board token carries; None when forged or damaged."""
        payload = self._payload(_BOARD, token)
        return None if payload is None else payload.decode()

    def _token(self, purpose: str, payload: bytes) -> str:
        return _encode(self._vault.sign(purpose, payload) + payload)

    def _payload(self, purpose: str, token: str) -> bytes | None:
        raw = _decode(token)
        if raw is None or len(raw) <= _SIGNATURE:
            return None
        signature, payload = raw[:_SIGNATURE], raw[_SIGNATURE:]
        return payload if self._vault.verify(purpose, payload, signature) else None


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(token: str) -> bytes | None:
    """The bytes of a token; None unless it is exactly as ``_encode`` writes it."""
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if _encode(raw) == token else None
