"""Every refusal as a problem document: a verb's own, the framework's, a broken field's, and what nobody expected."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from services import manners
from services.problem_words import in_chinese, wants_chinese
from services.problems import (
    MEDIA_TYPE,
    FieldFault,
    Invalid,
    NotFound,
    Problem,
    WrongMediaType,
    document,
)

FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:gridloop:problem:invalid"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule", "remedy"],
                "properties": {name: {"type": "string"} for name in ("field", "rule", "remedy")},
            },
        },
    },
}


def answer_to(problem: Problem, scope: Scope) -> JSONResponse:
    return written(problem.document(), scope, problem.headers)


def written(body: dict[str, Any], scope: Scope, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """In Chinese for who asks for it, as far as there are words; else in English."""
    accepted = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    chinese = wants_chinese(accepted)
    said = {"Vary": "Accept-Language", "Content-Language": "zh" if chinese else "en"}
    told = in_chinese(body) if chinese else body
    return JSONResponse(told, status_code=body["status"], headers={**(headers or {}), **said}, media_type=MEDIA_TYPE)


def unexpected(scope: Scope) -> JSONResponse:
    body = document(
        status=500,
        slug="unexpected",
        title="Unexpected error",
        detail="Something broke on our side; nothing was changed.",
        remedy="Send it again with the same Idempotency-Key; if it stays, tell the administrator the X-Request-Id.",
    )
    return written(body, scope)


async def on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer_to(error, request.scope)


async def on_http(request: Request, error: Exception) -> Response:
    """The framework's own errors: unknown paths, wrong methods, unreadable bodies."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return answer_to(NotFound(f"There is no route {request.method} at this path."), request.scope)
    body = document(
        status=error.status_code,
        slug={405: "method-not-allowed", 400: "unreadable-body"}.get(error.status_code, "http-error"),
        title={405: "Method not allowed", 400: "Unreadable body"}.get(error.status_code, "Not possible"),
        detail=str(error.detail),
        remedy={405: "Use a method of the `Allow` header.", 400: "Send UTF-8 text."}.get(error.status_code, ""),
    )
    headers = {**(error.headers or {}), **manners.allow(request)} if error.status_code == 405 else error.headers
    return written(body, request.scope, headers)


def _plain(part: object) -> str:
    """A part of a field's path; a name that the sender made up could be anybody's, and is not repeated."""
    name = str(part)
    return name if isinstance(part, int) or FIELD_NAME.fullmatch(name) else "(unknown)"


class BadJson(Problem):
    """The body is not valid JSON."""

    status = 400
    title = "Bad JSON"
    remedy = "Check the brackets, commas and quotes near the given place; send UTF-8."


REMEDIES = {
    "missing": "send this field",
    "extra_forbidden": "leave this field out",
    "enum": "use one of the values named in the rule",
    "literal_error": "use one of the values named in the rule",
    "string_too_long": "shorten it",
    "string_too_short": "give it some text",
    "timezone_aware": "add the offset, for example +08:00",
}


async def on_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if manners.is_no_json(request, errors):
        return answer_to(WrongMediaType(), request.scope)
    if any(each["type"] == "json_invalid" for each in errors):
        return answer_to(BadJson(), request.scope)
    faults = [fault_of(each) for each in errors]
    return answer_to(Invalid(faults=faults), request.scope)


def fault_of(error: Mapping[str, Any]) -> FieldFault:
    """One of pydantic's errors, without what was sent."""
    where = [_plain(part) for part in error["loc"] if part not in ("body", "query", "path", "header")]
    remedy = REMEDIES.get(error["type"], "see this field in the API's description")
    return FieldFault(".".join(where) or "(body)", error["msg"], remedy)
