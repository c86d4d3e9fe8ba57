"""Signatures and encryption of callbacks, written from the documentation."""

from __future__ import annotations

import base64
import hashlib
import os
from xml.etree import ElementTree as ET

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class BadReplyError(Exception):
    """A reply that the platform cannot use, with what is wrong with it."""


class Envelope:
    """Seals what one account's callbacks carry, and opens what comes back.

    ``receiver`` is the app id, or the corp id.
    """

    def __init__(self, *, token: str, aes_key: str, receiver: str) -> None:
        self._token = token
        self._key = base64.b64decode(aes_key + "=")
        self._receiver = receiver.encode()

    def sign(self, *parts: str) -> str:
        """The signature over the token and ``parts``."""
        return hashlib.sha1("".join(sorted((self._token, *parts))).encode()).hexdigest()

    def seal(self, message: bytes) -> str:
        """A message, encrypted, as it stands in ``<Encrypt>``."""
        body = os.urandom(16) + len(message).to_bytes(4, "big") + message
        body += self._receiver
        count = 32 - len(body) % 32
        padded = body + bytes([count]) * count
        return base64.b64encode(self._cipher().encryptor().update(padded)).decode()

    def open(self, sealed: str) -> bytes:
        """What ``seal`` sealed.

        Raises:
            BadReplyError: it is not sealed for this account.
        """
        try:
            plain = self._cipher().decryptor().update(base64.b64decode(sealed))
            plain = plain[: -plain[-1]]
        except (ValueError, IndexError) as error:
            raise BadReplyError(f"not encrypted: {error}") from None
        length = int.from_bytes(plain[16:20], "big")
        if plain[20 + length :] != self._receiver:
            raise BadReplyError("sealed for somebody else")
        return plain[20 : 20 + length]

    def open_reply(self, xml: bytes) -> bytes:
        """Check and open an encrypted reply.

        Raises:
            BadReplyError: its signature or its form is wrong.
        """
        fields = read_leaves(xml)
        try:
            sealed = fields["Encrypt"]
            signed = self.sign(fields["TimeStamp"], fields["Nonce"], sealed)
            if fields["MsgSignature"] != signed:
                raise BadReplyError("signature")
        except KeyError as error:
            raise BadReplyError(f"without {error}") from None
        return self.open(sealed)

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))


def read_leaves(xml: bytes) -> dict[str, str]:
    """The leaves below ``<xml>``, each of which may stand there once.

    Raises:
        BadReplyError: it is not XML, or says something twice.
    """
    try:
        root = ET.fromstring(xml)
    except ET.ParseError as error:
        raise BadReplyError(f"not XML: {error}") from None
    leaves = {leaf.tag: leaf.text or "" for leaf in root}
    if root.tag != "xml" or len(leaves) != len(root):
        raise BadReplyError("not one <xml> with each element once")
    return leaves


def write_xml(leaves: dict[str, object]) -> bytes:
    """XML as the platform writes it: numbers plain, texts in CDATA.

    A dict nests, a list repeats its element.
    """
    return f"<xml>{_inner(leaves)}</xml>".encode("utf-8", "replace")


def _inner(leaves: dict[str, object]) -> str:
    return "".join(
        _leaf(name, one)
        for name, value in leaves.items()
        for one in (value if isinstance(value, list) else [value])
    )


def _leaf(name: str, value: object) -> str:
    if isinstance(value, dict):
        return f"<{name}>{_inner(value)}</{name}>"
    if isinstance(value, int):
        return f"<{name}>{value}</{name}>"
    text = str(value).replace("]]>", "]]]]><![CDATA[>")
    return f"<{name}><![CDATA[{text}]]></{name}>"
