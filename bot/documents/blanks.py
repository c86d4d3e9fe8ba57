"""The official forms with nothing in them (附件1 to 附件6)."""

from __future__ import annotations

from bot.documents import wording
from bot.documents.annual_summary import AnnualSummary, render_annual_summary
from bot.documents.formats import MEDIA_TYPES, Format
from bot.documents.official import render_form
from bot.documents.transcript import Transcript, render_transcript
from bot.ports import StoredFile
from conversations.forms.book import FormBook


def blank(
    book: FormBook,
    name: str,
    format: Format,  # noqa: A002 -- the word everybody uses for it
) -> StoredFile:
    """A form by its name (``application``, …, ``annual_summary``), in its newest version.

    Blocks: call it through ``asyncio.to_thread``.

    Raises:
        KeyError: there is no such form.
    """
    if name == "transcript":
        title = f"{wording.TRANSCRIPT_ANNEX}{wording.TRANSCRIPT_TITLE}"
        content = render_transcript(Transcript(), format)
    elif name == "annual_summary":
        title = f"{wording.SUMMARY_ANNEX}{wording.SUMMARY_TITLE}"
        content = render_annual_summary(AnnualSummary(), format)
    else:
        form = book.newest(name)
        title = f"{form.annex}{form.title}"
        content = render_form(form, {}, {}, masked=False, format=format)
    return StoredFile(name, f"{title}.{format}", MEDIA_TYPES[format], content)
