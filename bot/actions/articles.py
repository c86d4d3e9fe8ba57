"""What a notice becomes on the Official Account, and whom a mass message reaches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

import msgspec

from notices.audience import TEACHER, is_nation
from storage import articles
from storage.articles import ALL, ArticleRow
from storage.database import UnitOfWork
from storage.notices import NoticeRow

PATIENCE = timedelta(minutes=5)
"""How long a notice waits for its article before it goes out without."""

_TITLE, _AUTHOR, _DIGEST, _CONTENT = 64, 16, 120, 20_000


class Draft(msgspec.Struct, frozen=True):
    """An article as the platform takes it, but for its cover."""

    title: str
    author: str
    digest: str
    content: str
    content_source_url: str


def written(row: NoticeRow, summary: str, page: str) -> Draft:
    """A notice as an article; ``page`` is its address with us, and its mark."""
    return Draft(
        title=row.title[:_TITLE],
        author=row.publisher[:_AUTHOR],
        digest=summary[:_DIGEST],
        content=_html(row.body),
        content_source_url=page,
    )


def _html(body: str) -> str:
    """Plain text as paragraphs; what is too long ends with the last that fits."""
    made = ""
    for part in body.replace("\r\n", "\n").split("\n\n"):
        lines = "<br/>".join(escape(line) for line in part.strip("\n").split("\n"))
        paragraph = f"<p>{lines}</p>" if lines else ""
        if len(made) + len(paragraph) > _CONTENT:
            break
        made += paragraph
    return made or "<p></p>"


def mass_target(row: NoticeRow, reach: str, tagged: Sequence[str]) -> str | None:
    """Whom a mass message would go to, if that is exactly whom the notice means.

    ``reach`` is where its readers may be; ``tagged`` are the roles with a tag. A
    person with a role is no teacher to a notice, so there is no tag for those.
    """
    audience = row.audience
    if not is_nation(reach) or audience.is_narrowed:
        return None
    if not audience.roles:
        return ALL
    (role, *others) = audience.roles
    return role if not others and role != TEACHER and role in tagged else None


async def covered(
    uow: UnitOfWork, article: ArticleRow | None, person_ids: Sequence[str]
) -> frozenset[str]:
    """Those whom the notice's mass message reached; nobody without one."""
    if article is None or article.state != "massed":
        return frozenset()
    return await articles.covered(
        uow, person_ids=person_ids, target=article.mass_target
    )


def waits_since(now: datetime, *, awaited: bool) -> datetime | None:
    """Since when published notices may still be waiting for their article."""
    return now - PATIENCE if awaited else None
