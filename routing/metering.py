"""What routing counts for Prometheus: moves and how they ended, what the matcher answered, and what is overdue."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from prometheus_client import Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.lifecycle import Decision
from routing.matching import Match
from routing.models import Order
from routing.refusals import Refused
from routing.states import Move, State
from services import tracing
from services.clocks import now
from services.metrics import REGISTRIES
from services.problems import Problem

COUNTED = REGISTRIES["routing"]
MOVES = Counter(
    "gridloop_moves", "Moves: made (and committed), proposed, refused, failed", ("move", "result"), registry=COUNTED
)
MOVE_SECONDS = Histogram("gridloop_move_seconds", "Time of a move, its commit left out", ("move",), registry=COUNTED)
MATCHES = Counter("gridloop_matches", "Answers of the matcher to new reports", ("result",), registry=COUNTED)
MODEL = Counter("gridloop_model_answers", "The text model on new reports: sure, or it abstained", ("result",),
                registry=COUNTED)  # fmt: skip
CLOCK_FAILURES = Counter("gridloop_clock_failures", "Orders that the clock failed on", registry=COUNTED)


class Moving:
    """One move under way; `decided` says what came of it."""

    def __init__(self) -> None:
        self.decision: Decision | None = None

    def decided(self, decision: Decision) -> None:
        self.decision = decision


@contextmanager
def moving(session: AsyncSession, order: Order, move: Move) -> Iterator[Moving]:
    """Around a move: its span, its time and its result. What is made counts once it is committed."""
    began, under_way = time.perf_counter(), Moving()
    with (
        tracing.span("routing", f"move {move.value}", attributes={"gridloop.move": move.value}) as made,
        tracing.naming(order.case_no),
    ):
        try:
            yield under_way
        except (Refused, Problem):
            MOVES.labels(move.value, "refused").inc()
            raise
        except Exception:
            MOVES.labels(move.value, "failed").inc()
            raise
        finally:
            MOVE_SECONDS.labels(move.value).observe(time.perf_counter() - began)
        if (decision := under_way.decision) is not None:
            _count(session, decision)
            said = {"gridloop.to_state": decision.to_state.value, "gridloop.lead": decision.lead_unit}
            tracing.describe(made, {**said, "gridloop.round": decision.round})


def _count(session: AsyncSession, decision: Decision) -> None:
    counter = MOVES.labels(decision.move.value, "proposed" if decision.proposal_only else "made")
    event.listen(session.sync_session, "after_commit", lambda _: counter.inc(), once=True)


def count_match(session: AsyncSession, found: Match) -> None:
    """Count what the matcher said of a new report, once that is committed."""
    result = MATCHES.labels(_said(found))
    model = MODEL.labels("sure" if found.issue_sure else "abstained") if found.guess else None

    def count(_: object) -> None:
        result.inc()
        if model:
            model.inc()

    event.listen(session.sync_session, "after_commit", count, once=True)


def _said(found: Match) -> str:
    if found.sure:
        return "dispatched"
    if not found.issue_sure:
        return "issue_unsure"
    return "place_unknown" if found.grid is None else "nobody_responsible"


async def overdue(session: AsyncSession) -> list[Metric]:
    """Orders whose first clock has run out, by state; and how far the clock's own work is behind."""
    at = now()
    return [await _overdue(session, at), *await _behind(session, at)]


async def _overdue(session: AsyncSession, at: datetime) -> Metric:
    found = GaugeMetricFamily("gridloop_orders_overdue", "Open orders whose first clock ran out", labels=["state"])
    late = select(Order.state, func.count()).where(Order.due_at <= at, Order.state != State.CLOSED)
    counted: dict[str, int] = dict((await session.execute(late.group_by(Order.state))).all())
    for state in State:
        if state is not State.CLOSED:
            found.add_metric([state.value], counted.get(state.value, 0))
    return found


async def _behind(session: AsyncSession, at: datetime) -> list[Metric]:
    waiting = select(func.count(), func.min(Order.clock_at)).where(Order.clock_at <= at)
    number, oldest = (await session.execute(waiting)).one()
    behind = (at - oldest).total_seconds() if oldest else 0.0
    return [
        GaugeMetricFamily("gridloop_clock_waiting", "Orders that the clock has yet to act on", value=number),
        GaugeMetricFamily("gridloop_clock_behind_seconds", "Since when the first of them waits", value=behind),
    ]
