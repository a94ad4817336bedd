"""Templates to responses: every page with the headers that keep it safe."""

from __future__ import annotations

import functools
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from u1tray.server.messages.refusals import NO_STORE
from u1tray.server.messages.response import Headers, Response, json_response
from u1tray.server.web.assets import asset_url
from u1tray.server.web.language import Language

HTML = "text/html; charset=utf-8"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; connect-src 'self'"
)
SAFE: Final[Headers] = (
    ("X-Content-Type-Options", "nosniff"),
    # Not `no-referrer`: browsers would say `Origin: null` in our own forms.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("X-Robots-Tag", "noindex"),
    NO_STORE,
)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("u1tray.server.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = asset_url
    return environment


def page(
    template: str,
    language: Language,
    status: int = 200,
    headers: Headers = (),
    **values: Any,
) -> Response:
    """A rendered template. `_` and `n_` translate in it."""
    text = (
        _environment()
        .get_template(template)
        .render(_=language.text, n_=language.plural, language=language.code, **values)
    )
    policy = ("Content-Security-Policy", POLICY)
    more = (*SAFE, policy, ("Content-Language", language.code), ("Vary", "Accept-Language"))
    return Response(status, HTML, text.encode(), (*headers, *more))


def redirect(location: str, headers: Headers = ()) -> Response:
    """303: the browser goes on with a GET. `location` is a path of ours, percent-encoded."""
    return Response(303, HTML, b"", (*headers, *SAFE, ("Location", location)))


def script_answer(value: Any, status: int = 200, headers: Headers = ()) -> Response:
    """JSON for our own script."""
    return json_response(value, status, (*headers, *SAFE))
