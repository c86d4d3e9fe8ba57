"""Only what the platform signed and sealed is opened (T1, T17)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from bot.channels.envelope import CallbackCrypto, MessageKey, Refused
from tests.channels.official_account.platform import (
    AES_KEY,
    APP_ID,
    OLD_AES_KEY,
    TOKEN,
    encrypt,
    encrypt_raw,
    open_envelope,
    pad,
    signature,
    text_xml,
)

AT, NONCE = "1700000000", "415670741"
CRYPTO = CallbackCrypto(token=TOKEN, receiver=APP_ID, aes_key=AES_KEY)


def opened(envelope: str, crypto: CallbackCrypto = CRYPTO) -> bytes:
    signed = signature(AT, NONCE, envelope)
    return crypto.open(envelope, signature=signed, timestamp=AT, nonce=NONCE).message


def test_vector_of_a_fixed_salt_opens() -> None:
    envelope = encrypt(b"<xml><Content>1</Content></xml>", salt=b"0123456789abcdef")
    assert envelope == (
        "Q3stYC6hdFzMh9T8HCvyDNyn1m1GwYalxQloXuJApaLDs3bEYDlDZsD0s2AsHr4G"
        "F4FZpzoIOWiGJUvzDNBRbGva/4jWIm31tsRmnCoXl5PYbzP8EYNfEkycfhPHdsPa"
    )
    assert opened(envelope) == b"<xml><Content>1</Content></xml>"


def test_vector_of_a_signature_holds() -> None:
    # sha1("1409735669" + "1320562132" + "testtoken"), sorted as text.
    CRYPTO.check("feb9b06215758c8a7ff7441ba32829535d19f40b", "1409735669", "1320562132")


@given(st.binary(max_size=300))
def test_what_is_sealed_the_platform_opens(message: bytes) -> None:
    sealed = CRYPTO.seal(message, MessageKey(AES_KEY), timestamp=AT, nonce=NONCE)
    assert open_envelope(sealed) == message


@given(st.binary(max_size=300))
def test_what_the_platform_sealed_opens(message: bytes) -> None:
    assert opened(encrypt(message)) == message


def test_wechatpy_and_we_open_each_other() -> None:
    theirs = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    xml = text_xml("你好，训通 😀").decode()
    body = theirs.encrypt_message(xml, NONCE, AT)
    found = re.search(r"<Encrypt><!\[CDATA\[(.*?)\]\]>", body)
    signed = re.search(r"<MsgSignature><!\[CDATA\[(.*?)\]\]>", body)
    assert found
    assert signed
    taken = CRYPTO.open(found[1], signature=signed[1], timestamp=AT, nonce=NONCE)
    assert taken.message.decode() == xml
    ours = CRYPTO.seal(xml.encode(), taken.key, timestamp=AT, nonce=NONCE)
    sealed = re.search(rb"<MsgSignature><!\[CDATA\[(.*?)\]\]>", ours)
    assert sealed
    assert theirs.decrypt_message(ours, sealed[1].decode(), AT, NONCE) == xml


def test_previous_key_opens_and_answers_under_itself() -> None:
    crypto = CallbackCrypto(
        token=TOKEN, receiver=APP_ID, aes_key=AES_KEY, previous_aes_key=OLD_AES_KEY
    )
    envelope = encrypt(b"<xml/>", aes_key=OLD_AES_KEY)
    signed = signature(AT, NONCE, envelope)
    taken = crypto.open(envelope, signature=signed, timestamp=AT, nonce=NONCE)
    reply = crypto.seal(b"<reply/>", taken.key, timestamp=AT, nonce=NONCE)
    assert open_envelope(reply, aes_key=OLD_AES_KEY) == b"<reply/>"


def test_a_key_is_the_same_whatever_its_unused_bits() -> None:
    # The last character of a key carries four bits of it; E to H differ in the rest.
    for last in "EFGH":
        crypto = CallbackCrypto(
            token=TOKEN, receiver=APP_ID, aes_key=AES_KEY[:-1] + last
        )
        assert opened(encrypt(b"hello"), crypto) == b"hello"


def test_a_short_key_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="43 letters"):
        MessageKey("c2hvcnQ")


def test_every_flipped_bit_of_an_envelope_is_refused() -> None:
    envelope = encrypt(text_xml("1"))
    signed = signature(AT, NONCE, envelope)
    for index in range(len(envelope)):
        for bit in range(7):
            other = chr(ord(envelope[index]) ^ (1 << bit))
            changed = envelope[:index] + other + envelope[index + 1 :]
            with pytest.raises(Refused):
                CRYPTO.open(changed, signature=signed, timestamp=AT, nonce=NONCE)


def test_every_flipped_bit_of_a_signature_is_refused() -> None:
    envelope = encrypt(b"<xml/>")
    signed = signature(AT, NONCE, envelope)
    for index in range(len(signed)):
        for bit in range(7):
            other = chr(ord(signed[index]) ^ (1 << bit))
            changed = signed[:index] + other + signed[index + 1 :]
            with pytest.raises(Refused, match="signature"):
                CRYPTO.open(envelope, signature=changed, timestamp=AT, nonce=NONCE)


_HEAD = b"0123456789abcdef"

MALFORMED: dict[str, Callable[[], str]] = {
    "empty": lambda: "",
    "not base64": lambda: "***",
    "base64 with a space": lambda: encrypt(b"x") + " ",
    "not a whole block": lambda: base64.b64encode(b"x" * 31).decode(),
    "one block of noise": lambda: base64.b64encode(b"x" * 16).decode(),
    "padding of zero": lambda: encrypt_raw(b"\0" * 32),
    "padding beyond the block": lambda: encrypt_raw(b"\x21" * 64),
    "padding longer than the text": lambda: encrypt_raw(b"\x20" * 16),
    "padding of two kinds": lambda: encrypt_raw(
        pad(_HEAD + b"\0\0\0\1x" + APP_ID.encode())[:-2] + b"\x01" + pad(b"")[:1]
    ),
    "length beyond the end": lambda: encrypt_raw(
        pad(_HEAD + b"\xff\xff\xff\xffx" + APP_ID.encode())
    ),
    "length into the app id": lambda: encrypt_raw(
        pad(_HEAD + b"\0\0\0\5x" + APP_ID.encode())
    ),
    "no room for a length": lambda: encrypt_raw(pad(b"")),
    "another account's": lambda: encrypt(b"<xml/>", app_id="wxffffffffffffffff"),
    "no app id": lambda: encrypt(b"<xml/>", app_id=""),
    "another key's": lambda: encrypt(b"<xml/>", aes_key=OLD_AES_KEY),
    "cut": lambda: encrypt(b"<xml/>" * 20)[:64],
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_malformed_envelopes_are_refused_though_signed(kind: str) -> None:
    with pytest.raises(Refused):
        opened(MALFORMED[kind]())


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_the_refusal(data: bytes) -> None:
    for envelope in (base64.b64encode(data).decode(), data.decode("latin-1")):
        with pytest.raises(Refused):
            opened(envelope)


@given(st.binary(min_size=1, max_size=12).map(lambda blocks: blocks * 16))
def test_no_plaintext_raises_anything_but_the_refusal(plain: bytes) -> None:
    with pytest.raises(Refused):
        opened(encrypt_raw(plain))


@given(st.text(max_size=60))
def test_no_signature_raises_anything_but_the_refusal(text: str) -> None:
    with pytest.raises(Refused):
        CRYPTO.check(text, AT, text)
