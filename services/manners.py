"""What every answer owes HTTP and the browser: protecting headers, an `Allow` that names all, 415 for no JSON."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

POLICY = "content-security-policy"
HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
        POLICY: "default-src 'none'; frame-ancestors 'none'",
    }
)
"""Where a page has said nothing else."""
OF_DOCS = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
"""The API's description starts itself by a script in its page."""
OF_WORKERS = "default-src 'none'; connect-src 'self'"
"""A service worker is bound by the policy of its own file; a script of a page by the page's."""
FILES = ("/static/", "/docs-files/", "/charts/")
TWO_YEARS = "max-age=63072000; includeSubDomains"


def protect(headers: list[tuple[bytes, bytes]], *, path: str, https: bool) -> None:
    """Add what is missing. A script of ours keeps the policy of its page; nothing but files is kept by a cache.

    Open311 puts keys into addresses: a cache on the way would hand one client's answer to whoever sends the same one.
    """
    said = {name.lower() for name, _ in headers}
    wanted = dict(HEADERS)
    if path.endswith("/docs"):
        wanted[POLICY] = OF_DOCS
    if path.endswith("/worker.js"):
        wanted[POLICY] = OF_WORKERS
    if any(part in path for part in FILES):
        del wanted[POLICY]
    else:
        wanted["cache-control"] = "no-store"
    if https:
        wanted["strict-transport-security"] = TWO_YEARS
    headers += [(name.encode(), value.encode()) for name, value in wanted.items() if name.encode() not in said]


def allow(request: Request) -> dict[str, str]:
    """All methods of this path, whichever route came first; whoever answers GET answers HEAD."""
    path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
    methods = set(_methods(request.app.routes, path))
    return {"Allow": ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))} if methods else {}


def _methods(routes: Iterable[BaseRoute], path: str) -> Iterator[str]:
    for route in routes:
        if isinstance(route, APIRoute):
            if route.path_regex.match(path):
                yield from route.methods or ()
        elif included := getattr(route, "original_router", None):
            yield from _methods(included.routes, path)


def is_no_json(request: Request, errors: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the body as a whole could not be read because it was sent as something else, or as nothing named."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    whole = [each for each in errors if tuple(each["loc"]) == ("body",)]
    if request.method not in ("POST", "PUT", "PATCH") or kind.endswith("json") or not whole:
        return False
    return bool(kind) or whole[0]["type"] != "missing"
