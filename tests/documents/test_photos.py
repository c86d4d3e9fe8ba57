"""Pictures people send: a clean 295×413 photo, or a reason; never a decode here."""

from __future__ import annotations

import asyncio
import io
import random
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from PIL import Image

from bot.documents.photos import (
    MAX_BYTES,
    PhotoOk,
    PhotoRefused,
    StampOk,
    accept_stamp,
    normalise_photo,
)

Colour = tuple[int, int, int]
RED, BLUE = (200, 30, 30), (30, 30, 200)


def picture(
    size: tuple[int, int], form: str = "JPEG", mode: str = "RGB", **save: object
) -> bytes:
    out = io.BytesIO()
    colour = "white" if mode == "1" else "grey"
    Image.new(mode, size, colour).save(out, form, **save)
    return out.getvalue()


def two_halves(top: Colour, bottom: Colour, size: tuple[int, int]) -> Image.Image:
    image = Image.new("RGB", size, top)
    image.paste(bottom, (0, size[1] // 2, size[0], size[1]))
    return image


def near(left: object, right: Colour) -> bool:
    assert isinstance(left, tuple)
    return all(abs(a - b) < 12 for a, b in zip(left, right, strict=True))


async def made(content: bytes) -> Image.Image:
    result = await normalise_photo(content)
    assert isinstance(result, PhotoOk)
    return Image.open(io.BytesIO(result.jpeg))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(295, 413), (3000, 1500), (600, 4000)])
async def test_a_photo_comes_out_at_the_official_size(
    form: str, size: tuple[int, int]
) -> None:
    image = await made(picture(size, form))

    assert (image.format, image.size, image.mode) == ("JPEG", (295, 413), "RGB")


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGBA", "I;16"])
async def test_every_kind_of_pixel_is_taken(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (400, 600)).save(out, "PNG")

    assert (await made(out.getvalue())).size == (295, 413)


async def test_what_is_transparent_becomes_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (400, 600), (0, 0, 0, 0)).save(out, "PNG")
    image = await made(out.getvalue())

    assert near(image.getpixel((147, 200)), (255, 255, 255))


async def test_a_wide_picture_keeps_its_centre_and_a_tall_one_its_top() -> None:
    tall = io.BytesIO()
    two_halves(RED, BLUE, (590, 2000)).save(tall, "PNG")
    wide = io.BytesIO()
    two_halves(RED, BLUE, (600, 2000)).rotate(90, expand=True).save(wide, "PNG")
    top, side = await made(tall.getvalue()), await made(wide.getvalue())

    assert near(top.getpixel((147, 400)), RED)
    assert near(side.getpixel((60, 200)), RED)
    assert near(side.getpixel((240, 200)), BLUE)


async def test_orientation_is_applied_and_every_tag_is_gone() -> None:
    sideways = two_halves(RED, BLUE, (413 * 2, 295 * 2)).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # the top of the scene is the right side of the file
    exif[0x010F] = "a phone"
    exif[0x8825] = {1: "N", 2: (31.0, 14.0, 0.0), 3: "E", 4: (121.0, 28.0, 0.0)}
    out = io.BytesIO()
    two_halves(RED, BLUE, (1200, 800)).save(out, "JPEG", exif=exif, comment=b"secret")
    image = await made(out.getvalue())

    assert sideways.size == (590, 826)
    assert near(image.getpixel((250, 200)), RED)
    assert near(image.getpixel((40, 200)), BLUE)
    assert dict(image.getexif()) == {}
    assert set(image.info) <= {
        "jfif",
        "jfif_version",
        "jfif_unit",
        "jfif_density",
        "dpi",
    }


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"", PhotoRefused("not_an_image")),
        (b"GIF89a" + b"\0" * 40, PhotoRefused("not_an_image")),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PhotoRefused("not_an_image")),
        (b"<!doctype html><img src=x onerror=alert(1)>", PhotoRefused("not_an_image")),
        (b"%PDF-1.7 not a photo", PhotoRefused("not_an_image")),
        (b"RIFF\0\0\0\0WAVEfmt ", PhotoRefused("not_an_image")),
        (picture((294, 413)), PhotoRefused("too_small", "294×413")),
        (picture((413, 295)), PhotoRefused("too_small", "413×295")),
        (b"\xff\xd8\xff" + b"\0" * MAX_BYTES, PhotoRefused("too_large")),
    ],
)
async def test_what_is_no_photo_is_refused_with_the_reason(
    content: bytes, refused: PhotoRefused
) -> None:
    assert await normalise_photo(content) == refused


