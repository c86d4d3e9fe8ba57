"""The vault: a sealed value opens only where it lies, under a key that is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.crypto import SealError, Vault, normalise

PLACE = {"table": "persons", "column": "name_sealed", "row": "p1"}
VAULT = Vault(["new", "old"])


@given(st.binary(max_size=200))
def test_what_is_sealed_opens_again(data: bytes) -> None:
    sealed = VAULT.seal(data, **PLACE)

    assert VAULT.open(sealed, **PLACE) == data
    assert VAULT.is_current(sealed)
    assert data not in sealed or len(data) < 3


@pytest.mark.parametrize(
    "change", [{"table": "files"}, {"column": "profile_sealed"}, {"row": "p2"}]
)
def test_a_cell_copied_elsewhere_does_not_open(change: dict[str, str]) -> None:
    sealed = VAULT.seal("王芳", **PLACE)
    with pytest.raises(SealError, match="moved or changed"):
        VAULT.open(sealed, **{**PLACE, **change})


def test_no_byte_can_be_changed_or_left_out() -> None:
    sealed = VAULT.seal("王芳", **PLACE)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(SealError):
            VAULT.open(bytes(changed), **PLACE)
        with pytest.raises(SealError):
            VAULT.open(sealed[:place], **PLACE)


def test_every_known_key_opens_and_the_newest_seals() -> None:
    old, new = Vault(["old"]), Vault(["new"])
    by_old, by_both = old.seal("王芳", **PLACE), VAULT.seal("王芳", **PLACE)

    assert VAULT.open_text(by_old, **PLACE) == "王芳"
    assert new.open_text(by_both, **PLACE) == "王芳"
    assert VAULT.is_current(by_old) is False
    with pytest.raises(SealError, match="not configured"):
        new.open(by_old, **PLACE)


def test_equal_values_are_found_under_every_key_they_share() -> None:
    known = dict(VAULT.digests("id_number", " 11010119900101001x"))
    other = dict(Vault(["old"]).digests("id_number", "11010119900101001Ｘ"))

    assert list(known) == list(VAULT.key_ids)
    assert other.items() <= known.items()
    assert set(known.values()) & set(dict(VAULT.digests("address", "1")).values()) == (
        set()
    )


def test_addresses_differ_by_case_and_codes_do_not() -> None:
    assert VAULT.digests("address", "w:oAb") != VAULT.digests("address", "w:oab")
    assert VAULT.digests("invitation", "AB") == VAULT.digests("invitation", "ab ")
    assert normalise("ａb ") == "AB"


def test_a_signature_is_good_for_its_purpose_under_any_known_key() -> None:
    signature = Vault(["old"]).sign("link", b"payload")

    assert VAULT.verify("link", b"payload", signature)
    assert not VAULT.verify("other", b"payload", signature)
    assert not VAULT.verify("link", b"payloaD", signature)
    assert not Vault(["new"]).verify("link", b"payload", signature)


def test_a_vault_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="at least one secret"):
        Vault([])
