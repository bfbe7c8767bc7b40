"""What an attacker tries: other people's ids, fields that are not theirs, guessed keys, bent addresses, scripts."""

import json
import re
from uuid import uuid4

import httpx
import pytest
from fortress import CITY, OTHER_STREET, STREET, Fortress, routes, rule

from services.identity import mint
from services.roles import Role
from services.spreadsheets import ACTIVE, as_csv

REPORT = {"channel": "hotline", "item_type": "complaint", "description": "永嘉路一弄的路灯夜里不亮。"}
PLANTED = "<script>alert(1)</script>\r\nlevel=error forged=1"
THEIRS = ("case_no", "state", "by_person", "id", "version", "lead_path", "outcome", "received_by", "active", "machine")
"""Fields that a service sets itself."""


async def posted(fortress: Fortress, **more: object) -> str:
    answer = await fortress.as_("hotline").post("/intake/v1/cases", json={**REPORT, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_no"])


async def test_another_ones_case_is_not_there_whatever_is_asked_of_it(fortress: Fortress) -> None:
    case_no = await posted(fortress)
    for role in (Role.CLERK, Role.OFFICER, Role.LEADER, Role.DISPATCHER, Role.SUPERVISOR, Role.HOTLINE):
        await fortress.somebody(f"strange {role}", role, OTHER_STREET)
        client = fortress.as_(f"strange {role}")
        for route in routes():
            if route.service == "intake" and "{case_no}" in route.path and role in route.roles:
                answers = [
                    await client.request(route.method, route.at(case_no=each)) for each in (case_no, "2025030100000426")
                ]
                assert answers[0].status_code in (404, 422), (route, answers[0].text)
                assert told(answers[0]) == told(answers[1]), route


def told(answer: httpx.Response) -> tuple[int, str, object]:
    """What an answer says, but for the reason why a number cannot be one."""
    page = answer.headers["content-type"].startswith("text/html")
    return answer.status_code, rule(answer), None if page else answer.json() | {"detail": ""}


@pytest.mark.parametrize("field", THEIRS)
async def test_nobody_sets_what_a_service_sets_itself(fortress: Fortress, field: str) -> None:
    for who, path, body in (
        ("hotline", "/intake/v1/cases", REPORT),
        ("administrator", "/routing/v1/people", {"name": "网格员", "grants": [{"role": "officer", "unit": STREET}]}),
    ):
        if field == "machine" and "people" in path:
            continue
        answer = await fortress.as_(who).post(path, json={**body, field: "1"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


async def test_an_administrator_grants_nothing_above_the_own_subtree(fortress: Fortress) -> None:
    for role in Role:
        for unit in (CITY, OTHER_STREET, "EVAL"):
            body = {"name": "网格员", "grants": [{"role": role.value, "unit": unit}]}
            answer = await fortress.as_("administrator").post("/routing/v1/people", json=body)
            assert answer.status_code in (403, 404), (role, unit, answer.text)
    for service in ("routing", "feedback"):
        found = await fortress.as_("administrator").post(
            f"/{service}/v1/keys", json={"person": str(fortress.people["caller"])}
        )
        assert found.status_code in (403, 404), found.text


async def test_a_guessed_bent_or_cut_key_opens_nothing(fortress: Fortress) -> None:
    key = fortress.keys["auditor"]
    half = key.split("_")[1]
    for bad in (
        key[:-1],
        key + "x",
        key.upper(),
        f"gl_{half}_",
        f"gl_{half}_{'A' * 32}",
        mint()[0],
        "a.b.c",
        "%",
        half,
    ):
        for service in fortress.apps:
            answer = await fortress.as_(None, authorization=f"Bearer {bad}").get(f"/{service}/v1/audit")
            assert answer.status_code == 401, (bad, answer.text)


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2fsettings.py", "/static/%2e%2e/%2e%2e/settings.py", "/docs-files/..%2f..%2fpyproject.toml",
        "/static//etc/passwd", "/s/..%2f..%2fetc%2fpasswd", "/v1/cases/..%2f..%2faudit", "/static/%00",
    ],
)  # fmt: skip
async def test_no_address_leads_out_of_its_folder(fortress: Fortress, path: str) -> None:
    for service in fortress.apps:
        answer = await fortress.as_(None).get(f"/{service}{path}")
        assert answer.status_code in (400, 401, 404), answer.text[:200]
        assert "root:" not in answer.text
        assert "BaseSettings" not in answer.text


async def test_a_planted_script_never_comes_back_as_a_page(fortress: Fortress) -> None:
    case_no = await posted(fortress, description=f"路灯不亮 {PLANTED}")
    answer = await fortress.as_("hotline").get(f"/intake/v1/cases/{case_no}")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for service in ("routing", "feedback"):
        page = await fortress.as_(None).get(f"/{service}/sign-in", params={"next": PLANTED, "lang": PLANTED})
        assert "<script>alert" not in page.text
        assert "unsafe-inline" not in page.headers["content-security-policy"]


async def test_nothing_that_is_sent_forges_a_line_of_the_log(
    fortress: Fortress, capsys: pytest.CaptureFixture[str]
) -> None:
    client = fortress.as_("hotline", **{"x-request-id": "forged", "user-agent": "forged=1"})
    await client.post("/intake/v1/cases", json={**REPORT, "description": PLANTED})
    await client.get("/intake/v1/cases/1%0d%0alevel=error%20forged=1")
    told = capsys.readouterr()
    assert "forged" not in told.out + told.err


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "＝1"])
def test_no_cell_of_an_export_is_a_formula(text: str) -> None:
    (cell,) = re.findall(r"(.*)", as_csv([[text]]).decode("utf-8-sig").strip('"\r\n'))[:1] or [""]
    assert not re.match(r"[=+\-@\t\r]", cell)
    assert ACTIVE.match(text) is None or cell.startswith("'")


async def test_messages_of_the_other_services_need_their_signature(fortress: Fortress) -> None:
    event = {"specversion": "1.0", "id": str(uuid4()), "source": "routing", "type": "access.changed", "data": {}}
    for service in fortress.apps:
        for headers in ({}, {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}):
            kind = {"content-type": "application/cloudevents-batch+json"}
            answer = await fortress.as_("administrator", **headers, **kind).post(
                f"/{service}/v1/messages", content=json.dumps([event])
            )
            assert answer.status_code in (401, 403), (service, answer.status_code, answer.text)


async def test_a_bent_cursor_or_filter_is_a_fault_and_no_failure(fortress: Fortress) -> None:
    await fortress.somebody("city auditor", Role.AUDITOR, CITY)
    for service in fortress.apps:
        for asked in (
            {"cursor": "eyJpZCI6IHRydWV9"},
            {"cursor": "e30"},
            {"person": "' or 1=1"},
            {"limit": "-1"},
            {"x": "1"},
        ):
            answer = await fortress.as_("city auditor").get(f"/{service}/v1/audit", params=asked)
            assert (answer.status_code, rule(answer)) == (422, "invalid"), (asked, answer.text)