async def test_a_small_file_with_too_many_pixels_is_never_decoded() -> None:
    bomb = picture((8000, 8000), "PNG", "1", optimize=True)

    assert len(bomb) < 20_000
    assert await normalise_photo(bomb) == PhotoRefused("unsafe", "pixels")


async def test_moving_pictures_are_refused() -> None:
    frames = [Image.new("RGB", (400, 600), colour) for colour in (RED, BLUE)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])

    assert await normalise_photo(out.getvalue()) == PhotoRefused("unsafe", "frames")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
async def test_a_truncated_file_is_no_image(form: str) -> None:
    noise = random.Random(7).randbytes(400 * 600 * 3)
    out = io.BytesIO()
    Image.frombytes("RGB", (400, 600), noise).save(out, form)
    whole = out.getvalue()
    result = await normalise_photo(whole[: len(whole) // 2])

    assert isinstance(result, PhotoRefused)
    assert result.reason == "not_an_image"


async def test_what_rides_behind_a_picture_does_not_survive() -> None:
    polyglot = picture((400, 600)) + b"PK\x03\x04<script>alert(1)</script>"
    result = await normalise_photo(polyglot)

    assert isinstance(result, PhotoOk)
    assert b"script" not in result.jpeg
    assert result.jpeg.endswith(b"\xff\xd9")


@pytest.mark.parametrize("seed", range(12))
async def test_broken_files_end_in_a_verdict(seed: int) -> None:
    dice = random.Random(seed)
    content = bytearray(picture((400, 600), ["JPEG", "PNG", "WEBP"][seed % 3]))
    for _ in range(20):
        content[dice.randrange(12, len(content))] = dice.randrange(256)
    result = await normalise_photo(bytes(content))

    assert isinstance(result, PhotoOk | PhotoRefused)


async def test_a_worker_that_takes_too_long_is_killed() -> None:
    result = await normalise_photo(picture((400, 600)), seconds=0.0)

    assert result == PhotoRefused("too_slow")


GROWTH = """
import asyncio, pathlib, resource, sys
from bot.documents.photos import PhotoOk, normalise_photo
small, large = (pathlib.Path(name).read_bytes() for name in sys.argv[1:])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
async def main():
    await normalise_photo(small)
    before = peak()
    assert isinstance(await normalise_photo(large), PhotoOk)
    print(peak() - before)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux")
async def test_the_service_does_not_grow_by_a_large_picture(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(picture((400, 600)))
    large.write_bytes(picture((6300, 6300), "PNG"))
    service = await asyncio.create_subprocess_exec(
        sys.executable, "-c", GROWTH, str(small), str(large), stdout=PIPE
    )
    out, _ = await service.communicate()

    # The pixels alone would be 119 MB.
    assert int(out) < 20_000


async def test_a_stamped_page_keeps_its_shape_within_bounds() -> None:
    result = await accept_stamp(picture((3000, 4000)))

    assert isinstance(result, StampOk)
    assert result.media_type == "image/jpeg"
    assert Image.open(io.BytesIO(result.content)).size == (1800, 2400)


async def test_a_stamped_pdf_is_kept_as_it_came() -> None:
    pdf = b"%PDF-1.7\nanything"

    assert await accept_stamp(pdf) == StampOk(pdf, "application/pdf")


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"%PDF-" + b"\0" * MAX_BYTES, PhotoRefused("too_large")),
        (b"hello", PhotoRefused("not_an_image")),
    ],
)
async def test_other_stamped_pages_are_refused(
    content: bytes, refused: PhotoRefused
) -> None:
    assert await accept_stamp(content) == refused
