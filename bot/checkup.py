"""``xuntong check``: what is right and what is wrong, each in one plain line."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import msgspec

from bot.channels.transport import ApiError, RefusedError, Transport
from bot.clock import CHINA, SystemClock
from bot.errors import FaultsError, SettingsError
from bot.settings import OfficialAccount, Settings, WeCom
from bot.spool import Spool
from storage import switches
from storage.contents import opens
from storage.crypto import Vault
from storage.database import Database
from storage.errors import why_unusable
from storage.migrate import current, newest
from storage.switches import SwitchRow

_OFFICIAL_ACCOUNT = "XUNTONG_OFFICIAL_ACCOUNT__"
_NOT_ALLOWED_HERE = 40164


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    good: bool
    text: str


def right(text: str) -> Finding:
    """Something that is as it should be."""
    return Finding(good=True, text=text)


def wrong(text: str) -> Finding:
    """Something that the operator has to put right."""
    return Finding(good=False, text=text)


async def check(settings: Settings, _options: argparse.Namespace) -> None:
    """Look at settings, database, spool and the platform's credentials.

    Raises:
        FaultsError: something is wrong; each thing was named before.
    """
    faults = 0
    async for one in findings(settings):
        faults += not one.good
        mark = "ok    " if one.good else "WRONG "
        print(mark + one.text, flush=True)  # noqa: T201 -- what the operator reads
    if faults:
        raise FaultsError(faults)


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """Everything that is looked at, in its order."""
    yield right("settings: all are known and well formed")
    yield _keys(settings)
    async for one in _database(settings):
        yield one
    yield await asyncio.to_thread(_spool, settings)
    for one in _credentials(settings.official_account):
        yield one
    if settings.official_account.app_id:
        yield await _token(settings.official_account)
    if settings.wecom.corp_id:
        yield await _wecom_token(settings.wecom)
    if settings.webchat.enabled:
        yield right("web chat: on; whoever opens it chooses who to be")


def _keys(settings: Settings) -> Finding:
    count = len(settings.secret_keys)
    if not count:
        return wrong(
            "secret keys: XUNTONG_SECRET_KEYS is not set; make one with: "
            "openssl rand -base64 32"
        )
    return right(f"secret keys: {count}, the first one encrypts")


async def _database(settings: Settings) -> AsyncIterator[Finding]:
    database = Database(settings.database_url, Vault(settings.secret_keys or ("none",)))
    try:
        found, needed = await current(database), newest()
        yield right(f"database: {database.dialect} answers")
        if found != needed:
            yield wrong(
                f"database: at schema {found or 'none'}, this program needs {needed}; "
                "run: xuntong migrate"
            )
            return
        yield right(f"database: at schema {needed}, the newest")
        if settings.secret_keys:
            yield await _opened(database)
        for one in await _switched_off(database):
            yield one
    except Exception as error:
        why = why_unusable(error)
        if why is None:
            raise
        yield wrong(f"database: cannot be reached: {why}")
    finally:
        await database.close()


async def _opened(database: Database) -> Finding:
    async with database.reading() as uow:
        good = await opens(uow)
    if good:
        return right("secret keys: they open what the database keeps")
    return wrong(
        "secret keys: none of them opens what the database keeps; "
        "add the key it was written with"
    )


async def _switched_off(database: Database) -> list[Finding]:
    """What the platforms do not allow, as the running service found out."""
    async with database.reading() as uow:
        off = await switches.all_off(uow, now=SystemClock().real())
    if not off:
        return [right("platforms: nothing is switched off")]
    return [
        wrong(f"{row.name} is switched off {_until(row)}: {row.reason}")
        for row in off.values()
    ]


def _until(row: SwitchRow) -> str:
    if row.until is None:
        return "for good"
    return f"until {row.until.astimezone(CHINA):%Y-%m-%d %H:%M} in China"


def _spool(settings: Settings) -> Finding:
    try:
        Spool(Path(settings.spool_dir), Vault(("none",))).prepare()
    except SettingsError as error:
        return wrong(f"spool: {error}")
    return right(f"spool: {settings.spool_dir} can be written")


def _credentials(account: OfficialAccount) -> Iterator[Finding]:
    """Settings stop at the first three when they are not complete."""
    if not account.app_id:
        yield right(f"Official Account: off ({_OFFICIAL_ACCOUNT}APP_ID is not set)")
        return
    yield right("Official Account: app id, secret and token are set")
    if account.encoding_aes_key:
        yield right("Official Account: safe mode, callbacks are encrypted")
    else:
        yield right(
            "Official Account: plain mode; "
            f"{_OFFICIAL_ACCOUNT}ENCODING_AES_KEY turns safe mode on"
        )


async def _token(account: OfficialAccount) -> Finding:
    """Ask for the token that everybody shares: it disturbs no running process."""
    async with aiohttp.ClientSession() as http:
        transport = Transport(http, account.api_base_url)
        request = {
            "grant_type": "client_credential",
            "appid": account.app_id,
            "secret": account.app_secret,
            "force_refresh": False,
        }
        try:
            answer = await transport.call(
                "post", f"{transport.api_url}stable_token", data=request
            )
        except RefusedError as error:
            return wrong(f"Official Account: no token: {_refused(error)}")
        except ApiError as error:
            return wrong(
                f"Official Account: {account.api_base_url} does not answer ({error})"
            )
    if not answer.get("access_token"):
        return wrong(f"Official Account: {account.api_base_url} gives no token")
    return right(f"Official Account: {account.api_base_url} gives a token")


async def _wecom_token(app: WeCom) -> Finding:
    """Ask for the app's token: everybody gets the same one while it is valid.

    Our address is first held against the trusted ones when something is sent.
    """
    async with aiohttp.ClientSession() as http:
        transport = Transport(http, app.api_base_url)
        credentials = {"corpid": app.corp_id, "corpsecret": app.secret}
        try:
            answer = await transport.call(
                "get", f"{transport.api_url}gettoken", params=credentials
            )
        except RefusedError as error:
            return wrong(
                f"WeCom app: no token: corp id or secret are not right ({error})"
            )
        except ApiError as error:
            return wrong(f"WeCom app: {app.api_base_url} does not answer ({error})")
    if not answer.get("access_token"):
        return wrong(f"WeCom app: {app.api_base_url} gives no token")
    return right(f"WeCom app: {app.api_base_url} gives a token")


def _refused(error: RefusedError) -> str:
    if error.code == _NOT_ALLOWED_HERE:
        return f"this machine's address is not on the account's IP white list ({error})"
    return f"app id or secret are not right ({error})"
