"""A project's end answers its cases, by the lifecycle's own moves and never past the check.

What the project's lead unit works on itself is reported done with the project's answer, where whoever closes it is
also an officer of that unit; every other case gets the answer put before its handler.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from routing import orders
from routing.facts import By
from routing.hands import Hand
from routing.models import Order, Project
from routing.models.projects import Answered, ProjectState
from routing.moving import make
from routing.projects import records
from routing.projects.finding import check_leads
from routing.projects.linking import held_cases, let_go
from routing.projects.schemas import ProjectClosing
from routing.refusals import Refused
from routing.standing import stances
from routing.states import Move, State
from routing.terms import Terms
from routing.words import hidden
from services.clocks import now
from services.identity import Actor
from services.roles import Role


@dataclass(frozen=True)
class Answer:
    """What a case got by the project's end, and why it was not more."""

    case_no: str
    answered: Answered
    because: str | None


async def close(
    session: AsyncSession, project: Project, told: ProjectClosing, *, actor: Actor, terms: Terms
) -> list[Answer]:
    """Raises NotItsLead."""
    hand = records.hand_of(actor, check_leads(actor, project))
    project.state, project.closed_at, project.closed_by = ProjectState.CLOSED, now(), actor.person
    project.done, project.public_answer = hidden(told.done), hidden(told.public_answer)
    answers = []
    for row in await held_cases(session, project.id):
        order = await orders.lock(session, row.case_no)
        assert order is not None
        answer = await _answer(session, project, order, hand, actor, terms)
        row.answered, row.because = answer.answered, answer.because
        answers.append(answer)
    await session.flush()
    await let_go(session, project.id)
    await records.keep(session, "project.closed", project.id, actor, cases=len(answers))
    return answers


async def _answer(
    session: AsyncSession, project: Project, order: Order, hand: Hand, actor: Actor, terms: Terms
) -> Answer:
    if order.state in (State.CLOSED, State.MERGED, State.SURVEYING, State.CHECKING):
        return Answer(order.case_no, Answered.NOT_NEEDED, order.state)
    because = await _report_done(session, project, order, actor, terms)
    if because is None:
        await records.note(session, order, project, hand, "closed", facts={"answered": Answered.REPORTED_DONE})
        return Answer(order.case_no, Answered.REPORTED_DONE, None)
    words = {"done": project.done or "", "public_answer": project.public_answer or ""}
    facts = {"answered": Answered.PROPOSED, "because": because}
    await records.note(session, order, project, hand, "closed", facts=facts, words=words)
    return Answer(order.case_no, Answered.PROPOSED, because)


async def _report_done(session: AsyncSession, project: Project, order: Order, actor: Actor, terms: Terms) -> str | None:
    """Report it done as whoever works on it; the rule that stands against it, where one does."""
    if order.lead_unit != project.lead_unit:
        return "another unit leads it"
    by = _as_officer(actor, order)
    if by is None:
        return "who closes the project is no officer of its lead"
    told = {"done": project.done, "public_answer": project.public_answer, "project": str(project.id)}
    try:
        await make(session, order, Move.REPORT_DONE, Hand(by, actor), told=told, terms=terms)
    except Refused as refused:
        return type(refused).__name__
    return None


def _as_officer(actor: Actor, order: Order) -> By | None:
    """The actor as an officer of the lead unit itself: the one who would have reported it done anyway."""
    officers = (by for by in stances(actor, order) if by.role is Role.OFFICER and by.unit == order.lead_unit)
    return next(officers, None)
