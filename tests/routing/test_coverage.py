"""Every issue has exactly one lead in every grid on every day, or the check says where not, in a few lines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_city import ANYWHERE, CODES, DAY, GRIDS, ISSUES, SINCE, city, lists

from routing.city import City, Unit, UnknownCode, UnknownDuty, resolve, starter
from routing.coverage import Cause, Coverage, Finding, Interval, Lead, Nobody, Spot, check, who_leads
from routing.lists import (
    ANY_ISSUE,
    Issue,
    Lists,
    Loss,
    OverlappingRows,
    Responsibility,
    ResponsibilityList,
    ScopeKind,
    decide,
    starter_lists,
)

CITY = city()
STREET, AREA, COMMITTEE = "310101023", "310101023P01", "310101023001"


def row(name: str, **changes: object) -> Responsibility:
    return replace(ANYWHERE, row=name, **changes)


def subtree(name: str, scope: str, **changes: object) -> Responsibility:
    return row(name, scope_kind=ScopeKind.SUBTREE, scope=scope, **changes)


def checked(*rows: Responsibility, day: date = DAY, until: date | None = None) -> Coverage:
    return check(lists(*rows), CITY, day=day, until=until)


def only(coverage: Coverage) -> Finding:
    (finding,) = (*coverage.gaps, *coverage.overlaps)
    return finding


class TestTheProof:
    def test_the_starter_lists_leave_nothing_open_in_the_whole_city(self) -> None:
        coverage = check(starter_lists(), starter(), day=date(2024, 1, 1))
        assert coverage.ok
        assert coverage.pairs == 255 * 7027
        assert coverage.intervals == (
            Interval(date(2024, 1, 1), date(2024, 6, 30)),
            Interval(date(2024, 7, 1), None),
        )
        assert coverage.told() == ()

    def test_one_row_for_everything_is_enough(self) -> None:
        coverage = checked(ANYWHERE, until=date(2025, 9, 30))
        assert coverage.ok
        assert coverage.pairs == len(ISSUES) * len(GRIDS)

    def test_without_rows_everything_is_one_gap(self) -> None:
        coverage = check(Lists(ISSUES, lists().responsibilities), CITY, day=DAY, until=DAY)
        gap = only(coverage)
        assert (gap.cause, gap.issues, gap.where) == (Cause.NO_ROW, ("05", "05-01", "05-08", "06"), "网格31")
        assert set(gap.grids) == set(CODES) - {"310104003001"}
        assert (gap.during, gap.example.why) == (Interval(DAY, DAY), "没有条目")
        assert not coverage.ok

    def test_a_grid_counts_only_while_it_exists(self) -> None:
        until = date(2025, 12, 31)
        ended, begun = "310101023002", "310104003001"
        gaps = checked(until=until).gaps
        assert {(gap.during.first, gap.during.last) for gap in gaps if ended in gap.grids} == {(DAY, date(2025, 6, 30))}
        assert {(gap.during.first, gap.during.last) for gap in gaps if begun in gap.grids} == {
            (date(2025, 5, 1), until)
        }


class TestGaps:
    def test_a_row_that_ends_leaves_a_gap_from_the_next_day_on(self) -> None:
        ends = row("ends", valid_to=date(2025, 3, 31))
        resumes = row("resumes", valid_from=date(2025, 4, 3))
        coverage = checked(ends, resumes, until=date(2025, 4, 30))
        assert only(coverage).during == Interval(date(2025, 4, 1), date(2025, 4, 2))
        assert only(coverage).example.rows == ("ends", "resumes")
        assert coverage.intervals[:3] == (
            Interval(DAY, date(2025, 3, 31)),
            Interval(date(2025, 4, 1), date(2025, 4, 2)),
            Interval(date(2025, 4, 3), date(2025, 4, 30)),
        )

    def test_the_days_before_are_not_looked_at(self) -> None:
        assert checked(row("late", valid_from=DAY), until=DAY).ok
        assert not checked(row("late", valid_from=DAY), day=DAY - timedelta(days=1), until=DAY).ok

    def test_where_the_hard_rule_forbids_every_row_there_is_a_gap(self) -> None:
        gap = only(checked(row("all", lead="@street"), until=DAY))
        assert (gap.cause, gap.issues, gap.about) == (Cause.HARD_RULE, ("05-08",), ("all",))
        assert "310101" not in gap.grids, "without a street above it, the district would lead there"
        assert STREET in gap.grids

    def test_a_row_that_hands_down_closes_the_gap_where_it_holds(self) -> None:
        handed = subtree("handed", STREET, issue="05-08", lead="@area", handed_down=True)
        gap = only(checked(row("all", lead="@street"), handed, until=DAY))
        assert STREET not in gap.grids
        assert "310101024" in gap.grids

    @pytest.mark.parametrize("lead", ["@village", "@district.magic", "310199", "@street.no"])
    def test_a_lead_who_does_not_exist_is_a_gap(self, lead: str) -> None:
        gap = only(checked(ANYWHERE, subtree("broken", AREA, lead=lead), until=DAY))
        assert (gap.cause, gap.about) == (Cause.UNKNOWN_UNIT, (lead,))
        assert (gap.example.rows, gap.where) == (("broken",), "网格310101023P01")

    def test_a_co_unit_who_does_not_exist_is_a_gap(self) -> None:
        gap = only(checked(row("all", co=("@street", "310199")), until=DAY))
        assert (gap.cause, gap.about) == (Cause.UNKNOWN_UNIT, ("310199",))

    def test_a_lead_who_is_closed_is_a_gap_from_that_day_on(self) -> None:
        gap = only(checked(ANYWHERE, until=date(2025, 12, 31)))
        assert (gap.cause, gap.about) == (Cause.CLOSED_UNIT, ("310104-greening",))
        assert gap.during == Interval(date(2025, 10, 1), date(2025, 12, 31))
        assert gap.where == "网格310104"

    def test_an_organisation_that_ends_before_its_grid_is_found(self) -> None:
        gap = only(checked(row("c", lead="@committee", issue="06"), ANYWHERE, until=date(2025, 9, 30)))
        assert (gap.grids, gap.issues) == (("310101023002",), ("06",))
        assert gap.during == Interval(date(2025, 5, 1), date(2025, 6, 30))

    def test_a_row_hands_down_only_in_the_grid_it_names(self) -> None:
        handed = subtree("h", TWINS[0], issue="05-08", lead="@micro", handed_down=True)
        refused = replace(handed, row="f", scope=TWINS[1], handed_down=False)
        gaps = checked(row("all", lead="@street"), handed, refused, until=DAY).gaps
        assert {gap.cause for gap in gaps} == {Cause.HARD_RULE}
        assert [twin for twin in TWINS for gap in gaps if twin in gap.grids] == [TWINS[1]]

    def test_a_row_for_a_grid_that_is_not_there_is_told_though_it_leaves_no_gap(self) -> None:
        coverage = checked(ANYWHERE, subtree("lost", "310199"), until=DAY)
        assert coverage.ok
        assert coverage.astray == ("lost",)


class TestOverlaps:
    def test_rows_the_reader_would_have_refused_are_found(self) -> None:
        coverage = checked(ANYWHERE, subtree("a", AREA), subtree("b", AREA), until=DAY)
        overlap = only(coverage)
        assert coverage.gaps == ()
        assert (overlap.cause, overlap.about, overlap.where) == (Cause.OVERLAP, ("a", "b"), "网格310101023P01")
        assert overlap.issues == ("05", "05-01", "05-08", "06")

    def test_only_the_days_they_share_count(self) -> None:
        first = row("a", valid_to=date(2025, 4, 30))
        overlap = only(checked(first, row("b", valid_from=date(2025, 4, 10)), until=date(2025, 5, 31)))
        assert overlap.during == Interval(date(2025, 4, 10), date(2025, 4, 30))

    def test_equal_rows_that_a_nearer_one_beats_do_no_harm(self) -> None:
        narrow = (subtree(f"n{nth}", code, issue="05") for nth, code in enumerate(CODES))
        exact = (row(f"e{nth}", issue=each.code) for nth, each in enumerate(ISSUES))
        assert checked(*exact, row("a"), row("b"), *narrow, until=DAY).ok


class TestTheLines:
    def test_a_class_without_a_row_is_one_line_with_its_example(self) -> None:
        (line,) = checked(row("r", issue="06"), until=DAY).told()
        assert line == ("[no_row] 05 等 3 项，网格31 15 个网格，2025-03-03 至 2025-03-03。例：05 在 31：没有条目")

    def test_the_widest_come_first_and_the_rest_is_counted(self) -> None:
        rows = [subtree(f"{name}{code}", code, issue="06") for code in (AREA, "310104003002") for name in "ab"]
        coverage = checked(ANYWHERE, *rows, subtree("x", COMMITTEE, lead="@village", issue="05-01"), until=DAY)
        first, rest = coverage.told(1)
        assert "网格310101023P01 7 个网格" in first
        assert rest == "另有 2 处，共 4 对事项与网格"


def brute(held: Lists, day: date) -> dict[tuple[str, str], Cause]:
    """Every pair of the small city by itself, without any grouping."""
    return {
        (issue.code, grid.code): cause
        for issue in held.issues
        for grid in GRIDS
        if grid.valid_from <= day <= (grid.valid_to or date.max) and (cause := fate(held, issue, grid.code, day))
    }


def fate(held: Lists, issue: Issue, grid: str, day: date) -> Cause | None:
    chain = CITY.chain(grid)
    fitting = held.responsibilities.candidates(issue.code, [g.code for g in chain], [g.kind for g in chain], day)

    def unit(duty: str) -> Unit:
        return resolve(duty, grid, CITY)

    try:
        decision = decide(issue, fitting, lambda lead: unit(lead).grassroots)
        if decision.winner is None:
            forbidden = any(loser.loss is Loss.HARD_RULE for loser in decision.losers)
            return Cause.HARD_RULE if forbidden else Cause.NO_ROW
        won = decision.winner.row
        lead, *_ = [unit(duty) for duty in (won.lead, *won.co)]
    except OverlappingRows:
        return Cause.OVERLAP
    except (UnknownDuty, UnknownCode):
        return Cause.UNKNOWN_UNIT
    return None if lead.valid_from <= day <= (lead.valid_to or date.max) else Cause.CLOSED_UNIT


def told(coverage: Coverage, day: date) -> Iterator[tuple[tuple[str, str], Cause]]:
    for finding in (*coverage.gaps, *coverage.overlaps):
        if finding.during.first <= day <= (finding.during.last or date.max):
            for code in finding.issues:
                yield from (((code, grid), finding.cause) for grid in finding.grids)


SCOPES = [
    (ScopeKind.ANYWHERE, None),
    *((ScopeKind.KIND, kind) for kind in ("office", "committee", "street", "city")),
    *((ScopeKind.SUBTREE, code) for code in (*CODES, "310199")),
]
DUTIES = ["@committee", "@area", "@street.management", "@district.greening", "@city", "@village", "@district.magic"]
UNITS = ["310101023002", "310104-greening", "310101", "310199"]
DATES = [SINCE, date(2025, 3, 10), date(2025, 5, 15), date(2025, 8, 1)]


TWINS = ("310101023001001", "310101023001002")
"""Two grids that only rows can tell apart."""


@st.composite
def rows(draw: st.DrawFn, scopes: list[tuple[ScopeKind, str | None]]) -> Responsibility:
    """One that may be forbidden, name nobody, begin late or end early."""
    kind, scope = draw(st.sampled_from(scopes))
    first = draw(st.sampled_from(DATES))
    return replace(
        ANYWHERE,
        issue=draw(st.sampled_from(["05", "05-01", "05-08", "06", ANY_ISSUE])),
        scope_kind=kind,
        scope=scope,
        lead=draw(st.sampled_from(DUTIES * 3 + UNITS)),
        co=draw(st.sampled_from([(), (), (), ("@street",), ("@village",), ("310104-greening",)])),
        handed_down=draw(st.booleans()),
        legal_basis=draw(st.sampled_from(["某条例", None])),
        valid_from=first,
        valid_to=draw(st.sampled_from([None, None, first, date(2025, 12, 31)])),
    )


@st.composite
def any_lists(draw: st.DrawFn) -> Lists:
    """Rows that may tie, and rows of two grids that are the same but for one cell, or for how often they stand."""
    held = draw(st.lists(rows(SCOPES), max_size=12))
    for each in draw(st.lists(rows([(ScopeKind.SUBTREE, TWINS[0])]), max_size=2)):
        other = draw(rows([(ScopeKind.SUBTREE, TWINS[1])]))
        cell = draw(st.sampled_from(["lead", "co", "handed_down", "legal_basis", "valid_to", "issue"]))
        twin = replace(each, scope=TWINS[1], **{cell: getattr(other, cell)})
        held += [each, *[twin] * draw(st.integers(1, 2))]
    return lists(*(replace(each, row=f"r{nth}") for nth, each in enumerate(held)))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(any_lists(), st.dates(DAY, date(2026, 2, 1)))
def test_the_grouped_check_finds_exactly_what_trying_every_pair_finds(held: Lists, some_day: date) -> None:
    coverage = check(held, CITY, day=DAY)
    days = {some_day, *(interval.first for interval in coverage.intervals)}
    days |= {interval.last for interval in coverage.intervals if interval.last}
    for day in days:
        found = list(told(coverage, day))
        assert len(found) == len(dict(found)), "a pair is told twice for one day"
        assert dict(found) == brute(held, day)
    for finding in (*coverage.gaps, *coverage.overlaps):
        example = finding.example
        chosen = who_leads(
            ISSUES.find(example.issue), Spot.of(example.grid, CITY), held.responsibilities, CITY, example.day
        )
        assert isinstance(chosen, Nobody)
        assert (chosen.cause, chosen.about, chosen.rows) == (finding.cause, finding.about, example.rows)
        assert example.grid in finding.grids
        assert example.day == finding.during.first


@settings(max_examples=50, deadline=None)
@given(any_lists())
def test_the_intervals_follow_each_other_without_a_gap_and_nothing_changes_within_one(held: Lists) -> None:
    coverage = check(held, CITY, day=DAY)
    assert coverage.intervals[0].first == DAY
    assert coverage.intervals[-1].last is None
    for interval, following in zip(coverage.intervals, coverage.intervals[1:], strict=False):
        assert interval.last is not None
        assert interval.last + timedelta(days=1) == following.first
        assert brute(held, interval.first) == brute(held, interval.last)


def test_a_lead_comes_with_its_row_and_units() -> None:
    rows = ResponsibilityList(ISSUES, (row("all", co=("@street", "@committee")),))
    found = who_leads(ISSUES.find("06"), Spot.of("310101023Z01", CITY), rows, CITY, DAY)
    assert isinstance(found, Lead)
    assert (found.row.row, found.unit.code) == ("all", "310101-greening")
    assert [unit.code for unit in found.co_units] == [STREET, COMMITTEE]


def test_another_city_without_grids_has_nothing_to_prove() -> None:
    empty = City(grids=(), addresses=(), units=(), people=(), stations=())
    assert check(lists(row("u", scope_kind=ScopeKind.SUBTREE, scope="31", lead="31")), empty, day=DAY).pairs == 0
