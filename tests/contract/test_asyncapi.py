"""The contract of the events for others is what the code writes, whole, and what the routes answer."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import yaml

import routing.commands
from routing.api.events import api
from routing.events.schemas import CaseEventSeen, CaseMoved
from services.access import ROLES
from services.roles import Role

ROOT = Path(__file__).parents[2]


def document() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(routing.commands.asyncapi())
    return found


def refs(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [ref for value in part.values() for ref in refs(value)]
    return [ref for each in part for ref in refs(each)] if isinstance(part, list) else []


def at(whole: dict[str, Any], ref: str) -> Any:
    found: Any = whole
    for name in ref.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_asyncapi_yaml_is_what_the_code_writes() -> None:
    told = (ROOT / "asyncapi.yaml").read_text(encoding="utf-8")
    assert told == routing.commands.asyncapi(), "run `gridloop asyncapi asyncapi.yaml`"


def test_the_document_is_asyncapi_3_and_every_reference_leads_somewhere() -> None:
    whole = document()
    assert whole["asyncapi"].startswith("3.")
    assert {"title", "version"} <= whole["info"].keys()
    assert all(at(whole, ref) for ref in refs(whole))
    for operation in whole["operations"].values():
        assert operation["action"] == "send"
        channel = operation["channel"]["$ref"]
        assert all(message["$ref"].startswith(f"{channel}/messages/") for message in operation["messages"])


def test_its_channels_are_the_routes_of_the_feed_and_its_roles_those_that_may_read() -> None:
    routes = {f"/routing{getattr(route, 'path', '')}" for route in api.routes}
    assert {channel["address"] for channel in document()["channels"].values()} == routes
    may = {ROLES["routing"]["GET", path.removeprefix("/routing")] for path in routes}
    assert may == {frozenset({Role.SUBSCRIBER, Role.AUDITOR})}


def test_an_event_as_it_is_served_fits_its_schema_and_one_with_a_name_of_a_person_does_not() -> None:
    (example,) = CaseMoved.model_json_schema()["examples"]
    event = CaseEventSeen(
        id="01956a2e-7c00-7000-8000-000000000001", subject=example["case_no"], time="2025-03-01T01:20:00Z",
        sequence=f"{7:019d}", data=example,
    ).model_dump(mode="json")  # fmt: skip
    whole = document()
    schema = {"$ref": "#/components/schemas/CaseEventSeen", "components": whole["components"]}
    fits = jsonschema_rs.validator_for(schema).is_valid
    assert fits(event)
    assert not fits({**event, "data": {**event["data"], "reporter": "somebody"}})
    assert not fits({**event, "sequence": "7"})
