"""The contract of all three services in one document: what `openapi.yaml` says is what the code serves."""

import base64
import os
import re
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from fastapi import FastAPI

from services.application import KEY_SCHEMES
from services.settings import ServiceName, Settings

PLACE = "postgresql+psycopg://nobody@127.0.0.1/none"


def contract(apps: Mapping[ServiceName, Callable[[Settings], FastAPI]]) -> str:
    """YAML of the merged OpenAPI documents; needs no database and no secrets of an installation."""
    settings = _described()
    merged: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "gridloop",
            "version": "1",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
            "description": "发现—处置—监督—反馈 · Three services, one port: each path names its service.",
        },
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": KEY_SCHEMES},
    }
    for name, make in apps.items():
        _merge(merged, name, make(settings).openapi())
    return yaml.safe_dump(merged, allow_unicode=True, sort_keys=False, width=120)


def _merge(merged: dict[str, Any], service: str, part: dict[str, Any]) -> None:
    """Prefix paths and tags, and give each service's components names of their own."""
    prefix = service.capitalize()
    renamed = _rename(part, prefix)
    for path, operations in renamed["paths"].items():
        for operation in operations.values():
            operation["tags"] = [service]
        merged["paths"][f"/{service}{path}"] = operations
    for name, schema in renamed.get("components", {}).get("schemas", {}).items():
        merged["components"]["schemas"][f"{prefix}{name}"] = schema


def _rename(part: Any, prefix: str) -> Any:
    if isinstance(part, dict):
        return {
            key: re.sub(r"^#/components/schemas/", f"#/components/schemas/{prefix}", value)
            if key == "$ref"
            else _rename(value, prefix)
            for key, value in part.items()
        }
    return [_rename(each, prefix) for each in part] if isinstance(part, list) else part


def _described() -> Settings:
    """Settings good enough to describe the routes; nothing is opened with them."""
    filler = "-".join(("for", "describing", "the", "routes", "alone"))
    return Settings(
        intake_database_url=PLACE,
        routing_database_url=PLACE,
        feedback_database_url=PLACE,
        answer_key=filler,
        survey_secret=filler,
        link_intake_routing=filler,
        link_routing_feedback=filler,
        link_intake_feedback=filler,
        master_keys=f"m1:{base64.b64encode(os.urandom(32)).decode()}",
    )
