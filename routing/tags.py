"""Tags: the third axis of a matter beside its issue and its type (紧急程度、风险、人群). They describe the matter."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from routing import guards
from routing.hands import Hand, record, signature
from routing.models import Order
from routing.refusals import NotForYou, Refused, WrongRole
from routing.standing import stances
from services import timeline
from services.identity import Actor
from services.roles import Role

SETTING = (Role.DISPATCHER, Role.OFFICER, Role.LEADER, Role.SUPERVISOR)


class Axis(StrEnum):
    """紧急程度, 风险, 人群."""

    URGENCY = "urgency"
    RISK = "risk"
    CROWD = "crowd"


class Tag(StrEnum):
    """加急, 安全隐患, 矛盾激化, 群体诉求, 特殊人群 (it affects old, young, ill or disabled people)."""

    PRESSING = "pressing"
    SAFETY = "safety"
    CONFLICT = "conflict"
    MANY = "many"
    VULNERABLE = "vulnerable"


AXES: Mapping[Tag, Axis] = {
    Tag.PRESSING: Axis.URGENCY,
    Tag.SAFETY: Axis.RISK,
    Tag.CONFLICT: Axis.RISK,
    Tag.MANY: Axis.CROWD,
    Tag.VULNERABLE: Axis.CROWD,
}


async def put(session: AsyncSession, order: Order, tags: Collection[Tag], *, actor: Actor) -> None:
    """The order has these tags and no others; the timeline says which came and which went. Raises NotForYou."""
    hand, before = _hand(order, actor), set(order.tags)
    after = [tag.value for tag in Tag if tag in tags]
    added, removed = sorted(set(after) - before), sorted(before - set(after))
    if not added and not removed:
        return
    order.tags = after
    facts = {"added": added, "removed": removed}
    state = order.state
    entry = await timeline.append(
        session, order, "tag", **signature(hand), from_state=state, to_state=state, facts=facts
    )
    await record(session, order, "tag", hand, entry=entry)


def _hand(order: Order, actor: Actor) -> Hand:
    """Whoever is on the order or over it, under the first grant that allows it."""
    refused: Refused = WrongRole(SETTING)
    for by in stances(actor, order):
        if by.role in SETTING:
            try:
                guards.on_order(order, by)
            except NotForYou as error:
                refused = error
            else:
                return Hand(by, actor)
    raise refused
