"""Whose figures somebody may read: the evaluation body and the auditor all, the others those of their own subtree."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.fates import Choice
from services.identity import Actor, Unit
from services.problems import NotFound, invalid
from services.roles import Role

SEE_ALL = (Role.EVALUATOR, Role.AUDITOR)
SEE_OWN = (Role.LEADER, Role.SUPERVISOR, Role.DISPATCHER)


async def within_reach(session: AsyncSession, actor: Actor, choice: Choice) -> Choice:
    """The choice, narrowed to the asker's own unit where it names none.

    Raises NotFound for a unit outside the asker's subtrees, Invalid where several could be meant.
    """
    if actor.has(SEE_ALL):
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


def _tops(paths: set[str]) -> list[str]:
    """The paths that lie below no other of them."""
    return sorted(path for path in paths if not any(path != other and path.startswith(other) for other in paths))
