"""Findings come from the real rows, wait for a reviewer, and change nothing by themselves; networks are forgotten."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from call_centre import AREA, CASE, PATHS, STREET, Centre, event
from random_history import some_answer, some_case
from sqlalchemy import insert

from feedback import networks
from feedback.anomalies.reading import read
from feedback.anomalies.reviewing import last_month, look
from feedback.models import Answer, CaseCopy, Dossier, Survey
from feedback.recomputing import recompute
from feedback.rules import RuleChanged, UnknownRule, current, known
from services.clocks import now, stopped
from services.ids import new_id
from services.presets import available, load

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
REVIEW = {"decision": "explained", "reason": "抽查录音 10 件，均属实"}


async def a_month(centre: Centre, *, odd: str = "odd") -> None:
    """21 units of 30 ratings, three of four satisfied; in one unit everybody is."""
    draw = random.Random(7)
    rows: dict[Any, list[dict[str, Any]]] = {Dossier: [], CaseCopy: [], Survey: [], Answer: []}
    for number in range(21 * 30):
        unit = f"u{number % 21}" if number % 21 else odd
        good = unit == odd or number % 4 != 0
        case = some_case(draw, number) | {"lead_code": unit, "issue": "0504"}
        at = START + timedelta(minutes=61 * number)
        survey = {
            "id": new_id(), "case_no": case["case_no"], "round": 1, "kind": "handled", "item_type": "complaint",
            "lead_code": unit, "lead_path": PATHS[STREET], "public_answer": "-", "handled_at": at, "sequence": 1,
            "state": "answered", "issued_at": at, "due_at": at, "link_expires_at": at, "ended_at": at, "attempts": 0,
            "version": 1,
        }  # fmt: skip
        answer = some_answer(draw, survey, late=False) | {"recorded_at": at, "via": "callback"}
        answer["satisfied"] = "satisfied" if good else "dissatisfied"
        rows[Dossier].append({"case_no": case["case_no"], "told": 0, "entries": 0, "chain": None, "ended_by": 0})
        rows[CaseCopy].append(case)
        rows[Survey].append(survey)
        rows[Answer].append(answer)
    async with centre.database.unit() as session:
        for table, made in rows.items():
            await session.execute(insert(table), made)


async def found(centre: Centre) -> int:
    async with centre.database.unit() as session:
        return await look(session, START, END)


async def test_a_finding_is_kept_once_and_shown_with_statistic_and_cases(centre: Centre) -> None:
    await a_month(centre)
    assert await found(centre) >= 1
    assert await found(centre) == 0
    items = (await centre.as_("evaluator").get("/v1/anomalies", params={"subject": "odd"})).json()["items"]
    told = {item["test"]: item for item in items}["all_satisfied"]
    assert (told["method"], told["statistic"]["ratings"], len(told["cases"])) == ("2026.1", 30, 30)
    assert told["decision"] is None
    assert {item["subject"] for item in items} == {"odd"}
    one = await centre.as_("auditor").get(f"/v1/anomalies/{told['id']}")
    assert one.json() == told


async def test_a_reviewer_decides_once_and_nothing_else_changes(centre: Centre) -> None:
    await a_month(centre)
    await found(centre)
    before = await centre.rows("select * from answers order by id")
    finding = (await centre.as_("evaluator").get("/v1/anomalies")).json()["items"][0]["id"]
    path = f"/v1/anomalies/{finding}/review"
    assert (await centre.as_("evaluator").post(path, json={**REVIEW, "decision": "punish"})).status_code == 422
    reviewed = await centre.as_("evaluator").post(path, json=REVIEW)
    assert (reviewed.json()["decision"], reviewed.json()["reason"]) == ("explained", REVIEW["reason"])
    assert (await centre.as_("evaluator").post(path, json=REVIEW)).status_code == 409
    waiting = (await centre.as_("evaluator").get("/v1/anomalies", params={"reviewed": "false"})).json()["items"]
    assert finding not in [item["id"] for item in waiting]
    assert await centre.rows("select * from answers order by id") == before
    assert await centre.told("verdict.given") == []


@pytest.mark.parametrize("person", ["caller", "supervisor", "leader", "officer", "city administrator"])
async def test_those_who_are_judged_do_not_read_findings(centre: Centre, person: str) -> None:
    assert (await centre.as_(person).get("/v1/anomalies")).status_code == 403


async def test_the_history_holds_link_time_and_network_of_a_page_answer(centre: Centre) -> None:
    await centre.handled()
    await centre.moved(grid={"code": AREA, "name": "-", "path": PATHS[AREA]})
    await centre.as_().post(await centre.link(), data={"solved": "solved", "satisfied": "satisfied"})
    async with centre.database.unit() as session:
        (rated,) = (await read(session, now() - timedelta(days=1), now() + timedelta(days=1))).ratings
    assert (rated.case_no, rated.unit, rated.issue, rated.satisfied) == (CASE, STREET, "0504", True)
    assert rated.linked_at
    assert rated.linked_at < rated.at
    assert rated.network
    assert len(rated.network) == 64


async def test_a_network_is_a_digest_and_erased_after_thirty_days(centre: Centre) -> None:
    await centre.handled()
    await centre.as_().post(await centre.link(), data={"solved": "solved", "satisfied": "satisfied"})
    (kept,) = await centre.rows("select * from networks")
    assert b"127.0.0.1" not in bytes(kept["digest"])
    for days, left in ((29, 1), (31, 0)):
        with stopped(now() + timedelta(days=days)):
            async with centre.database.unit() as session:
                await networks.forget_old(session)
        assert len(await centre.rows("select 1 from networks")) == left
    assert len(await centre.rows("select 1 from answers")) == 1


def test_the_month_before_is_the_citys() -> None:
    zone = load("shanghai").zone
    start, end = last_month(datetime(2026, 2, 28, 17, tzinfo=UTC), zone)
    assert (start.isoformat(), end.isoformat()) == ("2026-02-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00")


async def test_old_verdicts_come_out_again_under_the_rule_they_name(centre: Centre) -> None:
    cases = [f"20250301{n:08d}" for n in range(3)]
    for case_no in cases:
        await centre.handled(case_no)
    await centre.results(event(cases[0], solved="部分解决"), event(cases[1]))
    (last,) = await centre.rows("select id from surveys where state = 'open'")
    await centre.rows("update surveys set due_at = now() - interval '1 hour' where state = 'open'")
    await centre.expire(last["id"])
    async with centre.database.unit() as session:
        assert await recompute(session) == (3, [], None)
    await centre.rows("update surveys set state = 'open' where id = :id", id=last["id"])
    async with centre.database.unit() as session:
        _, (differing,), _ = await recompute(session)
    assert (differing.case_no, differing.was, differing.now) == (cases[2], "unreachable", None)


@pytest.mark.parametrize("name", available())
def test_every_preset_says_what_the_version_of_its_rule_says(name: str) -> None:
    agreed = load(name).feedback
    assert current(agreed).version == f"2026.1/{agreed.rule}"
    with pytest.raises(RuleChanged):
        current(agreed.model_copy(update={"attempts": agreed.attempts + 1}))
    with pytest.raises(UnknownRule):
        known("2026.1/nowhere")
