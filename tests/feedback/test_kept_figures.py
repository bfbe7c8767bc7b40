"""What is kept equals what is counted from the raw rows: after any history, at any moment of it, for any choice."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from call_centre import AREA, CITY, STREET, Centre, event, missed, place
from random_history import (
    AT,
    RATES,
    a_ruling,
    an_exclusion,
    fates,
    hours,
    some_case,
    some_exclusions,
    some_surveys,
)
from sqlalchemy import insert, select, text
from sqlalchemy.dialects.postgresql import dialect

from feedback.fates import Choice
from feedback.figure_models import Exclusion, ExclusionRuling, Line
from feedback.figures import by_month, kept_by, kept_counts, raw_counts
from feedback.models import Answer, CaseCopy, Dossier, Survey
from feedback.tallies import backlog, rebuild, refresh

SHANGHAI = "Asia/Shanghai"
WHOLE, EDGES = (hours(-400), hours(400)), (hours(-301.3), hours(77.7))
CHOICES = [
    Choice(*period, **named)
    for period in (WHOLE, EDGES, (hours(-3), hours(2)))
    for named in (
        {}, {"grid": CITY}, {"grid": STREET}, {"grid": AREA}, {"unit": STREET}, {"unit": AREA}, {"issue": "08"},
        {"issue": "08-04"}, {"channel": "walk_in"}, {"grid": STREET, "channel": "hotline"}, {"grid": "nowhere"},
        {"unit": STREET, "issue": "08"},
    )
]  # fmt: skip

SOME, PICK = 7, random.Random(3)
"""Choices that each moment is checked for: others at another moment."""


async def same(centre: Centre, as_of: Any, choices: list[Choice] = CHOICES) -> int:
    """Kept and raw agree for every choice; how many cases that were."""
    seen = 0
    async with centre.database.unit() as session:
        for choice in choices if len(choices) < SOME else PICK.sample(choices, SOME):
            raw = await raw_counts(session, choice, as_of=as_of)
            assert await kept_counts(session, choice, as_of=as_of) == raw, choice
            seen += raw.total()
    return seen


async def fill(centre: Centre, draw: random.Random, number: int) -> list[dict[str, str]]:
    """Random raw rows, and what each case is to the rates by another way of counting."""
    cases = [some_case(draw, each) for each in range(number)]
    made = [some_surveys(draw, case["case_no"]) for case in cases]
    barred = [some_exclusions(draw, case["case_no"]) for case in cases]
    surveys, answers = [row for each, _ in made for row in each], [row for _, each in made for row in each]
    asked, rulings = [row for each, _ in barred for row in each], [row for _, each in barred for row in each]
    dossiers = [{"case_no": case["case_no"], "told": 0, "entries": 0, "chain": None, "ended_by": 0} for case in cases]
    plain = [row for row in answers if not row.get("corrects")]
    tables: list[tuple[type[Any], list[Any]]] = [
        (Dossier, dossiers), (CaseCopy, cases), (Survey, surveys), (Answer, plain),
        (Answer, [row for row in answers if row.get("corrects")]), (Exclusion, asked), (ExclusionRuling, rulings),
    ]  # fmt: skip
    async with centre.database.unit() as session:
        for table, rows in tables:
            if rows:
                await session.execute(insert(table), rows)
    return [fates(case, surveys, answers, asked, rulings) for case in cases]


async def refreshed(centre: Centre, as_of: Any, most: int = 2000) -> int:
    async with centre.database.unit() as session:
        return await refresh(session, as_of=as_of, zone=SHANGHAI, most=most)


@pytest.mark.parametrize("seed", range(2))
async def test_kept_figures_equal_the_raw_rows_before_during_and_after_a_refresh(centre: Centre, seed: int) -> None:
    draw = random.Random(seed)
    counted = Counter("|".join(each[name] for name in RATES) for each in await fill(centre, draw, 120))
    async with centre.database.unit() as session:
        assert await raw_counts(session, Choice(hours(-999), hours(999)), as_of=AT) == counted
    assert await same(centre, AT) > 50
    assert await refreshed(centre, AT, most=50)
    assert await same(centre, AT) > 50
    while await refreshed(centre, AT):
        pass
    assert (await centre.rows("select count(*) as number from figure_lines"))[0]["number"] == 120
    assert await same(centre, AT) > 50
    for later in (hours(7.5), hours(50)):
        assert await same(centre, later)
        await refreshed(centre, later)
        assert await same(centre, later)


async def test_each_node_has_what_the_node_alone_has(centre: Centre) -> None:
    await fill(centre, random.Random(7), 150)
    while await refreshed(centre, AT):
        pass
    parts = [("grid", "", [CITY]), ("grid", "310101", [STREET]), ("unit", STREET, [AREA]), ("issue", "", ["05", "08"]),
             ("channel", "", ["hotline", "walk_in"]), ("issue", "08", ["08-04"])]  # fmt: skip
    async with centre.database.unit() as session:
        for period in (WHOLE, EDGES):
            for facet, parent, expected in parts:
                found = await kept_by(session, Choice(*period), facet, parent, as_of=AT)
                assert list(found) == expected
                for code, counts in found.items():
                    alone = await raw_counts(session, Choice(*period, **{facet: code}), as_of=AT)
                    assert counts == alone


async def test_kept_figures_follow_messages_late_twice_and_out_of_order(centre: Centre) -> None:
    draw, numbers = random.Random(11), ["01", "02", "03", "04"]
    sent: list[tuple[str, dict[str, Any]]] = []
    for step in range(40):
        case_no, chance = draw.choice(numbers), draw.random()
        if chance < 0.45:
            facts = {"sequence": draw.randint(1, 90), "received_at": hours(draw.choice([-60, -30, -1])),
                     "contact_due": hours(-10), "contacted_at": draw.choice([None, hours(-12), hours(-2)]),
                     "case_due": hours(draw.choice([-5, 5])), "round": draw.randint(1, 2),
                     "grid": place(draw.choice([AREA, STREET])), "disputes": draw.randint(0, 1),
                     "lead": draw.choice([place(AREA), place(STREET), None]),
                     **draw.choice([{"state": "closed", "outcome": "withdrawn", "move": "withdraw"},
                                    {"state": "merged", "merged_into": "x"}, {"handled_at": hours(-6)}])}  # fmt: skip
            sent.append((case_no, facts))
            await centre.moved(case_no, **facts)
        elif chance < 0.6:
            kind = draw.choice(["handled", "recheck"])
            await centre.handled(case_no, sequence=draw.randint(1, 90), round=draw.randint(1, 2), kind=kind)
        elif chance < 0.75:
            words = {"solved": draw.choice(["解决", "未解决"]), "round": draw.randint(1, 2)}
            kind = draw.choice(["handled", "recheck"])
            await centre.results(*[event(case_no, kind=kind, **words)] * draw.randint(1, 2))
        elif chance < 0.8:
            await centre.results(*(missed(case_no, hour=hour) for hour in (1, 2, 3)))
        elif sent and chance < 0.9:
            await centre.moved(sent[-1][0], **sent[-1][1])
        else:
            await refreshed(centre, AT + timedelta(hours=step / 10), most=draw.choice([1, 2000]))
        await same(centre, AT + timedelta(hours=step / 10), [CHOICES[step % 9]])
    while await refreshed(centre, hours(6)):
        pass
    assert await same(centre, hours(6)) > 10


async def test_a_ruling_changes_the_figures_at_once_and_undoing_changes_them_back(centre: Centre) -> None:
    await centre.moved("01", contact_due=hours(-2), contacted_at=hours(-3), received_at=hours(-9))
    await centre.handled("01")
    await refreshed(centre, AT)
    asked = an_exclusion("01", ["contact"])
    undo = an_exclusion("01", ["contact"], undoes=asked["id"])
    expected = ["in_time", "in_time", "excluded", "excluded", "in_time"]
    seen = []
    for table, row in ((None, None), (Exclusion, asked), (ExclusionRuling, a_ruling(asked, agreed=True)),
                       (Exclusion, undo), (ExclusionRuling, a_ruling(undo, agreed=True))):  # fmt: skip
        async with centre.database.unit() as session:
            if table:
                await session.execute(insert(table), row)
        async with centre.database.unit() as session:
            (fate,) = await kept_counts(session, Choice(*WHOLE), as_of=AT)
        seen.append(fate.partition("|")[0])
        await same(centre, AT)
    assert seen == expected


async def test_rebuilt_lines_are_the_refreshed_ones(centre: Centre) -> None:
    await fill(centre, random.Random(5), 80)
    while await refreshed(centre, AT):
        pass
    query = "select * from figure_totals order by facet, code, day, parent, fates"
    before = await centre.rows(query)
    async with centre.database.unit() as session:
        await rebuild(session, as_of=AT, zone=SHANGHAI)
        assert await backlog(session, AT) == 0
    assert await centre.rows(query) == before
    await same(centre, AT)


async def test_a_change_that_commits_during_a_refresh_is_not_lost(centre: Centre) -> None:
    await centre.moved("01", sequence=1, received_at=hours(-9), contact_due=hours(-2))
    async with centre.database.unit() as writing:
        await writing.execute(CaseCopy.__table__.update().values(contacted_at=hours(-3)))
        await refreshed(centre, AT)
    await same(centre, AT)
    assert await refreshed(centre, AT) == 1
    await same(centre, AT)


async def test_only_one_makes_lines_at_a_time(centre: Centre) -> None:
    await centre.moved("01", received_at=hours(-9))
    async with centre.database.unit() as first:
        assert await refresh(first, as_of=AT, zone=SHANGHAI) == 1
        assert await refreshed(centre, AT) == 0
    assert await refreshed(centre, AT) == 0


def test_a_period_is_looked_for_in_the_months_that_it_touches_in_the_city() -> None:
    first, last = datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC)
    found = str(by_month(Choice(first, last, unit=STREET, channel="hotline"))[0].compile(dialect=dialect()))
    assert found.count("@>") == 1
    two = by_month(Choice(first - timedelta(microseconds=1), last, issue="08"))[0].compile(dialect=dialect())
    assert [*two.params.values()] == [["202512i08"], ["202601i08"]]
    assert by_month(Choice(first, last)) == []
    assert by_month(Choice(first - timedelta(days=800), last, unit=STREET)) == []


async def test_lines_are_found_by_month_and_node_through_their_index(centre: Centre) -> None:
    await fill(centre, random.Random(3), 40)
    while await refreshed(centre, AT):
        pass
    wanted = select(Line.case_no).where(*by_month(Choice(*WHOLE, unit=STREET, issue="08")))
    async with centre.database.unit() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))
        written = str(wanted.compile(dialect=dialect(), compile_kwargs={"literal_binds": True}))
        plan = "\n".join(row[0] for row in await session.execute(text(f"EXPLAIN {written}".replace(":", r"\:"))))
    assert "ix_figure_lines_keys" in plan
