"""Whose figures, surveys and findings somebody may read: the evaluation body all, the others their own subtree's.

An auditor at the top of the tree sees all as well, as in the audit.
"""

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from feedback.fates import Choice
from services.identity import Actor, Unit
from services.problems import NotFound, invalid
from services.roles import Role

SEE_OWN = (Role.LEADER, Role.SUPERVISOR, Role.DISPATCHER, Role.AUDITOR)
Path = InstrumentedAttribute[str] | InstrumentedAttribute[str | None]


def sees_all(actor: Actor) -> bool:
    return actor.has((Role.CALLER, Role.EVALUATOR)) or _audits_all(actor)


def led_within(actor: Actor, path: Path) -> ColumnElement[bool]:
    """What the actor may open by its id: all for the evaluation body, for an auditor what the own subtree leads."""
    if sees_all(actor):
        return true()
    paths = {grant.path for grant in actor.of(Role.AUDITOR)}
    return or_(false(), *(path.startswith(each, autoescape=True) for each in sorted(paths)))


async def within_reach(session: AsyncSession, actor: Actor, choice: Choice) -> Choice:
    """The choice, narrowed to the asker's own unit where it names none.

    Raises NotFound for a unit outside the asker's subtrees, Invalid where several could be meant.
    """
    if actor.has((Role.EVALUATOR,)) or _audits_all(actor):
        return choice
    tops = _tops({grant.path for grant in actor.of(*SEE_OWN)})
    if wanted := choice.named().get("unit"):
        path = await session.scalar(select(Unit.path).where(Unit.code == wanted))
        if path is None or not any(path.startswith(top) for top in tops):
            raise NotFound("There is no unit of this code among yours.")
        return choice
    if len(tops) != 1:
        raise invalid("unit", "names one of your units, of which there are several", "name the unit you mean")
    return choice.within(unit=tops[0].strip("/").rpartition("/")[2])


def _audits_all(actor: Actor) -> bool:
    return any(grant.path.count("/") == 2 for grant in actor.of(Role.AUDITOR))


def _tops(paths: set[str]) -> list[str]:
    """The paths that lie below no other of them."""
    return sorted(path for path in paths if not any(path != other and path.startswith(other) for other in paths))
