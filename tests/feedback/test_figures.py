"""The rates through the API: a history counted by hand, choices and periods."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from call_centre import AREA, CITY, STREET, Centre, event, missed, place
from random_history import AT, hours

from feedback.fates import RATES
from services.clocks import stopped

IN_MARCH = {"from": "2025-03-01", "to": "2025-04-01"}


async def shown(centre: Centre, **params: str) -> dict[str, Any]:
    with stopped(AT):
        answer = await centre.as_("supervisor").get("/v1/figures", params={**IN_MARCH, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def parts(figure: dict[str, Any]) -> tuple[float | None, float, int, dict[str, int]]:
    return figure["value"], figure["numerator"], figure["denominator"], figure["excluded"]


async def history(centre: Centre) -> None:
    """Nine cases of March and one of April; each line says what it is to the four rates."""
    early, due, late = hours(-20), hours(-10), hours(-5)
    told: list[tuple[str, dict[str, Any]]] = [
        # contacted and handled in time; solved, mostly satisfied
        ("01", {"contacted_at": early, "handled_at": early, "state": "closed", "outcome": "resolved"}),
        # contacted late, handled in time; solved in the second round, satisfied
        ("02", {"contacted_at": late, "handled_at": due, "state": "closed", "outcome": "resolved", "round": 2}),
        # never contacted, handled late; partly solved, unrated, and afterwards withdrawn
        ("03", {"handled_at": late, "state": "closed", "outcome": "withdrawn", "round": 2}),
        # handled in time, no limit for the contact; nobody reached
        ("04", {"contact_due": None, "handled_at": early, "state": "closed", "outcome": "unreachable"}),
        # still worked on, nothing due yet
        ("05", {"contact_due": hours(1), "case_due": hours(1), "state": "handle.working"}),
        # still worked on, contacted before the limit that lies ahead, overdue
        ("06", {"contact_due": hours(1), "contacted_at": early, "state": "handle.working"}),
        # withdrawn before anything
        ("07", {"state": "closed", "outcome": "withdrawn"}),
        # merged into the first one, and asked on its own: the answer is out
        ("08", {"state": "merged", "merged_into": "01"}),
        # handled in another grid by another unit, told over the counter; nobody to ask
        ("09", {"handled_at": early, "contacted_at": early, "state": "closed", "outcome": "not_surveyed",
                "channel": "walk_in", "grid": place(CITY), "lead": place(CITY)}),
        ("10", {"received_at": datetime(2025, 3, 31, 16, 0, tzinfo=UTC), "state": "handle.working"}),
    ]  # fmt: skip
    for case_no, facts in told:
        plain = {"received_at": hours(-30), "contact_due": due, "case_due": due}
        await centre.moved(case_no, sequence=9, **{**plain, **facts})
    for case_no, round_ in (("01", 1), ("02", 1), ("02", 2), ("03", 1), ("04", 1), ("08", 1)):
        await centre.handled(case_no, sequence=8 if case_no != "03" else 99, round=round_)
    await centre.results(
        event("01", satisfied="基本满意"),
        event("02", solved="未解决", satisfied="不满意"),
        event("02", round=2, satisfied="满意"),
        event("03", solved="部分解决", satisfied="未评价"),
        *(missed("04", hour=n) for n in (1, 2, 3)),
    )
    assert Counter(row["state"] for row in await centre.rows("select state from surveys")) == {
        "answered": 4, "unreachable": 1, "open": 1,
    }  # fmt: skip


async def test_a_history_counted_by_hand(centre: Centre) -> None:
    await history(centre)
    found = await shown(centre)
    rates = found["rates"]
    assert found["cases"] == 9
    assert parts(rates["contact"]) == (
        0.75, 3, 4, {"merged": 1, "no_limit": 1, "not_yet_due": 1, "withdrawn": 2},
    )  # fmt: skip
    assert parts(rates["on_time"]) == (0.8, 4, 5, {"merged": 1, "not_yet_due": 1, "withdrawn": 2})
    silent = {"awaiting_answer": 1, "not_surveyed": 1, "not_yet_handled": 2, "unreachable": 1, "withdrawn": 1}
    assert parts(rates["resolution"]) == (0.666667, 2, 3, silent)
    assert rates["resolution"]["parts"] == {"solved": 2, "partly": 1, "unsolved": 0}
    assert parts(rates["satisfaction"]) == (0.6, 1.8, 3, silent)
    assert rates["satisfaction"]["parts"] == {"satisfied": 1, "mostly": 1, "dissatisfied": 0, "unrated": 1}
    assert (found["formula"], found["rule"], found["weights"]) == (
        "2026.2", "shanghai-1", {"basically_satisfied": 0.8, "partly_solved": 0.0},
    )  # fmt: skip
    assert found["period"] == {"from": "2025-03-01T00:00:00+08:00", "to": "2025-04-01T00:00:00+08:00"}


async def test_a_choice_by_grid_unit_and_channel_takes_the_subtree(centre: Centre) -> None:
    await history(centre)
    choices = [{"grid": CITY}, {"grid": STREET}, {"grid": AREA}, {"grid": "3101"}, {"unit": STREET}, {"unit": CITY},
               {"channel": "walk_in"}, {"grid": STREET, "channel": "walk_in"}, {"grid": "/31/310101/"}]  # fmt: skip
    counts = [(await shown(centre, **choice))["cases"] for choice in choices]
    assert counts == [9, 8, 8, 0, 8, 9, 1, 0, 8]


async def test_a_rate_over_nothing_is_null_and_never_a_hundred_per_cent(centre: Centre) -> None:
    found = await shown(centre)
    for name in RATES:
        assert parts(found["rates"][name]) == (None, 0, 0, {})


async def test_a_period_ends_before_its_last_instant(centre: Centre) -> None:
    await history(centre)
    await centre.moved("11", received_at=datetime(2025, 4, 1, 16, 0, tzinfo=UTC))
    boundary = {"from": "2025-04-01", "to": "2025-04-02"}
    assert (await shown(centre, **boundary))["cases"] == 1
    assert (await shown(centre, to="2025-03-31T16:00:00Z"))["cases"] == 9
    assert (await shown(centre, to="2025-03-31T16:00:01Z"))["cases"] == 10


async def test_without_a_period_it_is_this_month_until_now(centre: Centre) -> None:
    with stopped(datetime(2025, 3, 31, 17, 0, tzinfo=UTC)):
        found = (await centre.as_("leader").get("/v1/figures")).json()
    assert found["period"] == {"from": "2025-04-01T00:00:00+08:00", "to": "2025-03-31T17:00:00Z"}


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"from": "yesterday"}, "from"),
        ({"to": "2025-03-01T10:00:00"}, "to"),
        ({"grid": "%"}, "grid"),
        ({"grid": "\x00"}, "(address)"),
        ({"units": "31"}, "units"),
        ({"from": "2025-04-01", "to": "2025-03-01"}, "to"),
    ],
)
async def test_a_wrong_choice_is_named(centre: Centre, params: dict[str, str], field: str) -> None:
    answer = await centre.as_("evaluator").get("/v1/figures", params=params)
    assert answer.status_code == 422
    assert {error["field"].partition(".")[0] for error in answer.json()["errors"]} == {field}


async def test_a_period_given_by_its_end_begins_with_that_month(centre: Centre) -> None:
    for end in ("2025-03-01", "2025-02-10", "2025-02-28T23:00:00+08:00"):
        found = (await centre.as_("evaluator").get("/v1/figures", params={"to": end})).json()
        assert found["period"]["from"] == "2025-02-01T00:00:00+08:00"


async def test_a_caller_and_an_officer_do_not_read_figures(centre: Centre) -> None:
    for person in ("caller", "officer"):
        assert (await centre.as_(person).get("/v1/figures")).status_code == 403
