"""What jobs say to people of their own; the rest is said by the dialogue."""

from __future__ import annotations

_STAMP_REASONS = {
    "not_an_image": "请发照片（JPG、PNG）或 PDF。",
    "too_large": "文件太大，请压缩到 10 MB 以内。",
    "expired": "文件在平台上过期了，请重新发一次。",
}
_STAMP_OTHER = "请换一张再发。"

STAMP_UNWANTED = "这份申请已经结束，不用再交单位意见了。发“我的报名”可以看进度。"
MY_DATA = "我的信息"


def stamp_refused(reason: str) -> str:
    """Why a stamped page was not taken, and what to do."""
    return f"单位意见没收成：{_STAMP_REASONS.get(reason, _STAMP_OTHER)}"
