"""Media: uploaded and sent files, good for three days, and permanent ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

import msgspec

from bot.clock import Clock
from tests.platforms.server import Answer, Call, File, Handler, Refusal

_MB = 1024 * 1024
Kinds = Mapping[str, tuple[int, tuple[str, ...]]]
"""By kind the most bytes, and the endings of names (any when there are none)."""

_KINDS: Kinds = {
    "image": (10 * _MB, ("png", "jpg", "jpeg", "gif", "bmp")),
    "voice": (2 * _MB, ("amr", "mp3")),
    "video": (10 * _MB, ("mp4",)),
    "thumb": (64 * 1024, ("jpg", "jpeg")),
}
_NAME = re.compile(rb'filename="?([^";\r\n]+)"?')
_TYPE = re.compile(rb"content-type:\s*([^\s;]+)", re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')


class Owner(Protocol):
    """Whose files these are."""

    clock: Clock
    url: str
    media_seconds: float


class Upload(msgspec.Struct, frozen=True):
    name: str
    media_type: str
    content: bytes


class Medium(msgspec.Struct):
    """A file that the platform keeps; ``until`` in epoch seconds, 0 for ever."""

    kind: str
    media_type: str
    content: bytes
    until: float
    name: str = ""


class Materials:
    """The files of one account."""

    def __init__(
        self, owner: Owner, kinds: Kinds = _KINDS, *, smallest: int = 1
    ) -> None:
        self._platform = owner
        self._kinds = kinds
        self._smallest = smallest
        self.kept: dict[str, Medium] = {}
        self.uploads: list[Upload] = []

    def handlers(self) -> dict[str, Handler]:
        """The calls that this part answers."""
        return {
            "media/upload": self._upload,
            "media/get": self._get,
            "media/uploadimg": self._upload_picture,
            "material/add_material": self._add,
            "material/del_material": self._delete,
        }

    def keep(
        self, content: bytes, media_type: str, kind: str, *, for_ever: bool = False
    ) -> str:
        """Keep a file; its media id."""
        media_id = f"M{len(self.kept) + 1:0>8}{'p' if for_ever else 't'}_{kind}"
        now = self._platform.clock.real().timestamp()
        until = 0.0 if for_ever else now + self._platform.media_seconds
        self.kept[media_id] = Medium(kind, media_type, content, until)
        return media_id

    def demand(self, media_id: str, *, permanent: bool = False) -> Medium:
        """A file that is there still.

        Raises:
            Refusal: 40007.
        """
        kept = self.kept.get(media_id)
        now = self._platform.clock.real().timestamp()
        if kept is None or (kept.until and kept.until <= now):
            raise Refusal(40007, "invalid media_id")
        if permanent and kept.until:
            raise Refusal(40007, "invalid media_id")
        return kept

    def expire(self, media_id: str) -> None:
        """Let a file run out now."""
        self.kept[media_id].until = 1.0

    def _upload(self, call: Call) -> Answer:
        kind, upload = self._take(call)
        media_id = self.keep(upload.content, upload.media_type, kind)
        self.kept[media_id].name = upload.name
        at = int(self._platform.clock.real().timestamp())
        return {"type": kind, "media_id": media_id, "created_at": at}

    def _add(self, call: Call) -> Answer:
        kind, upload = self._take(call)
        media_id = self.keep(upload.content, upload.media_type, kind, for_ever=True)
        return {"media_id": media_id, "url": f"{self._platform.url}/mmbiz/{media_id}"}

    def _upload_picture(self, call: Call) -> Answer:
        upload = read_upload(call)
        if len(upload.content) > _MB:
            raise Refusal(40009, "invalid image size")
        media_id = self.keep(
            upload.content, upload.media_type, "picture", for_ever=True
        )
        return {"url": f"{self._platform.url}/mmbiz/{media_id}"}

    def _delete(self, call: Call) -> Answer:
        asked = msgspec.json.decode(call.body)
        self.demand(str(asked.get("media_id", "")), permanent=True)
        del self.kept[asked["media_id"]]
        return {"errcode": 0, "errmsg": "ok"}

    def _take(self, call: Call) -> tuple[str, Upload]:
        kind = call.parameter("type")
        if kind not in self._kinds:
            raise Refusal(40004, "invalid media type")
        upload = read_upload(call)
        most, endings = self._kinds[kind]
        if endings and upload.name.rpartition(".")[2].lower() not in endings:
            raise Refusal(40005, "invalid file type")
        if not self._smallest <= len(upload.content) <= most:
            raise Refusal(40006, "invalid media size")
        self.uploads.append(upload)
        return kind, upload

    def _get(self, call: Call) -> Answer:
        kept = self.demand(call.parameter("media_id"))
        return File(kept.content, kept.media_type, f"{call.parameter('media_id')}.jpg")


def read_upload(call: Call) -> Upload:
    """The file in a multipart body.

    Raises:
        Refusal: 41005, there is none.
    """
    boundary = _BOUNDARY.search(call.request.headers.get("Content-Type", ""))
    for part in call.body.split(b"--" + boundary[1].encode()) if boundary else ():
        head, _, content = part.partition(b"\r\n\r\n")
        if name := _NAME.search(head):
            found = _TYPE.search(head)
            kind = found[1].decode() if found else "application/octet-stream"
            return Upload(
                name[1].decode("utf-8", "replace"), kind, content.removesuffix(b"\r\n")
            )
    raise Refusal(41005, "media data missing")
