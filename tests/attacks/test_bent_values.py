"""Values that no form would send, in every path, query, cursor and body: a fault of who sent them, never of ours.

Some of them here; `make campaign` sends all of them (`GRIDLOOP_MATRIX=full`).
"""

import base64
import json
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from fortress import Fortress, Route, routes

FULL = os.environ.get("GRIDLOOP_MATRIX") == "full"
BENT = ("%00", "%ED%A0%80", "%F0%9F%92%A9" * 300, "-0", "9" * 40, "9223372036854775808", "..%2f..", "%0d%0aX-A:b")
CURSORS: tuple[Any, ...] = (
    None, True, -1, 2**63, 2**200, 1.5, "", "x", "\0", "\ud800", [], {}, "0001-01-01T00:00:00+23:00",
    "2026-01-01T00:00:00", "9999-12-31T23:59:59-12:00",
)  # fmt: skip
KEYS = (
    "at",
    "case",
    "id",
    "key",
    "number",
    "after",
    "due",
    "name",
    "code",
    "day",
    "version",
    "entry",
    "row",
    "skip",
    "change",
    "position",
)


def some(sent: list[Any]) -> list[Any]:
    """All of it, or the first, which is most often at fault, and every nineteenth."""
    return sent if FULL else [*sent[:1], *sent[1::19]]


def bent_paths(route: Route) -> Iterator[str]:
    """Each part of the path that names something, bent in each way, the others as they should be."""
    names = [part[1:-1] for part in route.path.split("/") if part.startswith("{")]
    for name in names:
        for value in BENT:
            yield route.at(**{name: value})


def bent_queries(fortress: Fortress, route: Route) -> Iterator[str]:
    told = fortress.apps[route.service].openapi()["paths"].get(route.path, {}).get(route.method.lower(), {})
    for each in told.get("parameters", ()):
        if each["in"] == "query" and each["name"] != "seconds":
            for value in BENT:
                yield f"{route.at()}{'&' if '?' in route.at() else '?'}{quote(each['name'])}={value}"
        if each["name"] == "cursor":
            for value in CURSORS:
                forged = base64.urlsafe_b64encode(json.dumps(dict.fromkeys(KEYS, value)).encode()).decode().rstrip("=")
                yield f"{route.at()}?cursor={forged[:399]}"


@pytest.mark.parametrize("service", ["intake", "routing", "feedback"])
async def test_nothing_in_an_address_breaks_a_service(fortress: Fortress, service: str) -> None:
    broken = []
    for route in routes():
        if route.service != service:
            continue
        client = fortress.as_(sorted(route.roles)[0])
        for address in some([*bent_paths(route), *bent_queries(fortress, route)]):
            answer = await client.request(route.method, address)
            if answer.status_code >= 500 and "problem:no" not in answer.text:
                broken.append((route.method, address[:150], answer.status_code, answer.text[:150]))
    assert not broken, "\n".join(map(str, broken))


def filled(schema: dict[str, Any], parts: dict[str, Any], deep: int = 0) -> Any:
    """A body as the contract shows it: its example, or the least of each kind."""
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]]
    for told in ("examples", "example", "const", "enum", "default"):
        if schema.get(told) is not None:
            found = schema[told]
            return found[0] if told in ("examples", "enum") and isinstance(found, list) and found else found
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return filled(schema[choice][0], parts, deep + 1)
    match schema.get("type"):
        case "object":
            told = schema.get("properties", {}) if deep < 6 else {}
            return {name: filled(each, parts, deep + 1) for name, each in told.items()}
        case "array":
            return [filled(schema.get("items", {}), parts, deep + 1)] if deep < 6 else []
        case "string":
            return str(uuid4()) if schema.get("format") == "uuid" else "永嘉路"
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
    return None


WORDS = ("\0", "\ud800", "\u202e", "x" * 3000, "=1+1", "<script>", "9" * 400)
NUMBERS = (float("nan"), float("inf"), 10**400, -1, 2**63, 1e308, True)


def bent(body: Any) -> Iterator[Any]:
    """The body with one value in it bent, each in turn."""
    if isinstance(body, dict):
        for name in body:
            yield from ({**body, name: each} for each in bent(body[name]))
    elif isinstance(body, list) and body:
        yield from ([each, *body[1:]] for each in bent(body[0]))
    elif isinstance(body, str):
        yield from WORDS
    elif isinstance(body, int | float):
        yield from NUMBERS
    else:
        yield from ({}, "\0")


@pytest.mark.parametrize("service", ["intake", "routing", "feedback"])
async def test_nothing_in_a_body_breaks_a_service(fortress: Fortress, service: str) -> None:
    contract = fortress.apps[service].openapi()
    broken = []
    for route in (each for each in routes() if each.service == service):
        told = contract["paths"].get(route.path, {}).get(route.method.lower(), {})
        kinds = told.get("requestBody", {}).get("content", {})
        if "application/json" not in kinds:
            continue
        whole = filled(kinds["application/json"]["schema"], contract["components"]["schemas"])
        for role in sorted(route.roles)[: None if FULL else 1]:
            client = fortress.as_(role)
            for body in some([whole, *bent(whole)]):
                sent = json.dumps(body).encode()
                answer = await client.request(
                    route.method,
                    route.at(),
                    content=sent,
                    headers={"content-type": "application/json", "if-match": '"1"'},
                )
                if answer.status_code >= 500 and "problem:no" not in answer.text:
                    broken.append((route.method, route.path, role, sent[:3000][:200], answer.text[:50]))
    assert not broken, "\n".join(map(str, broken))


async def test_without_a_published_list_a_draft_has_nothing_to_begin_with_and_says_so(fortress: Fortress) -> None:
    answer = await fortress.as_("editor").post("/routing/v1/lists", json={"issues_csv": ""})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:gridloop:problem:no-catalogue")
