"""What the API says of itself holds: its examples are bodies it takes, in the language of those who will send them."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from front_desk import House

from intake import faces, schemas

BODIES = (
    schemas.NewCase, schemas.Amendment, schemas.Withdrawal, schemas.Chase, schemas.Appeal, schemas.Split,
)  # fmt: skip


def examples(model: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = model.model_config["json_schema_extra"]["examples"]
    return found


@pytest.mark.parametrize("model", [*BODIES, faces.CaseStatus, faces.Case], ids=lambda model: model.__name__)
def test_every_example_is_valid_and_in_chinese(model: Any) -> None:
    for example in examples(model):
        model.model_validate(example)
        assert re.search("[\u4e00-\u9fff]", str(example))


async def test_the_examples_can_be_posted_as_they_are(house: House) -> None:
    client = house.as_("hotline")
    answer = await client.post("/v1/cases", json=examples(schemas.NewCase)[0])
    assert answer.status_code == 201
    path = f"/v1/cases/{answer.json()['case_no']}"
    for name, model in (("amendments", schemas.Amendment), ("chases", schemas.Chase), ("splits", schemas.Split)):
        assert (await client.post(f"{path}/{name}", json=examples(model)[0])).is_success


def test_the_contract_describes_every_route_with_its_problems(intake_app: FastAPI) -> None:
    paths = intake_app.openapi()["paths"]
    assert {path for path in paths if path.startswith("/v1/cases")} == {
        "/v1/cases", "/v1/cases/bulk",
        "/v1/cases/{case_no}", "/v1/cases/{case_no}/amendments", "/v1/cases/{case_no}/withdrawal",
        "/v1/cases/{case_no}/chases", "/v1/cases/{case_no}/appeals", "/v1/cases/{case_no}/splits",
        "/v1/cases/{case_no}/contacts", "/v1/cases/{case_no}/calls", "/v1/cases/{case_no}/disclosures",
        "/v1/cases/{case_no}/reveals", "/v1/cases/{case_no}/reveals/{reveal}", "/v1/cases/{case_no}/notices",
        "/v1/cases/{case_no}/exports",
        "/v1/cases/{case_no}/exports/{export}", "/v1/cases/{case_no}/corrections", "/v1/cases/{case_no}/erasure",
        "/v1/cases/{case_no}/holds",
        "/v1/cases/{case_no}/pictures",
        "/v1/cases/{case_no}/pictures/{number}",
    }  # fmt: skip
    for operations in paths.values():
        assert all("4XX" in operation["responses"] for operation in operations.values())


async def test_an_answer_has_the_fields_it_is_described_with(house: House) -> None:
    case_no = await house.post()
    assert (await house.case(case_no)).keys() == faces.Case.model_fields.keys()
