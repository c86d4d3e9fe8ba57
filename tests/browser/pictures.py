"""Pictures that a person would send."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from playwright.async_api import FilePayload


def portrait() -> FilePayload:
    """A photo of somebody invented, large enough for 一寸."""
    image = Image.new("RGB", (590, 826), "#6fa8dc")
    draw = ImageDraw.Draw(image)
    draw.ellipse((185, 160, 405, 430), fill="#f2d3b8")
    draw.rounded_rectangle((110, 470, 480, 900), 120, fill="#38506b")
    content = io.BytesIO()
    image.save(content, "JPEG")
    return {
        "name": "一寸照.jpg",
        "mimeType": "image/jpeg",
        "buffer": content.getvalue(),
    }
