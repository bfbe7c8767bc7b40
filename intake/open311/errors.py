"""Every error below Open311's paths in Open311's own form, whoever made it: our problems, the framework, the gate."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from intake.open311.formats import answer, of_path
from services.access import OPEN311
from services.problems import MEDIA_TYPE

SAME = frozenset({403, 404, 405, 413, 415, 429, 500, 503})
"""Statuses that stay; a missing or wrong key is 403, all else 400."""
DROPPED = frozenset({"content-type", "content-length", "www-authenticate"})


def status_of(problem: int) -> int:
    if problem == 401:
        return 403
    return problem if problem in SAME else 400


def told(document: Mapping[str, Any], status: int) -> list[dict[str, Any]]:
    """One error for each broken field, else one for the whole."""
    faults = document.get("errors") or ()
    if faults:
        return [_error(status, f"{each['field']}: {each['rule']}; {each['remedy']}") for each in faults]
    parts = (document.get("detail"), document.get("remedy"), _named(document))
    return [_error(status, " ".join(part for part in parts if part) or "The request cannot be carried out.")]


def _named(document: Mapping[str, Any]) -> str:
    return f"service_request_id: {document['case_no']}" if "case_no" in document else ""


def _error(status: int, description: str) -> dict[str, Any]:
    return {"code": status, "description": description}


class Errors:
    """Holds a problem document back until it is whole, and sends what it says in the format that was asked for."""

    def __init__(self, inner: ASGIApp) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _ours(scope):
            await self.inner(scope, receive, send)
            return
        held: Message | None = None
        body = bytearray()

        async def watched(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_problem(message):
                held = message
            elif held is None:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await _translated(scope, held, bytes(body))(scope, receive, send)

        await self.inner(scope, receive, watched)


def _ours(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return any(path == base or path.startswith(f"{base}/") for base in OPEN311)


def _is_problem(message: Message) -> bool:
    kind = dict(message.get("headers", ())).get(b"content-type", b"")
    return bool(message["status"] >= 400 and kind.startswith(MEDIA_TYPE.encode()))


def _translated(scope: Scope, held: Message, body: bytes) -> ASGIApp:
    status = status_of(held["status"])
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in held["headers"]}
    kept = {name: value for name, value in headers.items() if name.lower() not in DROPPED}
    return answer(of_path(scope["path"]), "errors", told(json.loads(body), status), status=status, headers=kept)
