"""The peers: WeRoBot's echo, and WeRoBot with its own SQLite sessions.

``python -m benchmarks.peers PORT echo|session``
"""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import tornado.ioloop
import tornado.web
from werobot import WeRoBot
from werobot.contrib.tornado import make_handler

from benchmarks.load import AES_KEY, APP_ID, TOKEN


def _bot(kind: str) -> WeRoBot:
    options = {"token": TOKEN, "encoding_aes_key": AES_KEY, "app_id": APP_ID}
    if kind == "echo":
        bot = WeRoBot(enable_session=False, **options)

        @bot.text
        def echo(message: object) -> str:
            return f"echo: {message.content}"  # type: ignore[attr-defined]  # WeRoBot has no types

        return bot
    from werobot.session.sqlitestorage import SQLiteStorage  # noqa: PLC0415 -- only for this peer

    file = Path(tempfile.mkdtemp(prefix="xuntong-bench-")) / "sessions.sqlite3"
    bot = WeRoBot(
        enable_session=True, session_storage=SQLiteStorage(str(file)), **options
    )

    @bot.text
    def count(message: object, session: dict[str, int]) -> str:
        session["n"] = session.get("n", 0) + 1
        return f"echo: {message.content}"  # type: ignore[attr-defined]  # WeRoBot has no types

    return bot


def main() -> None:
    port, kind = int(sys.argv[1]), sys.argv[2]
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    application = tornado.web.Application([(r"/wechat", make_handler(_bot(kind)))])
    application.listen(port, address="127.0.0.1")
    tornado.ioloop.IOLoop.current().start()


if __name__ == "__main__":
    main()
