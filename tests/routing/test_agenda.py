"""The two clocks under any sequence of moves on any calendar: monotone, nothing lost, nothing said twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from routing import deadlines
from routing.agenda import Act, Call, Hand, Standing, Step, Which, next_call
from routing.clockwork import ANOTHER_LIMIT, wind
from routing.lifecycle import Decision
from routing.models import Order
from routing.opening import NOTHING_YET
from routing.states import Move, State
from routing.terms import Terms, _terms
from services.calendars import Calendar, Day
from services.clocks import WorkHours, share

ZONE = ZoneInfo("Asia/Shanghai")
SHANGHAI = _terms("shanghai", 0.6)
MONDAY = datetime(2026, 3, 2, 2, tzinfo=UTC)
LATER = timedelta(hours=4)

days = st.dates(date(2026, 3, 1), date(2026, 4, 30))
calendars = st.dictionaries(days, st.booleans(), max_size=12).map(
    lambda special: Calendar(ZONE, {day: Day(working, "", "made up") for day, working in special.items()})
)
BACK_AND_FORTH = st.sampled_from(
    [
        (Move.DISPUTE, State.DISPUTED, None),
        (Move.TRANSFER, State.DISPATCHED, "another"),
        (Move.RAISE_LEVEL, State.DISPATCHED, "above"),
        (Move.REDIRECT, State.TRIAGE, None),
        (Move.DISPATCH, State.DISPATCHED, "one"),
        (Move.ACCEPT, State.WORKING, None),
        (Move.REPORT_DONE, State.CHECKING, None),
        (Move.SEND_BACK, State.WORKING, None),
        (Move.NOTE, None, None),
        (Move.CHASE, None, None),
        (Move.CONTACT, None, None),
    ]
)
Moves = list[tuple[tuple[Move, State | None, str | None], int]]
steps = st.lists(st.tuples(BACK_AND_FORTH, st.integers(1, 3000)), max_size=12)


def opened(terms: Terms) -> Order:
    """An order as the matcher has just dispatched it."""
    order = Order(
        **NOTHING_YET,
        case_no="2026030200000001",
        state=State.DISPATCHED,
        item_type="complaint",
        received_at=MONDAY,
        state_since=MONDAY,
        round_since=MONDAY,
        units=[],
    )
    wind(order, decided(order, Move.ROUTE, State.DISPATCHED, "one"), terms, MONDAY)
    return order


def decided(order: Order, move: Move, to: State, lead: str | None, **facts: object) -> Decision:
    plain = {"outcome": None, "lead_unit": lead, "co_units": frozenset(), "round": 1}
    return Decision(move=move, from_state=State(order.state), to_state=to, new_lead=lead, **{**plain, **facts})


def move_on(order: Order, move: Move, to: State | None, lead: str | None, terms: Terms, at: datetime) -> None:
    decision = decided(order, move, to or State(order.state), lead)
    order.state = decision.to_state
    wind(order, decision, terms, at)


@settings(max_examples=60, deadline=None)
@given(calendars, steps)
def test_the_case_clock_is_moved_by_no_return_no_transfer_and_no_level(calendar: Calendar, moves: Moves) -> None:
    terms = replace(SHANGHAI, calendar=calendar)
    order, at = opened(terms), MONDAY
    due = order.case_due
    for (move, to, lead), minutes in moves:
        at += timedelta(minutes=minutes)
        move_on(order, move, to, lead, terms, at)
        assert order.case_due == due
        assert move not in ANOTHER_LIMIT


@settings(max_examples=60, deadline=None)
@given(calendars, steps)
def test_the_clock_of_a_state_begins_with_the_state_and_a_comment_changes_nothing(
    calendar: Calendar, moves: Moves
) -> None:
    terms = replace(SHANGHAI, calendar=calendar)
    order, at = opened(terms), MONDAY
    for (move, to, lead), minutes in moves:
        at += timedelta(minutes=minutes)
        before = (order.state, order.state_since, order.state_due, order.case_step, order.state_step, order.clock_at)
        move_on(order, move, to, lead, terms, at)
        if to is None:
            after = (order.state, order.state_since, order.state_due, order.case_step, order.state_step, order.clock_at)
            assert after == before
        elif to != before[0] or lead:
            assert order.state_since == at
        assert order.state_due is None or order.state_due > order.state_since
        assert order.clock_at is None or order.clock_at >= min(MONDAY, at)


@settings(max_examples=60, deadline=None)
@given(calendars, steps)
def test_each_clock_goes_its_steps_in_order_and_comes_to_rest(calendar: Calendar, moves: Moves) -> None:
    """Whoever looks late does the same things, in the same order, as who looks at once."""
    terms = replace(SHANGHAI, calendar=calendar)
    order, at = opened(terms), MONDAY
    for (move, to, lead), minutes in moves:
        at += timedelta(minutes=minutes)
        move_on(order, move, to, lead, terms, at)
    said = told(Standing(state=State.WORKING, first=True, case=hand(order, terms), own=None))
    assert [call.act for call in said] == [Act.REMIND, Act.OVERDUE, Act.RAISE]
    assert [call.at for call in said] == sorted(call.at for call in said)
    assert said[0].at <= said[1].at == order.case_due


def hand(order: Order, terms: Terms) -> Hand:
    assert order.case_due
    later = deadlines.further(deadlines.Matter("complaint"), terms.agreed)
    remind = terms.reminder(order.received_at, order.case_due)
    return Hand(remind, order.case_due, terms.due(order.case_due, later), Step.RUNS)


def told(standing: Standing) -> list[Call]:
    """Everything the case clock says, one after the other."""
    said: list[Call] = []
    while call := next_call(standing):
        said.append(call)
        assert len(said) < 9, "it does not come to rest"
        assert standing.case
        standing = replace(standing, case=replace(standing.case, step=Step(len(said))))
    return said


OVERDUE = Hand(MONDAY, MONDAY + LATER, MONDAY + 2 * LATER, Step.REMINDED)


def test_where_both_clocks_end_together_the_case_clock_speaks_for_both() -> None:
    both = Standing(state=State.WORKING, first=True, case=OVERDUE, own=OVERDUE)
    call = next_call(both)
    assert call == Call(OVERDUE.due, Act.OVERDUE, Which.CASE, OVERDUE.due)
    after = next_call(replace(both, case=replace(OVERDUE, step=Step.OVERDUE)))
    assert after == Call(OVERDUE.raise_, Act.RAISE, Which.CASE, OVERDUE.due)


def test_a_state_that_ends_before_the_case_speaks_for_itself() -> None:
    sooner = replace(OVERDUE, due=OVERDUE.due - timedelta(hours=1))
    call = next_call(Standing(state=State.WORKING, first=True, case=OVERDUE, own=sooner))
    assert call
    assert (call.act, call.which) == (Act.OVERDUE, Which.STATE)


def test_nothing_is_said_of_a_case_clock_once_the_first_handling_is_over() -> None:
    assert next_call(Standing(state=State.WORKING, first=False, case=OVERDUE, own=None)) is None


instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001
percents = st.integers(1, 99)


@settings(deadline=None)
@given(calendars, instants, st.integers(1, 60_000), percents, percents)
def test_a_share_of_a_limit_lies_inside_it_and_more_of_it_is_later(
    calendar: Calendar, start: datetime, minutes: int, one: int, other: int
) -> None:
    end, hours = start + timedelta(minutes=minutes), WorkHours.parse("09:00-12:00", "13:00-18:00")
    less, more = sorted([one, other])
    assert start <= share(start, end, less, calendar, hours) <= share(start, end, more, calendar, hours) <= end
