"""What follows a report: it is amended, withdrawn, chased or appealed, or the evaluation body judges.

None of it is refused: what is not legal becomes a note on the order, and the citizen is told of it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import matched, orders, repeated
from routing.hands import Hand
from routing.matched import Matched
from routing.models import ErasedCase, Order
from routing.moving import make
from routing.refusals import Refused
from routing.states import Cause, Move, Stage, State, Verdict, Voice
from routing.terms import Terms
from services.messages import Place, ReportAmended, ReportAppealed, ReportChased, ReportWithdrawn, VerdictGiven
from services.messaging import NotYet
from services.timeline import Entry

REPORTER, FEEDBACK = Hand.voice(Voice.REPORTER), Hand.voice(Voice.FEEDBACK)
AMENDED = "\n【补充】"
SPLIT = "您反映的几件事已分开办理，本件办理其中一件"


async def known(session: AsyncSession, case_no: str) -> Order:
    """The order, locked. Raises NotYet where its report has not come."""
    order = await orders.lock(session, case_no)
    if order is None:
        raise NotYet
    return order


async def amend(session: AsyncSession, amended: ReportAmended, terms: Terms, *, sequence: int) -> None:
    """More words go to the order's text, or stand for those first told. Another place may be another unit's."""
    order = await known(session, amended.case_no)
    if amended.reachable is not None:
        return await _reach(session, order, amended.reachable, terms)
    facts = {"replaces": True, "sequence": sequence} if amended.replaces else {}
    if amended.replaces:
        await _replace(session, order, amended.text or "", sequence, terms)
    elif amended.text:
        order.text = f"{order.text}{AMENDED}{amended.text}"
    if amended.place is not None and order.state != State.CLOSED:
        await _move_place(session, order, amended.place, terms)
    said = amended.text or "补充了地点"
    await _note(session, order, REPORTER, said, SPLIT if amended.replaces else "已收到您的补充", terms, **facts)
    if amended.text or amended.place:
        await _look_again(session, order, terms)
    return None


async def _reach(session: AsyncSession, order: Order, reachable: bool, terms: Terms) -> None:
    """Whether there is somebody to ask. The order it was merged into counts those who wait for it."""
    if order.reporter != reachable and order.state == State.MERGED and not order.reporter_left:
        above = await known(session, str(order.merged_into))
        above.waiting_children = max(0, above.waiting_children + (1 if reachable else -1))
    order.reporter = reachable
    said = "反映人更正了联系方式，可以联系" if reachable else "反映人删去了联系方式，无法再联系和回访"
    await _note(session, order, REPORTER, said, None, terms, reachable=reachable)


async def _look_again(session: AsyncSession, order: Order, terms: Terms) -> None:
    """Other words or another place may make it a repeat; what somebody works on already, only a dispatcher merges."""
    if order.state in (State.TRIAGE, State.DISPATCHED):
        await repeated.merge_on_arrival(session, order, terms, held=True)


async def _replace(session: AsyncSession, order: Order, text: str, sequence: int, terms: Terms) -> None:
    """What was first told gives way, what was added stays; of two splits the later one counts, whichever comes first.

    In triage the dispatcher reads what the matcher makes of the part that stayed.
    """
    told = Entry.facts["sequence"].as_integer()
    later = select(Entry.id).where(Entry.case_no == order.case_no, Entry.facts.has_key("replaces"), told > sequence)
    if await session.scalar(later.limit(1)) is not None:
        return
    _, *added = order.text.split(AMENDED)
    order.text = AMENDED.join([text, *added])
    if order.state == State.TRIAGE:
        with session.no_autoflush:
            matched.describe(order, await matched.answer(session, order, terms))


async def _move_place(session: AsyncSession, order: Order, place: Place, terms: Terms) -> None:
    """A place that is not found, or is the same unit's, changes nothing for those who work on it."""
    _put_place(order, place)
    grid, order.grid = order.grid, None
    with session.no_autoflush:
        found = await matched.answer(session, order, terms)
    if found.grid is None:
        order.grid = grid
    elif State(order.state).stage is Stage.HANDLE and found.lead != order.lead_unit:
        await _redirect(session, order, found, terms)
    elif order.state == State.TRIAGE:
        matched.describe(order, found)
    else:
        matched.put_place(order, found)


async def _redirect(session: AsyncSession, order: Order, found: Matched, terms: Terms) -> None:
    told = {**found.told(), "reason": "反映人更正了地点", "cause": Cause.PLACE_AMENDED}
    matched.describe(order, found)
    await make(session, order, Move.REDIRECT, Hand.voice(Voice.MATCHER), told=told, terms=terms)


def _put_place(order: Order, place: Place) -> None:
    """The parts told anew; a point goes with its words, and new words make an old point or grid worthless."""
    told = place.address or place.grid or place.location
    if told:
        order.told_address = place.address or order.told_address
        order.told_grid = place.grid
        point = place.location
        order.lon, order.lat, order.crs = (point.lon, point.lat, point.crs) if point else (None, None, None)
    order.told_district = place.district or order.told_district


