"""``check`` asks the platform that is configured for a token, and says what it heard."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest
from typing_extensions import override

from storage import switches
from storage.crypto import Vault
from storage.database import Database
from tests.cli.conftest import Operator

PAST = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2999, 1, 1, tzinfo=UTC)

Answers = Callable[[dict[str, object]], dict[str, object]]


@contextmanager
def platform(answer: Answers) -> Iterator[str]:
    """A platform that gives tokens as ``answer`` says; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._give(answer(json.loads(self.rfile.read(length))))

        def do_GET(self) -> None:
            self._give(answer(dict(parse_qsl(urlsplit(self.path).query))))

        def _give(self, answered: dict[str, object]) -> None:
            body = json.dumps(answered).encode()
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


# WeCom

APP = {
    "XUNTONG_WECOM__CORP_ID": "ww1",
    "XUNTONG_WECOM__AGENT_ID": "1000002",
    "XUNTONG_WECOM__SECRET": "right",
    "XUNTONG_WECOM__TOKEN": "t",
    "XUNTONG_WECOM__ENCODING_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
}


def give_app(asked: dict[str, object]) -> dict[str, object]:
    if asked == {"corpid": "ww1", "corpsecret": "right"}:
        return {"errcode": 0, "access_token": "a", "expires_in": 7200}
    return {"errcode": 40001, "errmsg": "invalid credential"}


@pytest.mark.parametrize(
    ("secret", "status", "said"),
    [
        ("right", 0, "ok    WeCom app: {} gives a token"),
        (
            "wrong",
            1,
            (
                "WRONG WeCom app: no token: corp id or secret are not right"
                " (40001: invalid credential)"
            ),
        ),
    ],
)
def test_the_wecom_apps_credentials_are_tried(
    migrated: Operator, secret: str, status: int, said: str
) -> None:
    with platform(give_app) as url:
        address = {"XUNTONG_WECOM__API_BASE_URL": url}
        migrated.settings |= {**APP, **address, "XUNTONG_WECOM__SECRET": secret}
        ended = migrated.types("check")
    assert ended.status == status
    assert ended.lines[-1] == said.format(url)


@pytest.mark.parametrize("name", APP)
def test_the_missing_one_of_the_wecom_apps_settings_is_named(
    migrated: Operator, name: str
) -> None:
    migrated.settings |= {**APP, name: ""}
    ended = migrated.types("check")
    assert (ended.status, ended.complaints) == (
        1,
        [f"xuntong: {name}: is missing, others of the app are set"],
    )


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("XUNTONG_WECOM__AGENT_ID", "app", "must be a number"),
        (
            "XUNTONG_WECOM__ENCODING_AES_KEY",
            "short",
            "must be 43 letters and digits",
        ),
    ],
)
def test_a_malformed_setting_of_the_wecom_app_is_named(
    migrated: Operator, name: str, value: str, problem: str
) -> None:
    migrated.settings |= {**APP, name: value}
    ended = migrated.types("check")
    assert ended.complaints == [f"xuntong: {name}: {problem}"]


def test_what_a_platform_does_not_allow_is_named(migrated: Operator) -> None:
    assert "ok    platforms: nothing is switched off" in migrated.types("check").lines

    async def refuse() -> None:
        database = Database(migrated.settings["XUNTONG_DATABASE_URL"], Vault(["x"]))
        async with database.transaction() as uow:
            for name, until in (("a:custom", None), ("b:app", LATER), ("c:gone", PAST)):
                await switches.turn_off(
                    uow,
                    name=name,
                    reason="48001 call not allowed",
                    now=PAST,
                    until=until,
                )
            await uow.commit()
        await database.close()

    asyncio.run(refuse())
    said = migrated.types("check")
    assert (
        "WRONG a:custom is switched off for good: 48001 call not allowed" in said.lines
    )
    assert (
        "WRONG b:app is switched off until 2999-01-01 08:00 in China: 48001 call not allowed"
        in said.lines
    )
    assert "c:gone" not in said.out.decode()
    assert said.status == 1
