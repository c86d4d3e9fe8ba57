"""Settings: read once at the start, from the environment, ``.env`` and a TOML file.

An unknown or malformed setting stops the start with one line that names it. The
environment goes before ``.env``, and ``.env`` before the file that
``XUNTONG_CONFIG`` names.
"""

from __future__ import annotations

import base64
import binascii
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from bot.errors import SettingsError
from notices.calendar import sending_hours

PREFIX = "XUNTONG_"
_CONFIG = PREFIX + "CONFIG"


class OfficialAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Official Account; the channel is off without an app id.

    ``window_*`` is what may be sent freely after a person's message, ``brief_*``
    after a tap, a follow or a scan; the quotas are calls a day, of which
    ``deadline_reserve`` per cent are kept for deadlines; ``mass_per_month`` is
    how many mass messages a follower may get. ``articles`` publishes notices as
    articles too, where the account may.
    """

    app_id: str = ""
    app_secret: str = ""
    token: str = ""
    encoding_aes_key: str = ""
    previous_aes_key: str = ""
    api_base_url: str = "https://api.weixin.qq.com"
    templates: dict[str, str] = {}
    subscriptions: dict[str, str] = {}
    window_hours: int = 48
    window_sends: int = 5
    brief_seconds: int = 60
    brief_sends: int = 3
    custom_quota: int = 500_000
    template_quota: int = 100_000
    subscribe_quota: int = 100_000
    deadline_reserve: int = 10
    articles: bool = True
    mass_per_month: int = 4


class WeCom(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The WeCom app, off without a corp id; and the bot, off without a bot id.

    ``per_minute`` and ``per_hour`` are what a member gets at most; the platform
    drops the rest without a word.
    """

    corp_id: str = ""
    agent_id: str = ""
    secret: str = ""
    token: str = ""
    encoding_aes_key: str = ""
    api_base_url: str = "https://qyapi.weixin.qq.com"
    bot_id: str = ""
    bot_secret: str = ""
    bot_url: str = "wss://openws.work.weixin.qq.com"
    per_minute: int = 30
    per_hour: int = 1000


