"""附件5 as it was gathered or sent, in the layouts of its model."""

from __future__ import annotations

import msgspec

from bot.actions.transcripts import Content
from bot.documents.transcript import Transcript, render_transcript


def model_of(content: Content) -> Transcript:
    """The model of the form from what was gathered or sent."""
    return msgspec.convert(content.transcript, Transcript)


def drawn(content: Content, kind: str) -> bytes:
    """The official layout as a file, nothing masked. Blocks."""
    model = model_of(content)
    if kind == "xlsx":
        return render_transcript(model, "xlsx")
    if kind == "docx":
        return render_transcript(model, "docx")
    return render_transcript(model, "pdf")
