"""What the guarded routes write into the audit by themselves: who was shown which cases, and who was turned away.

One insert, before the answer goes out; what a request said is never kept, only ids that have the form of ours.
"""

import re
from typing import Any

from fastapi import Request, Response

from services import audit
from services.access import LISTS, roles_for
from services.identity import Actor
from services.problems import KeyMissing, Problem

NUMBER = re.compile(rb'"case_no":\s*"(\d{16})"')
OURS = re.compile(r"\d{16}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A case number, or an id: anything else in an address could be somebody's words."""
KEY = re.compile(r"gl_([0-9a-f]{12})_")
BY_ITS_VERB = frozenset({("routing", "/v1/orders/export")})
"""Exports that the verb itself writes down, with what it narrowed them by."""


async def shown(request: Request, path: str, response: Response) -> None:
    """A case was read, some were listed, something was exported."""
    state = request.app.state
    if request.method != "GET" or response.status_code >= 300 or roles_for(state.service, "GET", path) is None:
        return
    action, cases = _kind(state.service, path), None
    if action == "cases.listed":
        cases = list(dict.fromkeys(number.decode() for number in NUMBER.findall(getattr(response, "body", b""))))
    if action and (cases is None or cases):
        await _write(request, action, shown=cases, route=path)


def _kind(service: str, path: str) -> str | None:
    if "{case_no}" in path:
        return "case.read"
    if (service, path) in LISTS:
        return "cases.listed"
    exported = path.endswith(("/export", "/workbook")) and (service, path) not in BY_ITS_VERB
    return "exported" if exported else None


async def refused(request: Request, path: str, problem: Problem) -> None:
    """A key that is none, a role that may not, a case that is not theirs. Who sends no key at all tried nothing."""
    told = problem.status == 403 or (problem.status == 401 and not isinstance(problem, KeyMissing))
    hidden = problem.status == 404 and "{" in path
    if (told or hidden) and roles_for(request.app.state.service, request.method, path) is not None:
        facts = {"rule": problem.slug, "status": problem.status, "method": request.method, "route": path}
        await _write(request, "refused", **facts)


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