class WebChat(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The local web chat, where whoever opens it chooses who to be."""

    enabled: bool = False


class Assistant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An optional language model; off unless all three are set."""

    model_url: str = ""
    model_key: str = ""
    model_name: str = ""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything the operator decides."""

    database_url: str = "sqlite+aiosqlite:///var/xuntong.db"
    host: str = "127.0.0.1"
    port: int = 8080
    public_url: str = "http://127.0.0.1:8080"
    secret_keys: tuple[str, ...] = ()
    official_account: OfficialAccount = OfficialAccount()
    wecom: WeCom = WeCom()
    webchat: WebChat = WebChat()
    assistant: Assistant = Assistant()
    spool_dir: str = "var/spool"
    min_free_mb: int = 500
    operator_contact: str = ""
    timezone: str = "Asia/Shanghai"
    quiet_hours: str = "21:00-08:00"


def read_settings(environment: Mapping[str, str], folder: Path) -> Settings:
    """The settings from ``environment`` and the files in ``folder``.

    Raises:
        SettingsError: naming the first setting that is unknown or malformed.
    """
    named = {**_read_dotenv(folder / ".env"), **_ours(environment)}
    config = named.pop(_CONFIG, "")
    tree = _read_toml(folder / config) if config else {}
    for name, text in sorted(named.items()):
        _plant(tree, name, text)
    settings = _convert(tree)
    _check(settings)
    return settings


def _ours(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if name.startswith(PREFIX)}


def _read_dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    named: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        stripped = line.strip().removeprefix("export ")
        if not stripped or stripped.startswith("#"):
            continue
        name, equals, text = stripped.partition("=")
        if not equals:
            raise SettingsError(f"{path.name}:{number}", "not of the form NAME=value")
        named[name.strip()] = text.strip().strip("'\"")
    return _ours(named)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            _CONFIG, f"{path} cannot be read: {error.strerror}"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(_CONFIG, f"{path} is not TOML: {error}") from None
    ours: dict[str, Any] = {}
    for name, value in tree.items():
        # The same names as in the environment are allowed, and plain nesting.
        if name.startswith(PREFIX) and not isinstance(value, dict):
            _plant(ours, name, str(value))
        else:
            ours[name.lower()] = value
    return ours


def _plant(tree: dict[str, Any], name: str, text: str) -> None:
    """Put one ``XUNTONG_A__B`` at ``tree["a"]["b"]``."""
    *outer, last = name.removeprefix(PREFIX).lower().split("__")
    branch = tree
    for key in outer:
        branch = branch.setdefault(key, {})
        if not isinstance(branch, dict):
            raise SettingsError(name, "is set both as a value and as a group")
    branch[last] = _as_list(text) if last == "secret_keys" else text


def _as_list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _convert(tree: dict[str, Any]) -> Settings:
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from None


def _named(message: str) -> SettingsError:
    """Turn msgspec's “… - at `$.a.b`” into the setting's own name."""
    reason, _, where = message.partition(" - at `$")
    path = [key for key in where.rstrip("`").split(".") if key]
    if "unknown field" in reason:
        path.append(reason.rpartition("unknown field ")[2].strip("`"))
        reason = "unknown setting"
    name = PREFIX + "__".join(path).upper() if path else PREFIX + "*"
    return SettingsError(name, reason[:1].lower() + reason[1:])


def _check(settings: Settings) -> None:
    """Refuse what has the right type and cannot work."""
    if not 0 < settings.port < 65536:
        raise SettingsError("XUNTONG_PORT", "must be between 1 and 65535")
    if not settings.public_url.startswith(("http://", "https://")):
        raise SettingsError("XUNTONG_PUBLIC_URL", "must begin with http:// or https://")
    if not settings.database_url.startswith(
        ("sqlite+aiosqlite:///", "postgresql+asyncpg://")
    ):
        raise SettingsError(
            "XUNTONG_DATABASE_URL",
            "must begin with sqlite+aiosqlite:/// or postgresql+asyncpg://",
        )
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError("XUNTONG_TIMEZONE", "is not a known time zone") from None
    try:
        sending_hours(settings.quiet_hours)
    except ValueError:
        raise SettingsError(
            "XUNTONG_QUIET_HOURS", "must be of the form 21:00-08:00, or none"
        ) from None
    _check_official_account(settings.official_account)
    _check_wecom_app(settings.wecom)
    _check_wecom_bot(settings.wecom)


def _check_wecom_bot(bot: WeCom) -> None:
    prefix = "XUNTONG_WECOM__"
    for name, value in (("BOT_ID", bot.bot_id), ("BOT_SECRET", bot.bot_secret)):
        if (bot.bot_id or bot.bot_secret) and not value:
            raise SettingsError(prefix + name, "is missing, the other is set")
    if not bot.bot_url.startswith(("ws://", "wss://")):
        raise SettingsError(prefix + "BOT_URL", "must begin with ws:// or wss://")


def _check_wecom_app(app: WeCom) -> None:
    prefix = "XUNTONG_WECOM__"
    given = {
        "CORP_ID": app.corp_id,
        "AGENT_ID": app.agent_id,
        "SECRET": app.secret,
        "TOKEN": app.token,
        "ENCODING_AES_KEY": app.encoding_aes_key,
    }
    if not any(given.values()):
        return
    for name, value in given.items():
        if not value:
            raise SettingsError(prefix + name, "is missing, others of the app are set")
    if not (app.agent_id.isascii() and app.agent_id.isdecimal()):
        raise SettingsError(prefix + "AGENT_ID", "must be a number")
    if not _is_aes_key(app.encoding_aes_key):
        raise SettingsError(
            prefix + "ENCODING_AES_KEY", "must be 43 letters and digits"
        )


def _check_official_account(account: OfficialAccount) -> None:
    prefix = "XUNTONG_OFFICIAL_ACCOUNT__"
    given = {
        "APP_ID": account.app_id,
        "APP_SECRET": account.app_secret,
        "TOKEN": account.token,
    }
    if any(given.values()):
        for name, value in given.items():
            if not value:
                raise SettingsError(
                    prefix + name, "is missing, the other credentials are set"
                )
    for name, key in (
        ("ENCODING_AES_KEY", account.encoding_aes_key),
        ("PREVIOUS_AES_KEY", account.previous_aes_key),
    ):
        if key and not _is_aes_key(key):
            raise SettingsError(prefix + name, "must be 43 letters and digits")


def _is_aes_key(key: str) -> bool:
    try:
        return len(key) == 43 and len(base64.b64decode(key + "=")) == 32
    except (binascii.Error, ValueError):
        return False
