"""What stands in a document, read back from its file."""

from __future__ import annotations

import io
import re

from pypdf import PdfReader


def pdf_text(content: bytes) -> str:
    """What a PDF prints, read on from page to page, without blanks and breaks."""
    pages = PdfReader(io.BytesIO(content)).pages
    return "".join(
        bare(page.extract_text()).removesuffix(f"{number}/{len(pages)}")
        for number, page in enumerate(pages, start=1)
    )


def bare(text: str) -> str:
    """Without blanks and breaks."""
    return re.sub(r"[\s\u200b]", "", text)
