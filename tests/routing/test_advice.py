"""Advice for intake's forms: signed, by intake alone, with outlines for its map."""

import json
from typing import Any

import httpx
from grid_centre import CITY, COMMITTEE, STREET, Centre

from services.messages import Place
from services.settings import ServiceName
from services.signing import sign_link


async def ask(
    centre: Centre, source: ServiceName = "intake", path: str = "/v1/advice", **wanted: Any
) -> httpx.Response:
    body = json.dumps(wanted).encode()
    settings = centre.app.state.settings
    signed = sign_link(settings, source, "routing", "POST", path, body)
    headers = {**signed, "content-type": "application/json"}
    return await centre.client(None).post(path, content=body, headers=headers)


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


BINS = {"text": "永嘉路35弄口垃圾桶满溢没人清运，有苍蝇。", "address": "瑞金二路街道永嘉路35弄"}
TOLD = {"issue": "05-02", "place": Place(address=BINS["address"])}


async def repeats(centre: Centre, desk: str, **more: Any) -> httpx.Response:
    return await ask(centre, path="/v1/advice/repeats", heard=BINS, desk=desk, **more)


async def test_the_walk_in_desk_is_told_of_its_own_places_open_case_with_reasons(centre: Centre) -> None:
    first = await centre.report(text="市民反映永嘉路35弄门口垃圾桶满溢，三天没人清运。", **TOLD)
    path = f"/{CITY}/310101/{STREET}/"
    answer = await repeats(centre, path)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    assert item["case_no"] == first
    assert "门牌相同（永嘉路35）" in item["agree"]
    assert "text" not in item
    assert (await repeats(centre, "/31/310104/")).json() == {"items": []}
    assert (await repeats(centre, path, source="feedback")).status_code == 403


async def test_a_confidential_case_is_not_named_while_a_clerk_writes(centre: Centre) -> None:
    await centre.report(text="市民反映永嘉路35弄门口垃圾桶满溢，三天没人清运。", confidential=True, **TOLD)
    assert (await repeats(centre, "/")).json() == {"items": []}
