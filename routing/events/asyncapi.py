"""The feed in AsyncAPI 3: written from the event models, so that the document cannot say anything else."""

from typing import Any

import yaml
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from routing.events.schemas import DIGITS, LONGEST_STREAM, MOST_OF_A_PAGE, TYPE, CaseEventSeen, EventsPage

PULL, STREAM = "/routing/v1/events", "/routing/v1/events/stream"
CURSOR = {
    "type": "string",
    "pattern": f"^[0-9]{{1,{DIGITS}}}$",
    "description": "The `sequence` of the last event you have, or `next`; without it the oldest event that is kept.",
}
LIMIT = {"type": "integer", "minimum": 1, "maximum": MOST_OF_A_PAGE}
SECONDS = {"type": "integer", "minimum": 0, "maximum": LONGEST_STREAM}
BEARER = {"$ref": "#/components/securitySchemes/bearer"}


def document() -> str:
    """YAML of the whole document; needs nothing of an installation."""
    made = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "gridloop events",
            "version": "1",
            "description": "What moved in the loop, for other systems of the city: CloudEvents 1.0 without anything "
            "personal, at least once, in the order of one line. docs/events.md tells how to read them.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "city": {
                "host": "{host}",
                "protocol": "https",
                "description": "routing, as the city serves it; one machine alone speaks http.",
                "variables": {"host": {"default": "localhost:8311"}},
                "security": [BEARER],
            }
        },
        "channels": {
            "pull": _channel(PULL, "page", "Pages by a cursor."),
            "stream": _channel(STREAM, "caseMoved", "Server-sent events; `id` is the event's `sequence`."),
        },
        "operations": {
            "pullCaseEvents": _operation("pull", "page", "Pull what came after a cursor.", limit=LIMIT),
            "streamCaseEvents": _operation("stream", "caseMoved", "Hear what comes after a cursor.", seconds=SECONDS),
        },
        "components": {
            "messages": {
                "caseMoved": _message(CaseEventSeen, TYPE, "A case moved", "application/cloudevents+json"),
                "page": _message(EventsPage, "page", "A page of events", "application/json"),
            },
            "schemas": _schemas(),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A key or token of the role `subscriber` or `auditor`.",
                }
            },
        },
    }
    return yaml.safe_dump(made, allow_unicode=True, sort_keys=False, width=120)


def _channel(address: str, message: str, summary: str) -> dict[str, Any]:
    return {
        "address": address,
        "summary": summary,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
    }


def _operation(channel: str, message: str, summary: str, **query: dict[str, Any]) -> dict[str, Any]:
    """`send` is what this application does; whoever reads the feed receives."""
    asked = {"type": "object", "properties": {"after": dict(CURSOR), **query}}
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{message}"}],
        "bindings": {"http": {"method": "GET", "query": asked, "bindingVersion": "0.3.0"}},
    }


def _message(payload: type[BaseModel], name: str, title: str, content_type: str) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "summary": (payload.__doc__ or "").strip(),
        "contentType": content_type,
        "payload": {"$ref": f"#/components/schemas/{payload.__name__}"},
    }


def _schemas() -> dict[str, Any]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(EventsPage, "serialization")]
    _, whole = models_json_schema(wanted, ref_template="#/components/schemas/{model}")
    found: dict[str, Any] = whole["$defs"]
    return found
