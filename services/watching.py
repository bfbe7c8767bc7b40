"""What the guarded routes write into the audit by themselves: who was shown which cases, and who was turned away.

One insert, before the answer goes out; what a request said is never kept, only ids that have the form of ours. No
route has to be named for it: whatever shows a case's number, as JSON or as a page, has shown that case.
"""

import re
from typing import Any

from fastapi import Request, Response

from services import audit
from services.access import roles_for
from services.identity import Actor
from services.problems import KeyMissing, Problem
from services.settings import SERVICES

NUMBER = re.compile(rb"(?<![0-9A-Za-z_-])(20\d{2}(?:0[1-9]|1[0-2])\d{10})(?![0-9A-Za-z_-])")
"""A case number begins with its month; nothing else of ours has sixteen digits."""
OURS = re.compile(r"\d{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A case number, or an id: anything else in an address could be somebody's words."""
KEY = re.compile(r"gl_([0-9a-f]{12})_")
BY_ITS_VERB = frozenset({("routing", "/v1/orders/export"), *((each, "/v1/audit") for each in SERVICES)})
"""What the verb itself writes down, with what it narrowed it by."""
SHOWING = frozenset({("routing", "/v1/repeats"), ("routing", "/v1/matches"), ("intake", "/desk/advice")})
"""Questions that are posted because they are long; all other posts are written down by their verbs."""
READ = (
    "application/json",
    "text/html",
    "text/javascript",
    "image/",
    "application/manifest+json",
    "application/problem",
)
"""Kinds that somebody reads in place. Any other is a file that is taken away."""


async def answered(request: Request, path: str, response: Response) -> None:
    """A case was read, some were listed, something was exported; or a page says that this may not be."""
    state = request.app.state
    if roles_for(state.service, request.method, path) is None and getattr(request.state, "actor", None) is None:
        return
    if response.status_code in (403, 404):
        await _turned_away(request, path, response.status_code, "told-on-a-page")
    elif response.status_code < 300 and (state.service, path) not in BY_ITS_VERB:
        await _shown(request, path, response)


async def _shown(request: Request, path: str, response: Response) -> None:
    state = request.app.state
    if request.method != "GET" and (state.service, path) not in SHOWING:
        return
    cases = None
    if "{case_no}" in path:
        action = "case.read"
    elif _taken_away(response):
        action = "exported"
    else:
        action, cases = "cases.listed", _numbers(response)
    if cases is None or cases:
        await _write(request, action, shown=cases, route=path)


def _taken_away(response: Response) -> bool:
    return not response.headers.get("content-type", READ[0]).startswith(READ)


def _numbers(response: Response) -> list[str]:
    body = getattr(response, "body", b"")
    return list(dict.fromkeys(number.decode() for number in NUMBER.findall(body)))


async def refused(request: Request, path: str, problem: Problem) -> None:
    """A key that is none, a role that may not, a case that is not theirs. Who sends no key at all tried nothing."""
    known = getattr(request.state, "actor", None) is not None
    if not isinstance(problem, KeyMissing) and (known or roles_for(request.app.state.service, request.method, path)):
        await _turned_away(request, path, problem.status, problem.slug)


async def _turned_away(request: Request, path: str, status: int, rule: str) -> None:
    if status in (401, 403) or (status == 404 and "{" in path):
        await _write(request, "refused", rule=rule, status=status, method=request.method, route=path)


async def _write(request: Request, action: str, **facts: Any) -> None:
    actor: Actor | None = getattr(request.state, "actor", None)
    async with request.app.state.database.unit() as session:
        await audit.record(session, action, _subject(request), actor=actor, tried=_tried(request), **facts)


def _subject(request: Request) -> str:
    """The id in the address, the case number before any other."""
    ids = request.path_params
    found = [str(ids["case_no"])] if "case_no" in ids else [str(each) for each in ids.values()]
    return next((each for each in found if OURS.fullmatch(each)), "-")


def _tried(request: Request) -> str | None:
    """The public half of the key that was sent."""
    sent = request.headers.get("authorization", "").partition(" ")[2] or request.headers.get("x-api-key", "")
    found = KEY.match(sent.strip())
    return found[1] if found else None
