"""What the web chat itself says, beside the dialogue."""

from __future__ import annotations

TROUBLE = {
    "malformed": "这条没看懂，请再发一次。",
    "unknown": "这种消息暂时收不了，请发文字、图片或文件。",
    "no_hello": "还不知道您是谁，请先选一个身份。",
    "bad_name": "名字请用 1 到 64 个字，不带换行。",
    "empty": "没收到内容，请再发一次。",
    "long_text": "这段太长了，请分几条发，每条不超过 1 万字。",
    "big_file": "文件超过 10 MB 了，请压缩后再发。",
    "busy": "这会儿没处理成，您的消息没有丢在半路，请稍后再发一次。",
}

UNNAMED_IMAGE = "图片"
UNNAMED_FILE = "文件"
