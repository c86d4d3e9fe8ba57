"""培训合格证书 as a PDF: whose, for what, and a code to verify it by."""

from __future__ import annotations

from datetime import date

import msgspec

from bot.actions.context import House
from bot.clock import civil
from bot.documents import typesetting, wording
from bot.documents.qr import modules
from storage.certificates import Certificate


class CertificatePaper(msgspec.Struct, frozen=True):
    """What is printed; ``id_number`` is masked, or empty when it is not known.

    ``url`` is the address of the page where the certificate is verified.
    """

    number: str
    name: str
    id_number: str
    institution: str
    level: str
    major: str
    opens_on: date
    ends_on: date
    issued_on: date
    url: str


def render_certificate(paper: CertificatePaper) -> bytes:
    """The PDF. Blocks: call it through ``asyncio.to_thread``."""
    return typesetting.pdf("certificate", _data(paper))


def paper_of(found: Certificate, house: House) -> CertificatePaper | None:
    """What is printed of a certificate; None when it is no longer anybody's."""
    row = found.row
    if row.holder is None or not row.valid:
        return None
    return CertificatePaper(
        number=row.number,
        name=row.holder.name,
        id_number=row.holder.id_number,
        institution=found.institution,
        level=found.level,
        major=found.major,
        opens_on=found.opens_on,
        ends_on=found.ends_on,
        issued_on=civil(row.issued_at),
        url=house.links.page(f"verify/{row.number}"),
    )


def _data(paper: CertificatePaper) -> dict[str, object]:
    return {
        "title": wording.CERTIFICATE_TITLE,
        "number": paper.number,
        "name": paper.name,
        "id_number": paper.id_number,
        "institution": paper.institution,
        "course": wording.course(paper.level, paper.major),
        "period": wording.from_to(paper.opens_on, paper.ends_on),
        "issued": wording.day(paper.issued_on),
        "url": paper.url,
        "code": modules(paper.url),
    }
