"""The demo's reports: their mix, that codes exist in the starter city and lists, and that each script ends its case."""

import json
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from shapely import Point

import services.demo
from routing.city import City, Grid, UnknownCode, starter
from routing.geodesy import to_wgs84
from routing.lists import Lists, may_lead, starter_lists
from services.messages import Location

Report = dict[str, Any]

FILE = Path(services.demo.__file__).with_name("reports.jsonl")
REPORTS: list[Report] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
FIELDS = {
    *("n", "channel", "item_type", "description", "address", "grid_code", "district_code", "location", "issue_code"),
    *("reporter", "settled", "expect", "play"),
}
SYNTHETIC_PHONE = re.compile(r"13[89]000\d{5}")
ANY_MOBILE = re.compile(r"1[3-9]\d{9}")
STREET = "310101023"
ROUNDS, ATTEMPTS = 3, 3


def everyone(check: Callable[[Report], None]) -> Callable[[], None]:
    """One test over all reports; a failure names the report."""

    def test() -> None:
        for report in REPORTS:
            try:
                check(report)
            except Exception as error:
                error.add_note(f"report {report['n']}: {report['description'][:40]}")
                raise

    return test


@cache
def city() -> City:
    return starter()


@cache
def lists() -> Lists:
    return starter_lists()


def units_named(play: Report) -> list[str]:
    """The units a person gives the case to: in triage, and by ruling."""
    return [unit for unit in (play.get("unit"), play.get("ruling", {}).get("unit")) if unit]


def known_unit(code: str) -> bool:
    try:
        city().unit(code)
    except UnknownCode:
        return False
    return True


def turned_away(play: Report) -> bool:
    return "decline" in play or play.get("ruling", {}).get("decision") == "not_accepted"


def is_surveyed(report: Report) -> bool:
    """As the lifecycle has it: somebody can be asked, and the matter was handled."""
    asked = report["item_type"] in ("complaint", "request", "inquiry") and "reporter" in report
    return asked and "settled" not in report and not turned_away(report["play"])


def rounds_told(calls: list[Report]) -> list[list[Report]]:
    """The calls by round: an answer ends one, and so does the last attempt allowed."""
    rounds: list[list[Report]] = [[]]
    for call in calls:
        rounds[-1].append(call)
        if call["contacted"] or len(rounds[-1]) == ATTEMPTS:
            rounds.append([])
    return [each for each in rounds if each]


def test_at_least_200_reports_come_over_three_channels() -> None:
    channels = Counter(report["channel"] for report in REPORTS)
    assert len(REPORTS) >= 200
    assert channels["hotline"] >= 130
    assert channels["walk_in"] >= 45
    assert channels["visit"] >= 30
    assert [report["n"] for report in REPORTS] == list(range(1, len(REPORTS) + 1))


def test_every_kind_of_report_and_ending_occurs() -> None:
    types = Counter(report["item_type"] for report in REPORTS)
    least = {"complaint": 100, "request": 40, "inquiry": 20, "suggestion": 10, "praise": 8}
    assert {kind for kind, number in least.items() if types[kind] < number} == set()
    assert sum("settled" in report for report in REPORTS) >= 20
    assert sum("reporter" not in report for report in REPORTS) >= 18
    plays = [report["play"] for report in REPORTS]
    assert sum("dispute" in play for play in plays) >= 12
    assert sum("send_back" in play for play in plays) >= 14
    assert sum("decline" in play for play in plays) >= 4
    assert len({report["expect"]["issue"][:2] for report in REPORTS}) >= 20
    assert sum(len(report["description"]) >= 300 for report in REPORTS) >= 25


def test_no_description_occurs_twice() -> None:
    assert len({report["description"] for report in REPORTS}) == len(REPORTS)


@everyone
def test_codes_exist_in_the_city_and_the_lists(report: Report) -> None:
    assert set(report) <= FIELDS
    expected = report["expect"]
    for issue in filter(None, (report.get("issue_code"), expected["issue"])):
        assert lists().issues.find(issue).code == issue
    for grid in filter(None, (report.get("grid_code"), expected.get("grid"), report.get("district_code"))):
        assert city().grid(grid).code == grid
    proposed = report["play"].get("dispute", {}).get("proposed_unit")
    for unit in filter(None, (*units_named(report["play"]), proposed)):
        assert known_unit(unit), unit


@everyone
def test_a_person_never_gives_a_reserved_matter_to_the_grass_roots(report: Report) -> None:
    issue = lists().issues.find(report["expect"]["issue"])
    for unit in units_named(report["play"]):
        assert may_lead(issue, None, city().unit(unit).grassroots) is None


@everyone
def test_what_is_not_settled_on_the_spot_is_told_to_its_end(report: Report) -> None:
    play = report["play"]
    if "settled" in report:
        assert report["channel"] in ("walk_in", "visit") or report["item_type"] == "inquiry"
        assert report["settled"]["done"]
        assert play == {}
        return
    assert play["unit"]
    if "dispute" in play:
        assert play["ruling"]["decision"] in ("dispatch", "not_accepted")
        assert play["ruling"]["decision"] == "not_accepted" or play["ruling"]["unit"]
    if turned_away(play):
        assert (play.get("decline") or play["ruling"])["legal_route"]
        return
    assert all(play[text] for text in ("done", "answer", "evidence"))
    assert "send_back" not in play or play["done_again"]
    assert "reporter" not in report or play["contact"]["result"]


@everyone
def test_the_calls_end_every_survey_and_only_surveys(report: Report) -> None:
    calls = report["play"].get("calls", [])
    if not is_surveyed(report):
        assert calls == []
        return
    told = rounds_told(calls)
    *again, last = told
    assert all(each[-1]["solved"] in ("未解决", "部分解决") for each in again)
    missed = not last[-1]["contacted"] and len(last) == ATTEMPTS
    assert missed or last[-1]["solved"] == "解决" or len(told) == ROUNDS
    assert not again or report["play"]["done_again"]


@everyone
def test_points_lie_in_the_grid_they_are_meant_for(report: Report) -> None:
    if "location" not in report:
        return
    lon, lat = to_wgs84(Location(**report["location"]))
    grid: Grid = city().grid(report["expect"]["grid"])
    assert grid.geometry
    assert grid.geometry.contains(Point(lon, lat))


@everyone
def test_places_elsewhere_are_named_in_the_words(report: Report) -> None:
    grid = report["expect"].get("grid", STREET)
    if not grid.startswith(STREET):
        assert city().grid(grid).name in report["description"]
    if report["expect"].get("triage"):
        assert "grid" not in report["expect"]


@everyone
def test_telephone_numbers_are_synthetic(report: Report) -> None:
    words = json.dumps(report, ensure_ascii=False)
    assert all(SYNTHETIC_PHONE.fullmatch(number) for number in ANY_MOBILE.findall(words))
    assert SYNTHETIC_PHONE.fullmatch(report.get("reporter", {}).get("phone", "13800000000"))
