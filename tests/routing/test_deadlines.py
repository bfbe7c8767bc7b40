"""The two clocks of an order, on the calendar of Shanghai: limits in work hours, working days, plain hours."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing import deadlines
from routing.deadlines import Matter
from routing.states import ItemType, State
from routing.terms import Terms, _terms
from services.limits import Limit, LimitUnit

ZONE = ZoneInfo("Asia/Shanghai")
SHANGHAI, BEIJING = _terms("shanghai", 0.6), _terms("beijing", 0.6)
WORK_HOURS_4, DAYS_7 = Limit(4, LimitUnit.WORK_HOURS), Limit(7, LimitUnit.WORKING_DAYS)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MONDAY = at("2026-03-02T10:00")
FRIDAY_EVENING = at("2026-03-06T19:00")
BEFORE_NATIONAL_DAY = at("2026-09-30T15:00")


def case_due(received: datetime, terms: Terms = SHANGHAI, **facts: object) -> datetime:
    return deadlines.case_due(received, Matter(**{"item_type": "complaint", **facts}), terms)


@pytest.mark.parametrize(
    ("item_type", "due"),
    [
        ("inquiry", "2026-03-03T18:00"),
        ("suggestion", "2026-03-03T18:00"),
        ("praise", "2026-03-03T18:00"),
        ("request", "2026-03-09T18:00"),
        ("complaint", "2026-03-09T18:00"),
    ],
)
def test_an_inquiry_has_one_working_day_and_a_complaint_five(item_type: str, due: str) -> None:
    assert case_due(MONDAY, item_type=item_type) == at(due)


def test_the_issue_row_goes_before_the_item_type() -> None:
    assert case_due(MONDAY, issue_limit=WORK_HOURS_4) == at("2026-03-02T15:00")


def test_the_responsibility_row_goes_before_the_issue_row() -> None:
    assert case_due(MONDAY, issue_limit=DAYS_7, duty_limit=WORK_HOURS_4) == at("2026-03-02T15:00")


def test_an_inquiry_is_answered_in_its_own_time_whatever_the_matter() -> None:
    assert case_due(MONDAY, item_type="inquiry", issue_limit=DAYS_7) == at("2026-03-03T18:00")


def test_a_granted_extension_replaces_every_other_limit_and_counts_from_the_report() -> None:
    fifteen = Limit(15, LimitUnit.WORKING_DAYS)
    assert case_due(MONDAY, issue_limit=WORK_HOURS_4, granted=fifteen) == at("2026-03-23T18:00")


def test_a_complex_matter_without_a_row_has_fifteen_working_days() -> None:
    assert case_due(MONDAY, grade="complex") == at("2026-03-23T18:00")


def test_an_urgent_matter_in_beijing_has_two_hours_day_and_night() -> None:
    assert case_due(FRIDAY_EVENING, BEIJING, grade="urgent") == at("2026-03-06T21:00")


def test_work_hours_stand_still_over_the_weekend() -> None:
    assert case_due(FRIDAY_EVENING, issue_limit=WORK_HOURS_4) == at("2026-03-09T14:00")


def test_working_days_skip_the_national_holiday() -> None:
    assert case_due(BEFORE_NATIONAL_DAY, item_type="inquiry") > at("2026-10-07T23:59")


def test_the_first_contact_is_due_one_working_day_after_the_report() -> None:
    assert deadlines.contact_due(MONDAY, SHANGHAI) == at("2026-03-03T18:00")


def state_due(state: State, since: datetime, **facts: object) -> datetime | None:
    told = {name: facts.pop(name) for name in ("round_since", "limit", "review_date") if name in facts}
    matter = Matter(**{"item_type": "complaint", **facts})
    return deadlines.state_due(state, since, matter, SHANGHAI, **told)


def test_acceptance_is_owed_within_four_work_hours() -> None:
    assert state_due(State.DISPATCHED, MONDAY) == at("2026-03-02T15:00")


def test_the_state_clock_of_working_runs_from_acceptance() -> None:
    assert state_due(State.WORKING, at("2026-03-03T10:00")) == at("2026-03-10T18:00")


def test_what_is_supervised_has_three_working_days() -> None:
    assert state_due(State.WORKING, MONDAY, supervised=True) == at("2026-03-05T18:00")


def test_a_second_handling_has_three_working_days_from_its_beginning_however_late_it_is_accepted() -> None:
    accepted = at("2026-03-04T16:00")
    assert state_due(State.WORKING, accepted, round=2, round_since=MONDAY) == at("2026-03-05T18:00")


def test_a_desk_decides_within_a_working_day_and_within_an_hour_where_it_is_urgent() -> None:
    for state in (State.TRIAGE, State.DISPUTED, State.CHECKING):
        assert state_due(state, MONDAY) == at("2026-03-03T18:00")
        assert state_due(state, MONDAY, grade="urgent") == at("2026-03-02T11:00")


def test_a_deferred_order_comes_back_at_the_end_of_its_review_date() -> None:
    assert state_due(State.DEFERRED, MONDAY, review_date=date(2026, 9, 1)) == at("2026-09-01T18:00")


@pytest.mark.parametrize("state", [State.SURVEYING, State.MERGED, State.CLOSED, State.REGISTERED])
def test_where_nobody_here_has_to_end_a_state_nothing_is_due(state: State) -> None:
    assert state_due(state, MONDAY) is None


def test_the_first_due_is_the_case_clock_as_long_as_the_first_handling_is_owed() -> None:
    early, late = at("2026-03-03T18:00"), at("2026-03-09T18:00")
    assert deadlines.first_due(State.WORKING, 1, late, early) == early
    assert deadlines.first_due(State.CHECKING, 1, late, early) == late
    assert deadlines.first_due(State.WORKING, 2, late, early) == late
    assert deadlines.first_due(State.CLOSED, 1, None, early) is None


def test_limits_are_read_as_they_are_written() -> None:
    assert deadlines.limit_of(str(WORK_HOURS_4)) == WORK_HOURS_4
    assert deadlines.limit_of(None) is None


instants = st.datetimes(datetime(2025, 1, 1), datetime(2026, 10, 1), timezones=st.just(ZONE))  # noqa: DTZ001
limits = st.builds(Limit, st.integers(1, 30), st.sampled_from(LimitUnit))


@given(instants, instants, st.sampled_from(ItemType), limits)
def test_a_later_report_is_never_due_earlier(one: datetime, other: datetime, item: str, limit: Limit) -> None:
    first, second = sorted([one, other])
    assert case_due(first, item_type=item, issue_limit=limit) <= case_due(second, item_type=item, issue_limit=limit)


@given(instants, limits)
def test_nothing_is_due_before_it_was_reported(received: datetime, limit: Limit) -> None:
    assert case_due(received, issue_limit=limit) > received


def test_water_power_gas_and_heat_wait_for_a_dispatcher_two_hours_and_are_checked_like_others() -> None:
    assert deadlines.is_utility("10-03", SHANGHAI.agreed)
    assert not deadlines.is_utility("05-01", SHANGHAI.agreed)
    for state in (State.TRIAGE, State.DISPUTED):
        assert state_due(state, MONDAY, utility=True) == at("2026-03-02T12:00")
    assert state_due(State.CHECKING, MONDAY, utility=True) == at("2026-03-03T18:00")
    assert case_due(MONDAY, BEIJING, utility=True) == at("2026-03-03T10:00")


def test_what_is_accepted_after_the_case_is_overdue_has_the_time_of_what_is_supervised() -> None:
    assert state_due(State.WORKING, MONDAY, late=True) == at("2026-03-05T18:00")


def test_an_urgent_matter_is_raised_an_hour_after_it_is_overdue_and_others_after_a_working_day() -> None:
    assert deadlines.further(Matter("complaint", grade="urgent"), SHANGHAI.agreed) == Limit(1, LimitUnit.HOURS)
    assert deadlines.further(Matter("complaint"), SHANGHAI.agreed) == Limit(1, LimitUnit.WORKING_DAYS)
