"""What every command of the service needs: data, definitions, clock, links."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot import commands
from bot.actions.context import House
from bot.clock import Clock, SystemClock
from bot.errors import SettingsError
from bot.ids import new_id
from bot.links import Links
from bot.settings import OfficialAccount, Settings, WeCom
from conversations.forms.book import load_book
from conversations.rules.eligibility import load_requirements
from notices.programmes.book import load_programmes
from notices.reach import Windows
from storage.crypto import Vault
from storage.database import Database


@dataclass(frozen=True)
class Core:
    """Made once a process, handed down everywhere."""

    settings: Settings
    database: Database
    vault: Vault
    house: House
    clock: Clock

    @property
    def links(self) -> Links:
        """The links that people get."""
        return self.house.links


def make_core(settings: Settings, clock: Clock | None = None) -> Core:
    """Open the database and read the definitions.

    Raises:
        SettingsError: there are no secret keys.
        DefinitionError: a packaged definition does not hold together.
    """
    if not settings.secret_keys:
        raise SettingsError(
            "XUNTONG_SECRET_KEYS", "is not set; make one with: openssl rand -base64 32"
        )
    vault = Vault(settings.secret_keys)
    # Read on first use otherwise: a wrong file must stop the start.
    load_requirements()
    commands.by_word()
    clock = clock or SystemClock()
    house = House(
        book=load_book(),
        programmes=load_programmes(),
        links=Links(vault, settings.public_url),
        new_id=new_id,
        public_url=settings.public_url,
        contact=settings.operator_contact,
        real_now=clock.real,
        windows=_windows(settings.official_account),
        draws_codes=bool(settings.official_account.app_id),
        twins=_twins(settings.wecom),
        notifications=_notifications(settings.official_account),
    )
    return Core(
        settings=settings,
        database=Database(settings.database_url, vault),
        vault=vault,
        house=house,
        clock=clock,
    )


def _twins(wecom: WeCom) -> dict[str, str]:
    """A userid is the same member's in the app and the bot of one company."""
    if wecom.corp_id and wecom.bot_id:
        return {"wecom": "wecom_bot", "wecom_bot": "wecom"}
    return {}


def _notifications(account: OfficialAccount) -> tuple[str, ...]:
    """The ids of the templates, without what their settings say of fields."""
    if not account.app_id:
        return ()
    ids = {setting.partition("?")[0] for setting in account.subscriptions.values()}
    return tuple(sorted(ids))


def _windows(account: OfficialAccount) -> Windows:
    return Windows(
        lasts=timedelta(hours=account.window_hours),
        sends=account.window_sends,
        brief_lasts=timedelta(seconds=account.brief_seconds),
        brief_sends=account.brief_sends,
    )
