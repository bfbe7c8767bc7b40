"""Rows as Open311 writes them: XML without namespaces, or JSON by the Spark convention, both in UTF-8."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from fastapi import Response

from services.problems import NotFound

MEDIA = {"xml": "text/xml; charset=utf-8", "json": "application/json; charset=utf-8"}
ITEMS = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "notes": "note",
    "errors": "error",
}
"""What an element of each list is called in XML."""
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def known(form: str) -> str:
    """The format of a path's suffix. Raises NotFound: another one is another thing, and there is none."""
    if form not in MEDIA:
        raise NotFound("There are two formats: .xml and .json.")
    return form


def of_path(path: str) -> str:
    """The format of an error: that of the path's suffix, XML for any other."""
    return "json" if path.endswith(".json") else "xml"


def answer(form: str, root: str, told: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`told` is what stands inside the outer element `root`, a list of rows or one row."""
    body = written(root, told) if known(form) == "xml" else json.dumps(told, ensure_ascii=False)
    sent = {**(headers or {}), "Content-Type": MEDIA[form], "X-Content-Type-Options": "nosniff"}
    return Response(body.encode("utf-8", "replace"), status_code=status, headers=sent)


def written(root: str, told: Any) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_element(root, told)}\n'


def _element(name: str, told: Any) -> str:
    """An absent value is an empty element; a list wraps its items, a row its fields."""
    if told is None:
        return f"<{name}/>"
    if isinstance(told, Mapping):
        inner = "".join(_element(field, value) for field, value in told.items())
    elif isinstance(told, Sequence) and not isinstance(told, str):
        inner = "".join(_element(ITEMS[name], each) for each in told)
    else:
        inner = _text(told)
    return f"<{name}>{inner}</{name}>"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(NOT_XML.sub("", str(value)))
