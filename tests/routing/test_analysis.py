"""The figures are those that anybody counts again from the timeline; nobody sees another's; none is about a person."""

import csv
import io
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from statistics import quantiles
from typing import Any

import pytest
from grid_centre import AREA, CITY, COMMITTEE, DISTRICT, NEIGHBOURS, OTHER_STREET, POLICE, STREET, Centre, Desk

from services.clocks import now
from services.messages import Settled

SIBLING = "310101023009"
DONE = {"done": "已上门劝导", "public_answer": "已处理，谢谢反映。", "evidence": [{"kind": "photo", "shows": "现场"}]}
ROUTES = ("rising", "repeat-places", "slow-steps", "disputes-by-row", "share-in-area", "visits")
STOOD = {"last": (now() + timedelta(days=1)).date().isoformat()}


async def lines(centre: Centre, desk: Desk, name: str, **query: Any) -> list[dict[str, Any]]:
    answer = await centre.client(desk).get(f"/v1/analysis/{name}", params={**STOOD, **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["lines"]
    return found


async def history(centre: Centre, dice: random.Random, cases: int) -> None:
    """Cases that go some random way each: found on visits, settled, disputed and ruled, handled, sent back, left."""
    desks = {role: await centre.desk(role, CITY) for role in ("supervisor", "leader", "dispatcher")}
    for _ in range(cases):
        grid, settled = dice.choice((COMMITTEE, SIBLING)), None
        channel = dice.choice(("hotline", "visit"))
        if channel == "visit" and dice.random() < 0.5:
            settled = Settled(done="当场清理", at=now(), unit=grid, by="officer")
        case_no = await centre.report(grid=grid, channel=channel, settled=settled, reporter=False)
        officer = await centre.desk("officer", grid)
        for move in dice.choice(WAYS) if settled is None else ():
            body = {**BODIES.get(move, {})}
            if move == "dispatch":
                body["unit"] = grid
            if move == "rule":
                body["unit"] = dice.choice((grid, POLICE))
                officer = await centre.desk("officer", str(body["unit"]))
            who = desks.get(WHO.get(move, "")) or officer
            await centre.made(who, case_no, move, body)


WAYS = (
    (), ("accept",), ("accept", "report-done"), ("accept", "report-done", "send-back", "report-done", "approve"),
    ("dispute",), ("dispute", "rule"), ("dispute", "rule", "accept", "report-done", "approve"),
    ("redirect", "dispatch", "accept"),
)  # fmt: skip
WHO = {"send-back": "supervisor", "approve": "supervisor", "rule": "supervisor", "redirect": "dispatcher",
       "dispatch": "dispatcher"}  # fmt: skip
BODIES: dict[str, dict[str, Any]] = {
    "report-done": DONE, "send-back": {"finding": "未见效果"}, "approve": {"finding": "属实"},
    "dispute": {"reason": "不属于", "legal_basis": "清单", "proposed_unit": POLICE}, "rule": {"decision": "dispatch"},
    "redirect": {"reason": "需再核实"}, "dispatch": {"unit": AREA},
}  # fmt: skip


@pytest.fixture
async def told(centre: Centre) -> dict[str, list[dict[str, Any]]]:
    """Every case's timeline, after a random history."""
    await history(centre, random.Random(11), 14)
    cases = defaultdict(list)
    for row in await centre.rows("select * from timeline order by case_no, number"):
        cases[row["case_no"]].append(row)
    return dict(cases)


@pytest.fixture
async def heads(centre: Centre, told: Any) -> dict[str, dict[str, Any]]:
    return {row["case_no"]: row for row in await centre.rows("select * from orders")}


def spells(entries: list[dict[str, Any]], desk: str) -> Iterator[tuple[str, str | None, datetime, datetime | None]]:
    """State, unit, since, until: recounted entry by entry."""
    lead, at, standing = None, None, None
    for entry in entries:
        lead = entry["facts"].get("lead", lead)
        here = (entry["to_state"], desk if entry["to_state"].startswith("discover.") else lead)
        if here != standing:
            if standing and at:
                yield (*standing, at, entry["at"])
            standing, at = here, entry["at"]
    if standing and at:
        yield (*standing, at, None)


async def test_slow_steps_are_recounted_from_the_timeline(centre: Centre, told: Any, heads: Any) -> None:
    hours, still = defaultdict(list), Counter[tuple[str, str | None]]()
    for case_no, entries in told.items():
        for state, unit, since, until in spells(entries, heads[case_no]["desk_unit"]):
            if state in ("closed", "merged", "discover.registered"):
                continue
            if until is None:
                still[state, unit] += 1
            else:
                hours[state, unit].append((until - since).total_seconds() / 3600)
    found = {
        (line["state"], line["unit"]): line
        for line in await lines(centre, await centre.desk("auditor", CITY), "slow-steps")
    }
    assert set(found) == set(hours) | set(still)
    for key, line in found.items():
        assert (line["spells"], line["still"]) == (len(hours[key]), still[key])
        if len(hours[key]) > 1:
            assert line["median_hours"] == pytest.approx(quantiles(hours[key], n=2, method="inclusive")[0], abs=0.006)
            assert line["p90_hours"] == pytest.approx(quantiles(hours[key], n=10, method="inclusive")[8], abs=0.006)


async def test_disputes_by_row_are_recounted_from_the_timeline(centre: Centre, told: Any) -> None:
    given, tally = Counter[str | None](), defaultdict[str | None, Counter[str]](Counter)
    for entries in told.values():
        row, lead = None, None
        for at, entry in enumerate(entries):
            facts = entry["facts"]
            if entry["move"] in ("route", "dispatch", "redirect", "rule") and "step" not in facts:
                row = facts.get("row")
                given[row] += entry["move"] != "rule" and "lead" in facts
            if entry["move"] == "dispute":
                later = [each for each in entries[at + 1 :] if each["to_state"] != "handle.disputed"]
                ruled = later[0]["facts"] if later and later[0]["move"] == "rule" else None
                how = "open" if ruled is None else "kept" if ruled["unit"] == lead else "elsewhere"
                tally[row].update(["disputed", how])
            lead = facts.get("lead", lead)
    found = await lines(centre, await centre.desk("auditor", CITY), "disputes-by-row")
    assert {line["row"] for line in found} == set(tally)
    for line in found:
        counted = tally[line["row"]]
        assert {name: line[name] for name in ("disputed", "elsewhere", "kept", "open")} == {
            name: counted[name] for name in ("disputed", "elsewhere", "kept", "open")
        }
        assert line["given"] == given[line["row"]]


async def test_visits_and_the_areas_share_are_recounted(centre: Centre, told: Any, heads: Any) -> None:
    found_, settled, handled, inside = Counter[str](), Counter[str](), 0, 0
    paths = {row["code"]: row["path"] for row in await centre.rows("select code, path from units")}
    for case_no, entries in told.items():
        grid, moves, lead, done = heads[case_no]["grid"], {entry["move"] for entry in entries}, None, None
        if entries[0]["facts"]["channel"] == "visit":
            found_[grid] += 1
            settled[grid] += "settle_on_spot" in moves
        for entry in entries:
            lead = entry["facts"].get("lead", lead)
            if entry["move"] in ("report_done", "settle_on_spot"):
                done = lead if entry["move"] == "report_done" else entry["by_unit"]
        if done and f"/{AREA}/" in heads[case_no]["grid_path"]:
            handled += 1
            inside += f"/{AREA}/" in paths[done]
    auditor = await centre.desk("auditor", CITY)
    visits = {line["grid"]: (line["found"], line["settled"]) for line in await lines(centre, auditor, "visits")}
    assert visits == {grid: (found_[grid], settled[grid]) for grid in found_}
    (area,) = [line for line in await lines(centre, auditor, "share-in-area") if line["area"] == AREA]
    assert (area["handled"], area["inside"], area["share"]) == (handled, inside, round(inside / handled, 4))


async def test_repeat_places_are_recounted(centre: Centre, told: Any, heads: Any) -> None:
    cases = Counter((row["grid"], row["issue"]) for row in heads.values())
    found = await lines(centre, await centre.desk("auditor", CITY), "repeat-places", fewest=2)
    assert {(line["grid"], line["issue"]): line["cases"] for line in found} == {
        key: number for key, number in cases.items() if number >= 2
    }


async def test_what_rises_is_found_among_what_does_not(centre: Centre) -> None:
    monday = now() - timedelta(days=now().weekday() + 7)
    for back in range(1, 9):
        for grid in (COMMITTEE, SIBLING):
            await centre.report(grid=grid, received_at=monday - timedelta(weeks=back) + timedelta(days=2))
    for grid, number in ((COMMITTEE, 9), (SIBLING, 3)):
        for _ in range(number):
            await centre.report(grid=grid, received_at=monday + timedelta(days=2))
    auditor = await centre.desk("auditor", CITY)
    found = await lines(centre, auditor, "rising")
    assert [(line["grid"], line["issue"], line["count"]) for line in found] == [
        (COMMITTEE, NEIGHBOURS, 9),
        (SIBLING, NEIGHBOURS, 3),
    ]
    assert [line["rising"] for line in found] == [True, False]
    assert found[0]["past"] == "1 1 1 1 1 1 1 1"
    assert found[0]["chance"] <= found[0]["adjusted"] < 0.001
    by_street = await lines(centre, auditor, "rising", level="street")
    assert [(line["grid"], line["count"]) for line in by_street] == [(STREET, 12)]


async def test_each_counts_in_the_own_subtree_alone(centre: Centre, told: Any) -> None:
    ours, others = await centre.desk("leader", STREET), await centre.desk("leader", OTHER_STREET)
    for name in ("slow-steps", "visits", "repeat-places"):
        query = {"fewest": 2} if name == "repeat-places" else {}
        assert await lines(centre, ours, name, **query)
        assert await lines(centre, others, name, **query) == []


async def test_no_figure_names_a_person_and_officers_have_none(centre: Centre, told: Any) -> None:
    auditor, officer = await centre.desk("auditor", CITY), await centre.desk("officer", COMMITTEE)
    people = {str(row["id"]) for row in await centre.rows("select id from people")}
    for name in ROUTES:
        shown = str(await lines(centre, auditor, name))
        assert not any(person in shown for person in people)
        assert (await centre.client(officer).get(f"/v1/analysis/{name}")).status_code == 403


async def test_figures_come_as_files_and_that_is_written_down(centre: Centre, told: Any) -> None:
    supervisor = await centre.desk("supervisor", DISTRICT)
    for name in ROUTES:
        for form, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
            query = {**STOOD, "format": form}
            answer = await centre.client(supervisor).get(f"/v1/analysis/{name}", params=query)
            assert answer.status_code == 200, answer.text
            assert answer.content.startswith(start)
    answer = await centre.client(supervisor).get("/v1/analysis/visits", params={**STOOD, "format": "csv"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["found"] for row in rows] == [str(line["found"]) for line in await lines(centre, supervisor, "visits")]
    written = await centre.rows("select subject from audit where action = 'analysis.exported'")
    assert len(written) == 2 * len(ROUTES) + 1


@pytest.mark.parametrize("days", [-1, 500])
async def test_a_period_that_cannot_be_is_refused(centre: Centre, days: int) -> None:
    query = {"last": date(2025, 6, 30).isoformat(), "first": (date(2025, 6, 30) - timedelta(days=days)).isoformat()}
    answer = await centre.client(await centre.desk("auditor", CITY)).get("/v1/analysis/visits", params=query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "first")
