"""HTML pages from the package's templates; everything filled in is escaped."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

_STYLE = (files("bot.pages.templates") / "pages.css").read_text("utf-8")
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_environment = Environment(
    loader=PackageLoader("bot.pages", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["style"] = _STYLE


def page(template: str, *, status: int = 200, **values: object) -> web.Response:
    """``templates/{template}.html.j2`` filled with ``values``."""
    html = _environment.get_template(f"{template}.html.j2").render(**values)
    return web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={
            "Content-Security-Policy": CONTENT_SECURITY_POLICY,
            "Cache-Control": "no-store",
        },
    )


def gone() -> web.Response:
    """The one answer for what is not there, no longer there, or not for the asker."""
    return page("gone", status=404)
