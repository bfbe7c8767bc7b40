"""feedback's copy of the order: the facts the figures are made of. Newer news replaces the copy, older never does."""

from typing import Any

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.dossiers import hold
from feedback.models import CaseCopy
from feedback.surveys import recall
from services.messages import OrderMoved

ENDINGS = ("merge", "withdraw")
WITHDRAWN = "withdrawn"
SAME_NAMES = (
    *("case_no", "state", "outcome", "round", "channel", "item_type", "issue", "received_at", "case_due"),
    *("contact_due", "contacted_at", "accepted_at", "handled_at", "closed_at", "disputes", "merged_into"),
)


async def copy(session: AsyncSession, moved: OrderMoved, sequence: int) -> None:
    """Keep the order's face, and recall an open survey where this move ended what it asks about."""
    if ends_surveys(moved):
        dossier = await hold(session, moved.case_no)
        await recall(session, dossier, sequence)
    facts = _facts(moved) | {"seen": sequence}
    statement = insert(CaseCopy).values(facts)
    newer = {name: statement.excluded[name] for name in facts if name != "case_no"}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["case_no"], set_=newer, where=CaseCopy.seen < statement.excluded.seen
        )
    )


def ends_surveys(moved: OrderMoved) -> bool:
    """A merge and a withdrawal do, also one after which a hazard stays open without its reporter.

    It is the move that counts: a case that is merged already has its own survey later, which no further news recalls.
    """
    return moved.move in ENDINGS or moved.outcome == WITHDRAWN


def _facts(moved: OrderMoved) -> dict[str, Any]:
    return {
        **{name: getattr(moved, name) for name in SAME_NAMES},
        "grid_code": moved.grid.code if moved.grid else None,
        "grid_path": moved.grid.path if moved.grid else None,
        "lead_code": moved.lead.code if moved.lead else None,
        "lead_path": moved.lead.path if moved.lead else None,
    }
