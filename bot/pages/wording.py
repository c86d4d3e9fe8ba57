"""What the upload page asks for, by what its link is for: title and one line."""

from __future__ import annotations

UPLOADS = {
    "stamp": (
        "上传盖章的工作单位意见",
        "请把打印后签字、盖章的申请表拍清楚，或者传扫描的 PDF，10 MB 以内。",
    ),
}
