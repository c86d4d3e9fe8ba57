"""A chat as the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bot.clock import CHINA
from tests.platforms.hearing import Heard
from tests.platforms.materials import Materials
from tests.play import wording

_ENDINGS = {"image/png": "png", "image/gif": "gif", "application/pdf": "pdf"}


class Screen:
    """Prints what appears; pictures and files are put into ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._received = 0

    def say(self, text: str) -> None:
        """Print something that is not of the chat."""
        print(text, flush=True)  # noqa: T201 -- this is the screen

    def show(self, heard: Heard, speaker: str, materials: Materials) -> None:
        """Print a message with what can be tapped in it."""
        at = datetime.fromtimestamp(heard.at, CHINA)
        lines = [f"{speaker} {at:%m-%d %H:%M}", *self._body(heard, materials)]
        if heard.choices:
            lines.append(_taps(heard))
        self.say("\n  ".join(lines))

    def _body(self, heard: Heard, materials: Materials) -> Iterator[str]:
        text = wording.WAYS[heard.way] + heard.text
        yield from text.splitlines()
        if heard.media_id:
            path = self._keep(heard, materials)
            shape = wording.PICTURE if heard.kind == "image" else wording.FILE
            yield shape.format(path=path)
        for link in heard.links:
            if link not in heard.text:
                yield f"{wording.LINK}：{link}"

    def _keep(self, heard: Heard, materials: Materials) -> Path:
        medium = materials.kept[heard.media_id]
        self._received += 1
        self._folder.mkdir(parents=True, exist_ok=True)
        ending = _ENDINGS.get(medium.media_type, "jpg")
        if heard.kind == "file":
            ending = medium.name.rpartition(".")[2] or "bin"
        path = self._folder / f"{self._received}.{ending}"
        path.write_bytes(medium.content)
        return path


def _taps(heard: Heard) -> str:
    """What can be tapped: by number alone where the message itself is numbered."""
    labels = [label for label, _ in heard.choices]
    if all(label in heard.text for label in labels):
        return wording.TAP.format(choices=f"1–{len(labels)}")
    numbered = [f"[{place}] {label}" for place, label in enumerate(labels, 1)]
    return wording.TAP.format(choices=" ".join(numbered))
