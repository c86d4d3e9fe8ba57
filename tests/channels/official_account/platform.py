"""The platform's side of the callback, written from its documentation."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import time
from html import unescape
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

TOKEN = "testtoken"
APP_ID = "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_AES_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
ACCOUNT = "gh_0123456789ab"
TEACHER = "oTeacher00000000000000000001"


def signature(*parts: str) -> str:
    return hashlib.sha1("".join(sorted((TOKEN, *parts))).encode()).hexdigest()


def cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def encrypt(
    message: bytes, *, aes_key: str = AES_KEY, app_id: str = APP_ID, salt: bytes = b""
) -> str:
    body = (salt or os.urandom(16)) + len(message).to_bytes(4, "big") + message
    return encrypt_raw(pad(body + app_id.encode()), aes_key=aes_key)


def pad(body: bytes) -> bytes:
    count = 32 - len(body) % 32
    return body + bytes([count]) * count


def encrypt_raw(plain: bytes, *, aes_key: str = AES_KEY) -> str:
    return base64.b64encode(cipher(aes_key).encryptor().update(plain)).decode()


def delivery(xml: bytes, openid: str) -> tuple[dict[str, str], str]:
    """One delivery in safe mode, enveloped anew: its query and its body."""
    envelope = encrypt(xml)
    stamp, nonce = str(int(time.time())), os.urandom(6).hex()
    query = {
        "signature": signature(stamp, nonce),
        "timestamp": stamp,
        "nonce": nonce,
        "openid": openid,
        "encrypt_type": "aes",
        "msg_signature": signature(stamp, nonce, envelope),
    }
    body = (
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
        f"<Encrypt><![CDATA[{envelope}]]></Encrypt></xml>"
    )
    return query, body


def opened(answer: bytes) -> bytes:
    """The reply in the answer to a delivery; empty when it only acknowledges."""
    return b"" if answer == b"success" else open_envelope(answer)


class Answer(msgspec.Struct, frozen=True):
    """A passive text reply, as the platform reads it."""

    to: str
    account: str
    created: str
    content: str

    @property
    def shown(self) -> str:
        """The text with its links as the person sees them."""
        return unescape(re.sub(r"</?a\b[^>]*>", "", self.content))

    @property
    def taps(self) -> list[tuple[str, str]]:
        """What each link sends: label and id."""
        link = r'msgmenucontent=([^&"]*)&msgmenuid=([^"]*)"'
        return [
            (unquote(label), unquote(send))
            for label, send in re.findall(link, self.content)
        ]


def read_answer(xml: bytes) -> Answer:
    """Parse a plain reply; it must have each element once and no other."""
    root = ET.fromstring(xml)
    found = {leaf.tag: leaf.text or "" for leaf in root}
    assert [leaf.tag for leaf in root] == [
        *("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content")
    ]
    assert found["MsgType"] == "text"
    return Answer(
        to=found["ToUserName"],
        account=found["FromUserName"],
        created=found["CreateTime"],
        content=found["Content"],
    )


def open_envelope(xml: bytes, *, aes_key: str = AES_KEY) -> bytes:
    """Check and open an encrypted reply as the platform does."""
    fields = {leaf.tag: leaf.text or "" for leaf in ET.fromstring(xml)}
    envelope = fields["Encrypt"]
    assert fields["MsgSignature"] == signature(
        fields["TimeStamp"], fields["Nonce"], envelope
    )
    return decrypt(envelope, aes_key=aes_key)


def decrypt(envelope: str, *, aes_key: str = AES_KEY) -> bytes:
    """The message in an envelope of ours."""
    plain = cipher(aes_key).decryptor().update(base64.b64decode(envelope))
    plain = plain[: -plain[-1]]
    length = int.from_bytes(plain[16:20], "big")
    assert plain[20 + length :] == APP_ID.encode()
    return plain[20 : 20 + length]


def callback_xml(**fields: str) -> bytes:
    """A callback's XML with the usual head; ``fields`` come after it."""
    head = {"ToUserName": ACCOUNT, "FromUserName": TEACHER, "CreateTime": "1700000000"}
    leaves = "".join(
        f"<{name}>{value}</{name}>"
        if value.isdigit()
        else f"<{name}><![CDATA[{value}]]></{name}>"
        for name, value in {**head, **fields}.items()
    )
    return f"<xml>{leaves}</xml>".encode("utf-8", "replace")


def text_xml(content: str, *, message_id: str = "24000000000000001") -> bytes:
    return callback_xml(MsgType="text", Content=content, MsgId=message_id)


def event_xml(event: str, **fields: str) -> bytes:
    return callback_xml(MsgType="event", Event=event, **fields)
