"""The account's access token, by ``stable_token``.

Without force it gives everybody the same token while that is valid.
"""

from __future__ import annotations

from bot.channels.official_account.client import account
from bot.channels.official_account.errors import TOKEN_REFUSED
from bot.channels.tokens import AccessTokens
from bot.channels.transport import RefusedError, Transport
from bot.clock import Clock
from bot.settings import OfficialAccount
from storage.database import Database

_SECRET_WRONG = 40125


def official_account_tokens(
    settings: OfficialAccount, transport: Transport, database: Database, clock: Clock
) -> AccessTokens:
    """The token that all processes share."""
    request = {
        "grant_type": "client_credential",
        "appid": settings.app_id,
        "secret": settings.app_secret,
        "force_refresh": False,
    }

    async def fetch() -> tuple[str, int]:
        try:
            answer = await transport.call(
                "post", transport.api_url + "stable_token", data=request
            )
        except RefusedError as error:
            # From this call it means that the secret is not the account's.
            code = _SECRET_WRONG if error.code in TOKEN_REFUSED else error.code
            raise RefusedError(code, error.message) from None
        return str(answer["access_token"]), int(answer.get("expires_in", 7200))

    return AccessTokens(
        account(settings),
        fetch,
        database,
        clock,
        refusals=TOKEN_REFUSED,
    )
