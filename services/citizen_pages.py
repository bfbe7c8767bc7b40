"""Pages for anybody, without an account: what they may load, how they say that an address asked too often."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from fastapi import Request
from fastapi.responses import HTMLResponse

from services.limits_of_use import TooManyRequests, within_limits
from services.pages import HEADERS, Pages

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class CitizenPages(Pages):
    """The templates of one room over `citizen.html`. `again` is what a page's form sent, for the switch of language."""

    headers: ClassVar[Mapping[str, str]] = MappingProxyType({**HEADERS, "Content-Security-Policy": POLICY})

    def render(self, request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
        facts = {"again": None, "print": self._print, **facts}
        return super().render(request, template, status=status, **facts)


async def seconds_to_wait(request: Request) -> str | None:
    """Counts this request of the address; how long to wait where that is one too many."""
    try:
        await within_limits(request)
    except TooManyRequests as problem:
        return problem.headers["Retry-After"]
    return None
