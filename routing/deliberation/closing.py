"""The end of a deliberation: counted or agreed, with minutes and an answer to each objection; what is decided binds.

Before the end nobody is told how the votes stand, the leader neither.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.deliberation import records
from routing.deliberation.finding import Talk, as_leader, as_supervisor
from routing.deliberation.refusals import NothingDecided, NotRunning, ObjectionUnanswered, StillRunning
from routing.deliberation.schemas import Closing
from routing.deliberation.tally import ABSTAIN, Areas, Count, count
from routing.deliberation.thresholds import thresholds
from routing.deliberation.voting import options_of, turnout
from routing.hands import Hand
from routing.models import Ballot, Deliberation, DeliberationOption, Statement, VotingCode
from routing.models.deliberation import Method, Stance, Standing
from routing.words import hidden
from services.clocks import now
from services.identity import Actor
from services.problems import invalid

AGREED, NOT_AGREED = "agreed", "not agreed"
"""Why a consensus is a result, or none."""


class BallotsDiffer(RuntimeError):
    """There are not as many ballots as codes that voted: somebody has been at the tables. A person must look."""


async def close(session: AsyncSession, talk: Talk, told: Closing, *, actor: Actor) -> None:
    """Raises NotTheLead, NotRunning, StillRunning, ObjectionUnanswered, Invalid."""
    hand, row = as_leader(actor, talk.order), talk.row
    if row.state != Standing.OPEN:
        raise NotRunning(state=row.state)
    options = await options_of(session, row.id)
    votes: Mapping[str, int] = {}
    if row.method == Method.VOTE:
        votes = await _end_vote(session, row, told, options)
    else:
        _end_consensus(row, told, options)
    await _answer(session, row, told)
    row.minutes, row.closed_at, row.closed_by = hidden(told.minutes), now(), actor.person
    talk.order.deliberating = False
    if row.option:
        talk.order.bound_by, talk.order.bound_option = row.id, row.option
    await _tell(session, talk, hand, options, votes)


async def _end_vote(
    session: AsyncSession, row: Deliberation, told: Closing, options: list[DeliberationOption]
) -> Mapping[str, int]:
    """Count, write the count down, and delete the codes: nothing can be led back to one any more."""
    codes, spent = await turnout(session, row.id)
    if row.closes_at > now() and (spent < row.entitled or codes == 0):
        raise StillRunning(closes_at=row.closes_at.isoformat())
    for name in ("option", "present"):
        if getattr(told, name) is not None:
            raise invalid(name, "is told of a consensus", "leave it out: a vote is counted, not told")
    counted = await _counted(session, row, told, options)
    if counted.voted != spent:
        raise BallotsDiffer(str(row.id))
    for option in options:
        option.votes = counted.votes[option.key]
    row.voted, row.option, row.because = counted.voted, counted.option, counted.because
    row.area_participated, row.area_agreed = told.area_participated, told.area_agreed
    row.state = Standing.DECIDED if counted.option else Standing.UNDECIDED
    await session.execute(delete(VotingCode).where(VotingCode.deliberation == row.id))
    return counted.votes


async def _counted(session: AsyncSession, row: Deliberation, told: Closing, options: list[DeliberationOption]) -> Count:
    cast = (
        select(Ballot.option, func.count().label("number")).where(Ballot.deliberation == row.id).group_by(Ballot.option)
    )
    votes = dict.fromkeys([*(option.key for option in options), ABSTAIN], 0)
    votes |= {row.option: row.number for row in await session.execute(cast)}
    return count(votes, entitled=row.entitled, threshold=thresholds()[row.threshold], areas=_areas(told))


def _areas(told: Closing) -> Areas | None:
    if told.area_participated is None or told.area_agreed is None:
        return None
    return Areas(*(Fraction(str(percent)) / 100 for percent in (told.area_participated, told.area_agreed)))


def _end_consensus(row: Deliberation, told: Closing, options: list[DeliberationOption]) -> None:
    """What was agreed is told, by an option or by none. Raises Invalid."""
    if told.option is not None and told.option not in {option.key for option in options}:
        raise invalid("option", "is one of the options", "name what was agreed by its key")
    if told.present is not None and told.present > row.entitled:
        raise invalid("present", "is at most the number of entitled households", "count each household once")
    row.voted, row.option = told.present, told.option
    row.state = Standing.DECIDED if told.option else Standing.UNDECIDED
    row.because = AGREED if told.option else NOT_AGREED


async def _answer(session: AsyncSession, row: Deliberation, told: Closing) -> None:
    """Raises ObjectionUnanswered, and Invalid for an answer to what nobody objected."""
    wanted = select(Statement).where(Statement.deliberation == row.id, Statement.stance == Stance.OBJECTION)
    objections = {each.id: each for each in await session.scalars(wanted)}
    for each in told.answers:
        if each.statement not in objections:
            raise invalid("answers", "answer objections of this deliberation", "name them by the id of the statement")
        objections[each.statement].answer = hidden(each.answer)
    if open_ := [str(each.id) for each in objections.values() if not each.answer]:
        raise ObjectionUnanswered(unanswered=open_)


async def _tell(
    session: AsyncSession, talk: Talk, hand: Hand, options: list[DeliberationOption], votes: Mapping[str, int]
) -> None:
    row = talk.row
    facts: dict[str, Any] = {"option": row.option, "because": row.because, "voted": row.voted}
    facts |= {"entitled": row.entitled, "votes": dict(votes), "areas": [row.area_participated, row.area_agreed]}
    notice = _notice(row, {option.key: option.text for option in options})
    step, words = "decided" if row.option else "undecided", {"minutes": row.minutes or ""}
    await records.note(session, talk.order, row, hand, step, facts=facts, words=words, notice=notice)


def _notice(row: Deliberation, texts: Mapping[str, str]) -> str:
    """What everybody on the order reads."""
    took_part = f"（应参与{row.entitled}户，参与{row.voted}户）" if row.voted is not None else ""
    if row.option:
        return f"议事结果：{texts[row.option]}{took_part}，将按此办理"
    return f"议事未形成结果{took_part}，承办单位将继续办理"


async def withdraw(session: AsyncSession, talk: Talk, reason: str, *, actor: Actor) -> None:
    """Ended without a result, by the lead, with a reason; codes and votes are worth nothing any more."""
    hand, row = as_leader(actor, talk.order), talk.row
    if row.state not in (Standing.PROPOSED, Standing.OPEN):
        raise NotRunning(state=row.state)
    began = row.state == Standing.OPEN
    row.state, row.closed_at, row.closed_by, row.because = Standing.WITHDRAWN, now(), actor.person, hidden(reason)
    if began:
        talk.order.deliberating = False
    await session.execute(delete(VotingCode).where(VotingCode.deliberation == row.id))
    notice = "议事协商已撤回，承办单位将继续办理" if began else None
    await records.note(session, talk.order, row, hand, "withdrawn", words={"reason": row.because or ""}, notice=notice)


async def set_aside(session: AsyncSession, talk: Talk, reason: str, *, actor: Actor) -> None:
    """A supervisor takes the result its force, such as where it breaks the law. Raises NotOverIt, NothingDecided."""
    hand, row = as_supervisor(actor, talk.order), talk.row
    if row.state != Standing.DECIDED:
        raise NothingDecided(state=row.state)
    row.state = Standing.SET_ASIDE
    if talk.order.bound_by == row.id:
        talk.order.bound_by = talk.order.bound_option = None
    words, notice = {"reason": hidden(reason)}, "议事结果经审查不再作为办理依据"
    await records.note(session, talk.order, row, hand, "set_aside", words=words, notice=notice)
