"""Examples for the API's description, in the words of the field; all invented."""

from typing import Any

from feedback.schemas import Event

_EVENT: dict[str, Any] = {
    "type": "survey.answered",
    "timestamp": "2025-03-06T10:05:00+08:00",
    "data": {
        "case_no": "2025030100000425",
        "round": 1,
        "kind": "handled",
        "contacted": True,
        "solved": "解决",
        "satisfied": "基本满意",
        "reasons": ["处理速度"],
        "words": "楼道已经清理干净，希望今后定期检查。",
        "called_at": "2025-03-06T10:02:00+08:00",
    },
}
_MISSED: dict[str, Any] = {
    "type": "survey.answered",
    "timestamp": "2025-03-06T10:06:00+08:00",
    "data": {"case_no": "2025030100000433", "round": 1, "contacted": False, "result": "no_answer"},
}


def _schema() -> dict[str, Any]:
    """The event's schema in one piece: a body that is read raw has no components of its own."""
    schema = Event.model_json_schema(mode="validation")
    definitions = schema.pop("$defs")
    return {name: _inlined(part, definitions) for name, part in schema.items()}


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, dict):
        if "$ref" in part:
            return _inlined(definitions[part["$ref"].rpartition("/")[2]], definitions)
        return {name: _inlined(each, definitions) for name, each in part.items()}
    return [_inlined(each, definitions) for each in part] if isinstance(part, list) else part


def _signature(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}


CALLBACK: dict[str, Any] = {
    "parameters": [
        _signature("webhook-id", "The provider's own id of this callback; the same for a repeat."),
        _signature("webhook-timestamp", "Seconds since 1970; at most five minutes from now."),
        _signature("webhook-signature", "`v1,` and the base64 HMAC-SHA-256 of id, timestamp and body."),
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"oneOf": [_schema(), {"type": "array", "maxItems": 500, "items": _schema()}]},
                "examples": {
                    "一次回访": {"value": _EVENT},
                    "一批回访": {"summary": "一条已答复，一条未接通", "value": [_EVENT, _MISSED]},
                },
            }
        },
    },
}
