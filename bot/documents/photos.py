"""Pictures that people send: checked and made anew in a process of their own.

A decoder is never run in this process. Each picture gets a fresh worker with
bounded memory and time, which is killed when it takes too long (reliability T5).
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import msgspec

MAX_BYTES = 10 * 1024 * 1024
TIMEOUT_SECONDS = 10.0
_WORKER = Path(__file__).with_name("photo_worker.py")
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
_PDF = b"%PDF-"


class PhotoOk(msgspec.Struct, frozen=True):
    """A 1寸照片: a JPEG of exactly 295×413 without metadata."""

    jpeg: bytes


class PhotoRefused(msgspec.Struct, frozen=True):
    """Why a picture is not taken.

    ``reason`` is one of ``not_an_image``, ``too_small`` (under 295×413),
    ``too_large`` (over 10 MB), ``unsafe`` (more pixels, frames or memory than
    any photo needs), ``too_slow``. ``detail`` adds a figure, such as the size.
    """

    reason: str
    detail: str = ""


class StampOk(msgspec.Struct, frozen=True):
    """A stamped page as it is kept: an image made anew, or a PDF as it came."""

    content: bytes
    media_type: str


async def normalise_photo(
    content: bytes, *, seconds: float = TIMEOUT_SECONDS
) -> PhotoOk | PhotoRefused:
    """Make a 1寸照片 of what a person sent."""
    made = await _make("photo", content, seconds)
    return PhotoOk(made) if isinstance(made, bytes) else made


async def accept_stamp(
    content: bytes, *, seconds: float = TIMEOUT_SECONDS
) -> StampOk | PhotoRefused:
    """Take the stamped 工作单位意见: a picture or a PDF.

    A PDF is told by its first bytes and never opened here; it is only ever
    handed out as an attachment.
    """
    if content.startswith(_PDF):
        if len(content) > MAX_BYTES:
            return PhotoRefused("too_large")
        return StampOk(content, "application/pdf")
    made = await _make("stamp", content, seconds)
    return StampOk(made, "image/jpeg") if isinstance(made, bytes) else made


def looks_like_picture(content: bytes) -> bool:
    """True iff the first bytes are those of a JPEG, PNG or WebP file."""
    webp = content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    return content.startswith((_JPEG, _PNG)) or webp


async def _make(mode: str, content: bytes, seconds: float) -> bytes | PhotoRefused:
    if len(content) > MAX_BYTES:
        return PhotoRefused("too_large")
    if not looks_like_picture(content):
        return PhotoRefused("not_an_image")
    return await _work(mode, content, seconds)


async def _work(mode: str, content: bytes, seconds: float) -> bytes | PhotoRefused:
    # -I and an empty environment: the worker sees no setting and no secret.
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-I", str(_WORKER), mode,
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env={},
    )  # fmt: skip
    try:
        async with asyncio.timeout(seconds):
            out, _ = await worker.communicate(content)
    except TimeoutError:
        return PhotoRefused("too_slow")
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    return _verdict(worker.returncode, out)


def _verdict(status: int | None, out: bytes) -> bytes | PhotoRefused:
    if status == 0:
        return out
    if status == 1:
        reason, _, detail = out.decode(errors="replace").partition(" ")
        return PhotoRefused(reason, detail)
    return PhotoRefused("unsafe", "crashed")
