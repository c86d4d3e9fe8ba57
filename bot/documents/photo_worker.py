"""Decodes one untrusted picture in a process of its own.

Run as a script, isolated and with an empty environment: it knows no secret, no
database and no other module of the service. The picture comes in on standard
input. On success the new JPEG goes out on standard output with exit status 0;
otherwise the output is ``REASON DETAIL`` and the status 1.

Nothing of the picture survives but its pixels: metadata, trailing data and
further frames stay behind (reliability T5).
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

MEMORY_LIMIT = 512 * 1024 * 1024
CPU_SECONDS = 10
MAX_PIXELS = 40_000_000
PHOTO_SIZE = (295, 413)
STAMP_SIDE = 2400
FORMATS = ("JPEG", "PNG", "WEBP")
# A JPEG of a phone may carry a depth map as a second frame; only the first is read.
MOVING_FORMATS = ("PNG", "WEBP")


class Refused(Exception):  # noqa: N818 -- a verdict on the picture, not a failure
    """The picture is not taken; ``reason`` is a code."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason} {detail}".strip())


def limit_resources() -> None:
    """Bound memory and CPU of this process where the system can."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 -- not on every platform

    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def open_checked(content: bytes) -> Image.Image:
    """Read the header only, and refuse what must not be decoded.

    Raises:
        Refused: not a picture of a known format, too many pixels, or moving.
    """
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 -- after the limits

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Refused("unsafe", "pixels") from None
    except UnidentifiedImageError:
        raise Refused("not_an_image") from None
    if image.width * image.height > MAX_PIXELS:
        raise Refused("unsafe", "pixels")
    if image.format in MOVING_FORMATS and getattr(image, "n_frames", 1) > 1:
        raise Refused("unsafe", "frames")
    return image


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height as the person sees them (EXIF orientation applied)."""
    orientation = image.getexif().get(0x0112, 1)
    return image.size if orientation < 5 else (image.height, image.width)


def decode(image: Image.Image, at_least: tuple[int, int]) -> Image.Image:
    """Load the pixels as upright RGB on white, no smaller than needed."""
    from PIL import Image, ImageOps  # noqa: PLC0415 -- after the limits

    side = max(at_least)
    image.draft("RGB", (side, side))
    factor = min(image.width, image.height) // (2 * side)
    if factor > 1 and image.mode in ("L", "RGB", "RGBA", "CMYK"):
        image = image.reduce(factor)  # keeps the orientation mark
    upright = ImageOps.exif_transpose(image)
    if "A" in upright.getbands() or "transparency" in upright.info:
        upright = upright.convert("RGBA")
        white = Image.new("RGBA", upright.size, "white")
        upright = Image.alpha_composite(white, upright)
    return upright.convert("RGB")


def cut(size: tuple[int, int], ratio: tuple[int, int]) -> tuple[int, int, int, int]:
    """The largest box of ``ratio`` in ``size``: centred across, from the top down."""
    width, height = size
    across, down = ratio
    if width * down > height * across:
        kept = height * across // down
        left = (width - kept) // 2
        return (left, 0, left + kept, height)
    return (0, 0, width, width * down // across)


def photo(content: bytes) -> bytes:
    """A 1寸照片: exactly 295×413, JPEG.

    Raises:
        Refused: with the reason.
    """
    image = open_checked(content)
    width, height = upright_size(image)
    if width < PHOTO_SIZE[0] or height < PHOTO_SIZE[1]:
        raise Refused("too_small", f"{width}×{height}")
    upright = decode(image, PHOTO_SIZE)
    box = cut(upright.size, PHOTO_SIZE)
    from PIL import Image  # noqa: PLC0415 -- after the limits

    return encode(upright.resize(PHOTO_SIZE, Image.Resampling.LANCZOS, box))


def stamp(content: bytes) -> bytes:
    """A picture of a stamped page: the same picture, no side above 2400, JPEG.

    Raises:
        Refused: with the reason.
    """
    upright = decode(open_checked(content), (STAMP_SIDE, STAMP_SIDE))
    upright.thumbnail((STAMP_SIDE, STAMP_SIDE))
    return encode(upright)


def encode(image: Image.Image) -> bytes:
    """A JPEG with nothing in it but pixels."""
    clean = image.copy()
    clean.info.clear()
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=90, dpi=(300, 300))
    return out.getvalue()


def main() -> int:
    """Turn standard input into standard output; see the module."""
    limit_resources()
    work = {"photo": photo, "stamp": stamp}[sys.argv[1]]
    try:
        result = work(sys.stdin.buffer.read())
    except Refused as refused:
        sys.stdout.write(str(refused))
        return 1
    except MemoryError:
        sys.stdout.write("unsafe memory")
        return 1
    except Exception as error:  # noqa: BLE001 -- whatever a decoder may raise means this
        sys.stdout.write(f"not_an_image {type(error).__name__}")
        return 1
    sys.stdout.buffer.write(result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
