"""The clocks: examples worked by hand from the notices' texts, and what must hold for any instant."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.calendars import china
from services.clocks import Clock, WorkHours, due, elapsed, estimated, extend, now, remaining, stopped, wind
from services.limits import Limit, LimitUnit

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = china(SHANGHAI)
HOURS = WorkHours.parse("09:00-12:00", "13:00-18:00")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def work_hours(amount: int) -> Limit:
    return Limit(amount, LimitUnit.WORK_HOURS)


def working_days(amount: int) -> Limit:
    return Limit(amount, LimitUnit.WORKING_DAYS)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-03-04 10:00", 1, "2026-03-05 18:00"),  # Wednesday to Thursday
        ("2026-03-06 16:00", 1, "2026-03-09 18:00"),  # Friday afternoon to Monday
        ("2026-03-07 11:00", 1, "2026-03-09 18:00"),  # a Saturday report counts from Monday too
        ("2026-03-04 00:00", 1, "2026-03-05 18:00"),  # the day of the start never counts, not even from midnight
        ("2025-09-30 10:00", 5, "2025-10-14 18:00"),  # National Day: 9, 10, Saturday 11 (made up), 13, 14
        ("2025-09-26 17:00", 1, "2025-09-28 18:00"),  # Friday to the Sunday that is worked before National Day
        ("2026-02-13 15:00", 1, "2026-02-14 18:00"),  # Spring Festival: the Saturday before is worked
        ("2026-02-13 15:00", 5, "2026-02-27 18:00"),  # 14, then 24, 25, 26, 27
        ("2026-02-20 09:00", 6, "2026-03-02 18:00"),  # inside the festival: 24 to 27, Saturday 28 (made up), Monday
        ("2024-09-30 12:00", 5, "2024-10-12 18:00"),  # 8 to 11 and Saturday 12 (made up)
        ("2025-12-31 12:00", 1, "2026-01-04 18:00"),  # over the turn of the year, to a worked Sunday
    ],
)
def test_working_days_follow_the_notice_and_end_when_work_ends(start: str, days: int, expected: str) -> None:
    assert due(local(start), working_days(days), CALENDAR, HOURS) == local(expected)


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [
        ("2026-03-04 09:30", 2, "2026-03-04 11:30"),
        ("2026-03-04 10:00", 4, "2026-03-04 15:00"),  # over the noon break
        ("2026-03-04 12:30", 4, "2026-03-04 17:00"),  # a start in the break waits for its end
        ("2026-03-04 06:00", 3, "2026-03-04 12:00"),  # before work; full at the very end of a span
        ("2026-03-06 16:00", 4, "2026-03-09 11:00"),  # Friday afternoon: two hours, and two on Monday
        ("2026-03-06 18:00", 1, "2026-03-09 10:00"),  # at closing, work has ended
        ("2026-03-08 23:59", 8, "2026-03-09 18:00"),  # a Sunday night waits for Monday
        ("2026-02-14 17:15", 1, "2026-02-24 09:15"),  # the last minutes before Spring Festival
        ("2025-09-30 17:00", 2, "2025-10-09 10:00"),  # over the eight days of National Day
        ("2026-03-04 09:00", 20, "2026-03-06 14:00"),  # 8 and 8 and 4
    ],
)
def test_work_hours_run_inside_work_hours_alone(start: str, amount: int, expected: str) -> None:
    assert due(local(start), work_hours(amount), CALENDAR, HOURS) == local(expected)


def test_hours_run_day_and_night() -> None:
    assert due(local("2026-02-16 23:00"), Limit(2, LimitUnit.HOURS), CALENDAR, HOURS) == local("2026-02-17 01:00")


def test_the_citys_zone_decides_which_day_it_is() -> None:
    late = datetime(2026, 3, 4, 17, 0, tzinfo=UTC)  # 01:00 on the 5th in Shanghai, 23:00 on the 4th in Urumqi
    urumqi = china(ZoneInfo("Asia/Urumqi"))
    assert due(late, working_days(1), CALENDAR, HOURS) == datetime(2026, 3, 6, 10, 0, tzinfo=UTC)
    assert due(late, working_days(1), urumqi, HOURS) == datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


def test_elapsed_work_leaves_out_nights_breaks_and_holidays() -> None:
    assert elapsed(local("2026-02-14 11:00"), local("2026-02-24 10:30"), CALENDAR, HOURS) == timedelta(hours=7.5)
    assert elapsed(local("2026-02-15 00:00"), local("2026-02-23 23:59"), CALENDAR, HOURS) == timedelta()
    assert elapsed(local("2026-03-04 11:00"), local("2026-03-04 10:00"), CALENDAR, HOURS) == timedelta()


def test_what_remains_turns_negative_once_overdue() -> None:
    clock = wind(local("2026-03-06 16:00"), work_hours(4), CALENDAR, HOURS)
    assert remaining(clock, local("2026-03-06 17:00"), CALENDAR, HOURS) == timedelta(hours=3)
    assert remaining(clock, clock.due_at, CALENDAR, HOURS) == timedelta()
    assert remaining(clock, local("2026-03-09 14:00"), CALENDAR, HOURS) == timedelta(hours=-2)
    plain = wind(local("2026-03-06 16:00"), Limit(2, LimitUnit.HOURS), CALENDAR, HOURS)
    assert remaining(plain, local("2026-03-06 19:00"), CALENDAR, HOURS) == timedelta(hours=-1)


def test_an_extension_counts_from_the_original_start_and_never_shortens() -> None:
    clock = wind(local("2026-03-04 10:00"), working_days(5), CALENDAR, HOURS)
    extended = extend(clock, working_days(15), CALENDAR, HOURS)
    assert extended == Clock(clock.started_at, local("2026-03-25 18:00"), working_days(15))
    with pytest.raises(ValueError, match="no extension"):
        extend(extended, working_days(5), CALENDAR, HOURS)


def test_a_due_date_in_a_year_without_a_notice_is_flagged_as_estimated() -> None:
    last = max(day.year for day in CALENDAR.notices)
    known = wind(local(f"{last}-06-01 10:00"), working_days(5), CALENDAR, HOURS)
    unknown = wind(local(f"{last + 3}-06-01 10:00"), working_days(5), CALENDAR, HOURS)
    assert not estimated(known, CALENDAR)
    assert estimated(unknown, CALENDAR)
    assert not estimated(wind(unknown.started_at, Limit(5, LimitUnit.HOURS), CALENDAR, HOURS), CALENDAR)


def test_a_due_date_beyond_the_turn_to_an_unknown_year_is_flagged_too() -> None:
    started = date(max(day.year for day in CALENDAR.notices) + 2, 12, 30)
    clock = wind(datetime(started.year, 12, 30, tzinfo=SHANGHAI), working_days(15), CALENDAR, HOURS)
    assert clock.due_at.year == started.year + 1
    assert estimated(clock, CALENDAR)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        due(datetime(2026, 3, 4, 10), working_days(1), CALENDAR, HOURS)  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "spans", [(), ("12:00-09:00",), ("09:00-12:00", "11:00-18:00"), ("13:00-18:00", "09:00-12:00")]
)
def test_work_hours_out_of_order_are_refused(spans: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="in order"):
        WorkHours.parse(*spans)


def test_now_is_utc_and_can_be_stopped() -> None:
    assert now().utcoffset() == timedelta()
    with stopped(local("2026-03-04 10:00")):
        assert now() == datetime(2026, 3, 4, 2, 0, tzinfo=UTC)
    assert abs(now() - datetime.now(UTC)) < timedelta(minutes=1)


instants = st.datetimes(datetime(2023, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
limits = st.builds(Limit, st.integers(1, 60), st.sampled_from(LimitUnit))
days_of_work = st.sampled_from(
    [
        HOURS,
        WorkHours.parse("08:30-17:30"),
        WorkHours.parse("00:00-00:01"),
        WorkHours.parse("07:00-11:30", "13:30-23:59"),
    ]
)


@given(instants, limits, days_of_work)
def test_what_is_due_lies_after_its_start(start: datetime, limit: Limit, hours: WorkHours) -> None:
    assert due(start, limit, CALENDAR, hours) > start


@given(instants, instants, limits, days_of_work)
def test_a_later_start_is_never_due_earlier(one: datetime, two: datetime, limit: Limit, hours: WorkHours) -> None:
    earlier, later = sorted([one, two])
    assert due(earlier, limit, CALENDAR, hours) <= due(later, limit, CALENDAR, hours)


@given(instants, limits, days_of_work)
def test_more_time_is_due_later(start: datetime, limit: Limit, hours: WorkHours) -> None:
    longer = Limit(limit.amount + 1, limit.unit)
    assert due(start, limit, CALENDAR, hours) < due(start, longer, CALENDAR, hours)


@given(instants, st.integers(1, 60), days_of_work)
def test_work_hours_given_are_work_hours_elapsed(start: datetime, amount: int, hours: WorkHours) -> None:
    end = due(start, work_hours(amount), CALENDAR, hours)
    assert elapsed(start, end, CALENDAR, hours) == timedelta(hours=amount)


@given(st.lists(instants, min_size=2, max_size=4), days_of_work)
def test_no_minute_is_lost_or_counted_twice_where_a_time_is_cut(cuts: list[datetime], hours: WorkHours) -> None:
    cuts.sort()
    parts = [elapsed(start, end, CALENDAR, hours) for start, end in pairwise(cuts)]
    assert sum(parts, timedelta()) == elapsed(cuts[0], cuts[-1], CALENDAR, hours)


@given(instants, st.integers(1, 60))
def test_working_days_hold_as_many_full_days_of_work_after_the_first(start: datetime, amount: int) -> None:
    end = due(start, working_days(amount), CALENDAR, HOURS)
    tomorrow = datetime.combine(start.astimezone(SHANGHAI).date() + timedelta(days=1), datetime.min.time(), SHANGHAI)
    assert elapsed(tomorrow, end, CALENDAR, HOURS) == amount * timedelta(hours=8)


@given(instants, limits, instants)
def test_remaining_is_negative_exactly_when_work_has_passed_since_due(
    start: datetime, limit: Limit, at: datetime
) -> None:
    clock = wind(start, limit, CALENDAR, HOURS)
    left = remaining(clock, at, CALENDAR, HOURS)
    assert left <= timedelta() if at >= clock.due_at else left >= timedelta()
