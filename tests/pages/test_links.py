"""Nobody makes up a link, stretches one, or uses it for something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.links import DocumentLink, Links
from storage.crypto import Vault

NOW = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=24)


@pytest.fixture
def links(vault: Vault) -> Links:
    return Links(vault, "https://xuntong.example/")


def token_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


def test_a_document_link_reads_back_as_it_was_made(links: Links) -> None:
    url = links.document("file", "f1", person_id="p1", expires_at=LATER)

    assert url.startswith("https://xuntong.example/d/")
    expected = DocumentLink("file", "f1", "p1", int(LATER.timestamp()))
    assert links.read(token_of(url), now=NOW) == expected
    assert expected.expires_at == LATER


def test_every_changed_character_is_refused(links: Links) -> None:
    token = token_of(links.document("file", "f1", person_id="p1", expires_at=LATER))
    for place, letter in enumerate(token):
        for other in ("A", "B", "_", "="):
            if other != letter:
                forged = token[:place] + other + token[place + 1 :]
                assert links.read(forged, now=NOW) is None


@pytest.mark.parametrize(
    "token", ["", "x", "====", "é", "a" * 500, "..", "A A", "AAAA"]
)
def test_nonsense_is_refused(links: Links, token: str) -> None:
    assert links.read(token, now=NOW) is None
    assert links.read_upload(token) is None


def test_a_link_ends_at_its_moment(links: Links) -> None:
    token = token_of(links.document("file", "f1", person_id="p1", expires_at=LATER))

    assert links.read(token, now=LATER - timedelta(seconds=1)) is not None
    assert links.read(token, now=LATER) is None


def test_a_link_serves_one_purpose_only(links: Links) -> None:
    document = token_of(links.document("file", "f", person_id="p", expires_at=LATER))
    upload = token_of(links.upload("l1"))

    assert links.read_upload(upload) == "l1"
    assert links.read_upload(document) is None
    assert links.read(upload, now=NOW) is None


def test_a_link_outlives_the_change_of_keys_but_not_their_loss() -> None:
    old = Links(Vault(["old"]), "https://x.example")
    token = token_of(old.document("file", "f", person_id="p", expires_at=LATER))

    rotated = Links(Vault(["new", "old"]), "https://x.example")
    assert rotated.read(token, now=NOW) == old.read(token, now=NOW)
    assert Links(Vault(["new"]), "https://x.example").read(token, now=NOW) is None


def test_an_address_elsewhere_stays_as_it_is(links: Links) -> None:
    article = "https://mp.weixin.qq.com/s/abc"

    assert links.page(article) == article
    assert links.page("/n/abc") == "https://xuntong.example/n/abc"
