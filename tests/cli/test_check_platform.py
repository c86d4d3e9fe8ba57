"""``check`` asks the platform that is configured for a token, and says what it heard."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typing_extensions import override

from tests.cli.conftest import Operator

Answers = Callable[[dict[str, object]], dict[str, object]]


@contextmanager
def platform(answer: Answers) -> Iterator[str]:
    """A platform that gives tokens as ``answer`` says; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = json.dumps(answer(json.loads(self.rfile.read(length)))).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def registered(migrated: Operator) -> Operator:
    migrated.settings |= {
        "XUNTONG_OFFICIAL_ACCOUNT__APP_ID": "wx1",
        "XUNTONG_OFFICIAL_ACCOUNT__APP_SECRET": "right",
        "XUNTONG_OFFICIAL_ACCOUNT__TOKEN": "t",
    }
    return migrated


def give(asked: dict[str, object]) -> dict[str, object]:
    if (asked["appid"], asked["secret"]) == ("wx1", "right"):
        return {"access_token": "a", "expires_in": 7200}
    return {"errcode": 40125, "errmsg": "invalid appsecret"}


def test_a_platform_that_gives_a_token_is_right(registered: Operator) -> None:
    with platform(give) as url:
        registered.settings["XUNTONG_OFFICIAL_ACCOUNT__API_BASE_URL"] = url
        ended = registered.types("check")
    assert (ended.status, ended.err) == (0, "")
    assert ended.lines[-1] == f"ok    Official Account: {url} gives a token"


def test_a_wrong_secret_is_said_in_plain_words(registered: Operator) -> None:
    registered.settings["XUNTONG_OFFICIAL_ACCOUNT__APP_SECRET"] = "wrong"
    with platform(give) as url:
        registered.settings["XUNTONG_OFFICIAL_ACCOUNT__API_BASE_URL"] = url
        ended = registered.types("check")
    assert (ended.status, ended.complaints) == (1, ["xuntong: 1 thing is wrong"])
    assert ended.lines[-1] == (
        "WRONG Official Account: no token: "
        "app id or secret are not right (40125: invalid appsecret)"
    )


def test_a_machine_not_on_the_white_list_is_told_so(registered: Operator) -> None:
    refusal: dict[str, object] = {"errcode": 40164, "errmsg": "invalid ip"}
    with platform(lambda _asked: refusal) as url:
        registered.settings["XUNTONG_OFFICIAL_ACCOUNT__API_BASE_URL"] = url
        ended = registered.types("check")
    assert ended.status == 1
    assert ended.lines[-1] == (
        "WRONG Official Account: no token: this machine's address is not on the "
        "account's IP white list (40164: invalid ip)"
    )
