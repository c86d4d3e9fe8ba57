"""HTML pages from the package's templates; everything filled in is escaped."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

_STYLES = {
    name: (files("bot.pages.templates") / f"{name}.css").read_text("utf-8")
    for name in ("pages", "board")
}


def _policy(style: str) -> str:
    """What a page with this style may load: the style itself, and our pictures."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


_POLICIES = {name: _policy(style) for name, style in _STYLES.items()}
CONTENT_SECURITY_POLICY = _POLICIES["pages"]

_environment = Environment(
    loader=PackageLoader("bot.pages", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str, *, status: int = 200, style: str = "pages", **values: object
) -> web.Response:
    """``templates/{template}.html.j2`` filled with ``values``, in a sheet of styles."""
    html = _environment.get_template(f"{template}.html.j2").render(
        **values, style=_STYLES[style]
    )
    return web.Response(
        text=html,
        status=status,
        content_type="text/html",
        headers={
            "Content-Security-Policy": _POLICIES[style],
            "Cache-Control": "no-store",
        },
    )


def gone() -> web.Response:
    """The one answer for what is not there, no longer there, or not for the asker."""
    return page("gone", status=404)
