"""Old verdicts decided again, each under the rule it names: what was decided then must come out again."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.models import Answer, Attempt, State, Survey, Verdict, Via
from feedback.questions import Satisfied, Solved
from feedback.rules import UnknownRule, known
from feedback.verdict import Given, decide

BATCH = 2000


@dataclass(frozen=True)
class Differs:
    """A verdict that its own rule does not give."""

    survey: UUID
    case_no: str
    was: str
    now: str | None


async def recompute(session: AsyncSession, *, after: UUID | None = None) -> tuple[int, list[Differs], UUID | None]:
    """The next verdicts in the order of their surveys: how many, those that differ, and where to go on (None: done)."""
    tried = select(func.count()).where(Attempt.survey == Survey.id, ~Attempt.late).correlate(Survey).scalar_subquery()
    said = (Answer.solved, Answer.satisfied, Answer.via)
    wanted = select(Verdict, Survey.case_no, Survey.state, *said, tried.label("tried"))
    wanted = wanted.join(Survey, Survey.id == Verdict.survey).outerjoin(Answer, Answer.id == Verdict.answer)
    if after:
        wanted = wanted.where(Verdict.survey > after)
    rows: Sequence[tuple[Verdict, str, str, str | None, str | None, str | None, int]] = [
        tuple(row) for row in (await session.execute(wanted.order_by(Verdict.survey).limit(BATCH))).all()
    ]
    differing = [found for row in rows if (found := _compared(*row))]
    return len(rows), differing, rows[-1][0].survey if len(rows) == BATCH else None


def _compared(
    verdict: Verdict,
    case_no: str,
    state: str,
    solved: str | None,
    satisfied: str | None,
    via: str | None,
    tried: int,
) -> Differs | None:
    on_site = via == Via.ON_SITE
    given = Given(Solved(solved), Satisfied(satisfied), on_site=on_site) if solved and satisfied else None
    try:
        again = decide(given, attempts=tried, expired=state == State.EXPIRED, by=known(verdict.rule))
    except UnknownRule:
        again = None
    if again and (again.resolution, again.reason) == (verdict.verdict, verdict.reason):
        return None
    return Differs(verdict.survey, case_no, verdict.verdict, again.resolution.value if again else None)
