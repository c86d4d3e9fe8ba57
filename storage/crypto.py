"""Encryption of personal columns, the blind index, and signatures of links.

A sealed value is ``version(1) | key id(4) | nonce(12) | ciphertext and tag``
(AES-256-GCM). Its additional data are table, column and row, so that a value
copied to another place does not open there.

Losing the secrets loses the data: they are never in the database.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_VERSION = b"\x01"
_HEADER = 1 + 4 + 12


class SealError(Exception):
    """A sealed value does not open: wrong key, moved, or tampered with."""

    def __init__(self, table: str, column: str, why: str) -> None:
        super().__init__(f"{table}.{column} does not open: {why}")


class _Key:
    """What is derived from one secret."""

    def __init__(self, secret: str) -> None:
        def derive(purpose: str) -> bytes:
            kdf = HKDF(SHA256(), 32, salt=b"xuntong/1", info=purpose.encode())
            return kdf.derive(secret.encode())

        self.id = derive("id")[:4]
        self.cipher = AESGCM(derive("seal"))
        self.index = derive("index")
        self.signing = derive("sign")


class Vault:
    """Seals and opens values under the configured secrets, newest first."""

    def __init__(self, secrets: Sequence[str]) -> None:
        if not secrets:
            raise ValueError("a vault needs at least one secret")
        self._keys = tuple(_Key(secret) for secret in secrets)
        self._by_id = {key.id: key for key in self._keys}
        self._newest = self._keys[0]

    @property
    def newest_key_id(self) -> str:
        """The id, in hex, of the key that seals."""
        return self._newest.id.hex()

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids, in hex, of all keys, newest first."""
        return tuple(key.id.hex() for key in self._keys)

    def seal(self, data: bytes | str, *, table: str, column: str, row: str) -> bytes:
        """Encrypt ``data`` for one cell under the newest key."""
        raw = data.encode() if isinstance(data, str) else data
        nonce = os.urandom(12)
        aad = f"{table}:{column}:{row}".encode()
        key = self._newest
        return _VERSION + key.id + nonce + key.cipher.encrypt(nonce, raw, aad)

    def open(self, sealed: bytes, *, table: str, column: str, row: str) -> bytes:
        """Decrypt one cell, whichever of the keys sealed it.

        Raises:
            SealError: no key fits, or the value was moved or changed.
        """
        key = self._by_id.get(bytes(sealed[1:5]))
        if sealed[:1] != _VERSION or key is None:
            raise SealError(table, column, "sealed under a key that is not configured")
        aad = f"{table}:{column}:{row}".encode()
        try:
            return key.cipher.decrypt(sealed[5:_HEADER], sealed[_HEADER:], aad)
        except (InvalidTag, ValueError):  # the latter when cut short
            raise SealError(table, column, "moved or changed") from None

    def open_text(self, sealed: bytes, *, table: str, column: str, row: str) -> str:
        """Decrypt one cell of text."""
        return self.open(sealed, table=table, column=column, row=row).decode()

    def is_current(self, sealed: bytes) -> bool:
        """True iff ``sealed`` is under the newest key already."""
        return bytes(sealed[1:5]) == self._newest.id

    def digests(self, kind: str, value: str) -> tuple[tuple[str, bytes], ...]:
        """The blind index of a value: (key id, digest) for each key, newest first.

        Addresses are compared to the letter (an openid is); all else in the
        form that ``normalise`` gives it.
        """
        compared = value if kind == "address" else normalise(value)
        message = f"{kind}:{compared}".encode()
        return tuple(
            (key.id.hex(), hmac.digest(key.index, message, "sha256")[:16])
            for key in self._keys
        )

    def sign(self, purpose: str, payload: bytes) -> bytes:
        """A 16-byte signature of ``payload`` for one purpose."""
        return hmac.digest(
            self._newest.signing, purpose.encode() + b"\0" + payload, "sha256"
        )[:16]

    def verify(self, purpose: str, payload: bytes, signature: bytes) -> bool:
        """True iff any of the keys signed ``payload`` for this purpose."""
        message = purpose.encode() + b"\0" + payload
        return any(
            hmac.compare_digest(
                hmac.digest(key.signing, message, "sha256")[:16], signature
            )
            for key in self._keys
        )


def normalise(value: str) -> str:
    """The form in which equal values are equal: NFKC, trimmed, upper case."""
    return unicodedata.normalize("NFKC", value).strip().upper()


def fingerprint(text: str) -> str:
    """A short digest that tells two public texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
