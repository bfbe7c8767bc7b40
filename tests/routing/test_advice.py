"""Advice for intake's forms: signed, by intake alone, with outlines for its map."""

import json
from typing import Any

import httpx
from grid_centre import COMMITTEE, STREET, Centre

from services.settings import ServiceName
from services.signing import sign_link


async def ask(centre: Centre, source: ServiceName = "intake", **wanted: Any) -> httpx.Response:
    body = json.dumps(wanted).encode()
    settings = centre.app.state.settings
    signed = sign_link(settings, source, "routing", "POST", "/v1/advice", body)
    headers = {**signed, "content-type": "application/json"}
    return await centre.client(None).post("/v1/advice", content=body, headers=headers)


async def test_advice_names_the_matter_its_unit_and_the_reason(centre: Centre) -> None:
    form = {
        "description": "楼道里堆满了电动车，有人飞线充电，怕着火。",
        "grid_code": COMMITTEE,
        "issue_code": "no-such",
    }
    answer = await ask(centre, form=form, grid="rj", under=STREET)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["match"]["grid"]["code"] == COMMITTEE
    assert told["match"]["issue_candidates"]
    assert told["match"]["explanation"]["sentence"]
    assert any("瑞金" in each["name"] for each in told["grids"])
    assert COMMITTEE in {each["code"] for each in told["outlines"]}
    assert all(len(each["ring"]) >= 4 for each in told["outlines"])


async def test_a_committee_sees_its_own_micro_grids(centre: Centre) -> None:
    told = (await ask(centre, under=COMMITTEE)).json()
    assert told["match"] is None
    assert told["outlines"]
    assert all(each["code"].startswith(COMMITTEE) and len(each["code"]) > 12 for each in told["outlines"])


async def test_nobody_else_gets_advice(centre: Centre) -> None:
    assert (await ask(centre, source="feedback", under=STREET)).status_code == 403
    assert (await centre.client(None).post("/v1/advice", json={})).status_code == 401
    assert (await ask(centre, under="no-such-grid")).json()["outlines"] == []
