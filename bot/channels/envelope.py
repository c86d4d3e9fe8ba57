"""The platforms' signature and AES envelope (公众号 and 企业微信 消息加解密).

An envelope is base64 of AES-256-CBC over ``random(16) | length(4, big-endian) |
message | receiver``, padded by PKCS#7 to 32 bytes; the key's first half is the
IV. The receiver is the account's app id, or the corp id. The signature covers the
envelope, so it is checked before anything is opened.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
_PADDING = tuple(bytes([count]) * count for count in range(_BLOCK + 1))
_ENVELOPE = (
    b"<xml><Encrypt><![CDATA[%b]]></Encrypt>"
    b"<MsgSignature><![CDATA[%b]]></MsgSignature>"
    b"<TimeStamp>%b</TimeStamp><Nonce><![CDATA[%b]]></Nonce></xml>"
)


class Refused(Exception):  # noqa: N818 -- a verdict, answered with one plain 403
    """A callback that cannot be shown to be the platform's."""


class MessageKey:
    """One EncodingAESKey, ready to use."""

    def __init__(self, encoded: str) -> None:
        # The 43rd character carries two unused bits; some keys have them set.
        key = base64.b64decode(encoded + "=")
        if len(key) != 32:
            raise ValueError("an EncodingAESKey is 43 letters and digits")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def decrypt(self, data: bytes, receiver: bytes) -> bytes | None:
        """The message in ``data``; None unless every part of it is as it must be."""
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(data)
        count = plain[-1]
        if not 1 <= count <= _BLOCK or not plain.endswith(_PADDING[count]):
            return None
        end = 20 + int.from_bytes(plain[16:20], "big")
        if not hmac.compare_digest(plain[end:-count], receiver):
            return None
        return plain[20:end]

    def encrypt(self, message: bytes, receiver: bytes) -> bytes:
        """``message`` as the platform wants it, before base64."""
        body = b"%b%b%b%b" % (
            os.urandom(16),
            len(message).to_bytes(4, "big"),
            message,
            receiver,
        )
        encryptor = self._cipher.encryptor()
        return encryptor.update(body + _PADDING[_BLOCK - len(body) % _BLOCK])


class Opened(msgspec.Struct, frozen=True):
    """A message out of its envelope, with the key that opened it."""

    message: bytes
    key: MessageKey


class CallbackCrypto:
    """Checks and opens what comes in, seals what goes back.

    After the operator changed the key in the console, messages come under the
    new one or the previous one for a while; the answer uses the same.
    """

    def __init__(
        self,
        *,
        token: str,
        receiver: str,
        aes_key: str = "",
        previous_aes_key: str = "",
    ) -> None:
        self._token = token.encode()
        self._receiver = receiver.encode()
        self._keys = tuple(
            MessageKey(key) for key in (aes_key, previous_aes_key) if key
        )

    @property
    def safe_mode(self) -> bool:
        """True iff a key is configured; plain callbacks are refused then."""
        return bool(self._keys)

    def check(self, signature: str, *parts: str) -> None:
        """Check a signature over the token and ``parts``, in constant time.

        Raises:
            Refused: it is not the platform's.
        """
        expected = self._sign(*(part.encode("utf-8", "replace") for part in parts))
        if not hmac.compare_digest(expected, signature.encode("utf-8", "replace")):
            raise Refused("signature")

    def open(
        self, envelope: str, *, signature: str, timestamp: str, nonce: str
    ) -> Opened:
        """Check the signature of ``envelope`` (base64), then open it.

        Raises:
            Refused: the signature, the encryption or the receiver is wrong.
        """
        self.check(signature, timestamp, nonce, envelope)
        try:
            data = binascii.a2b_base64(envelope, strict_mode=True)
        except ValueError:
            raise Refused("base64") from None
        if not data or len(data) % 16:
            raise Refused("length")
        for key in self._keys:
            message = key.decrypt(data, self._receiver)
            if message is not None:
                return Opened(message, key)
        raise Refused("envelope")

    def seal(
        self, message: bytes, key: MessageKey, *, timestamp: str, nonce: str
    ) -> bytes:
        """``message`` (a reply's XML) in a fresh signed envelope, as XML."""
        envelope, signature = self._sealed(message, key, timestamp, nonce)
        return _ENVELOPE % (envelope, signature, timestamp.encode(), nonce.encode())

    def seal_json(
        self, message: bytes, key: MessageKey, *, timestamp: str, nonce: str
    ) -> bytes:
        """``message`` (a reply in JSON) in a fresh signed envelope, as JSON."""
        envelope, signature = self._sealed(message, key, timestamp, nonce)
        return msgspec.json.encode(
            {
                "Encrypt": envelope.decode(),
                "MsgSignature": signature.decode(),
                "TimeStamp": int(timestamp),
                "Nonce": nonce,
            }
        )

    def _sealed(
        self, message: bytes, key: MessageKey, timestamp: str, nonce: str
    ) -> tuple[bytes, bytes]:
        envelope = binascii.b2a_base64(
            key.encrypt(message, self._receiver), newline=False
        )
        return envelope, self._sign(timestamp.encode(), nonce.encode(), envelope)

    def _sign(self, *parts: bytes) -> bytes:
        joined = b"".join(sorted((self._token, *parts)))
        # SHA-1 is the platform's choice; nothing of ours rests on it alone.
        return hashlib.sha1(joined, usedforsecurity=False).hexdigest().encode()