async def withdraw(session: AsyncSession, withdrawn: ReportWithdrawn, terms: Terms) -> None:
    """The order of several ends with the last of them."""
    order = await known(session, withdrawn.case_no)
    parent = order.merged_into if order.state == State.MERGED else None
    told = {"reason": withdrawn.reason}
    if await _try(session, order, Move.WITHDRAW, REPORTER, told, terms, said=withdrawn.reason) and parent:
        above = await known(session, parent)
        if above.reporter_left and above.waiting_children == 0:
            await make(session, above, Move.WITHDRAW, REPORTER, told={"reason": "最后一位反映人撤诉"}, terms=terms)


async def chase(session: AsyncSession, chased: ReportChased, terms: Terms) -> None:
    order = await known(session, chased.case_no)
    await _try(session, order, Move.CHASE, REPORTER, {"text": chased.text}, terms, said=chased.text or "催办")


async def appeal(session: AsyncSession, appealed: ReportAppealed, terms: Terms) -> None:
    order = await known(session, appealed.case_no)
    told = {"text": appealed.text, "at": appealed.at}
    await _appeal(session, order, REPORTER, told, terms, said=appealed.text)


async def judge(session: AsyncSession, given: VerdictGiven, terms: Terms) -> None:
    """The verdict on a round: the order's own, or on that of the order it was merged into.

    On a closed order, a late or sampled "unsolved" is an appeal; all else is only noted.
    """
    order = await known(session, given.case_no)
    told = {"verdict": given.verdict, "round": given.round, "kind": given.kind, "rule": given.rule}
    said = f"{given.verdict}: {given.reason}"
    unsolved = Verdict(given.verdict) is Verdict.UNRESOLVED and given.round == order.round
    if order.state == State.MERGED and unsolved:
        await _judge_parent(session, order, told, terms, said)
    elif order.state == State.CLOSED and unsolved:
        await _appeal(session, order, FEEDBACK, told | {"text": given.reason}, terms, said=said)
    elif given.kind == "handled":
        await _try(session, order, Move.JUDGE, FEEDBACK, told | {"reason": given.reason}, terms, said=said)
    else:
        await _note(session, order, FEEDBACK, said, None, terms)


async def _judge_parent(session: AsyncSession, child: Order, told: Mapping[str, Any], terms: Terms, said: str) -> None:
    """What one of the reporters finds unsolved is unsolved."""
    parent = await known(session, str(child.merged_into))
    await _note(session, child, FEEDBACK, said, None, terms)
    on_parent = {**told, "round": parent.round, "child": child.case_no}
    await _try(session, parent, Move.JUDGE, FEEDBACK, on_parent, terms, said=said)


async def _appeal(
    session: AsyncSession, order: Order, hand: Hand, told: Mapping[str, Any], terms: Terms, *, said: str
) -> None:
    """Where it was merged into another, the other one is appealed against: first, since it can refuse.

    A case whose person and words were erased is not opened again: nobody could handle it, or be asked.
    """
    if await _is_erased(session, order):
        return await _note(session, order, hand, said, None, terms, wanted=Move.APPEAL, refused="ErasedCase")
    if order.merged_into is not None and order.state == State.CLOSED:
        parent = await known(session, order.merged_into)
        ended = parent.state == State.CLOSED
        if ended and not await _try(session, parent, Move.APPEAL, hand, told, terms, said=said):
            return await _note(session, order, hand, said, REFUSED[Move.APPEAL], terms)
    await _try(session, order, Move.APPEAL, hand, told, terms, said=said)
    return None


async def _is_erased(session: AsyncSession, order: Order) -> bool:
    """It, or what it was merged into."""
    gone = select(ErasedCase.case_no).where(ErasedCase.part == "everything")
    return (
        await session.scalar(gone.where(ErasedCase.case_no.in_([order.case_no, order.merged_into])).limit(1))
        is not None
    )


REFUSED: dict[Move, str] = {
    Move.WITHDRAW: "事项已办结，无需撤诉；您的说明已记录",
    Move.CHASE: "事项已办结，您的催办已记录；如不认可结果，可以申诉",
    Move.APPEAL: "申诉未能受理：每件只能申诉一次，且须在期限内；您的意见已记录，可另行反映",
}


async def _try(
    session: AsyncSession,
    order: Order,
    move: Move,
    hand: Hand,
    told: Mapping[str, Any],
    terms: Terms,
    *,
    said: str,
) -> bool:
    """Make the move; where it is refused, note what was said and tell the citizen. Whether it was made."""
    try:
        await make(session, order, move, hand, told=told, terms=terms)
    except Refused as refused:
        notice = REFUSED.get(move) if hand is REPORTER else None
        facts = {"wanted": move, "refused": type(refused).__name__}
        await _note(session, order, hand, said, notice, terms, **facts)
        return False
    return True


async def _note(
    session: AsyncSession, order: Order, hand: Hand, said: str, notice: str | None, terms: Terms, **facts: Any
) -> None:
    await make(session, order, Move.NOTE, hand, told={"text": said, **facts}, terms=terms, notice=notice)
