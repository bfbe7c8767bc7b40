"""Pictures that came with a report: for those who handle the case and the desks over it, each look written down first.

A text can be redacted, a face or a door cannot. So companies never see them, and of a confidential case only the
dispatchers and supervisors do, who decide what the others need to know.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import cases, reporters, reveals
from intake.holding import COMPANY, NeverACompany
from intake.models import Report
from intake.open311.records import Open311Picture
from intake.vault import Vault
from services import audit
from services.identity import Actor
from services.problems import NotFound, Problem
from services.roles import Role

DESKS = (Role.DISPATCHER, Role.SUPERVISOR)
HANDLERS = (Role.OFFICER, Role.LEADER)


class PicturesConfidential(Problem):
    """The reporter asked for confidentiality, and a picture can show who or where that is."""

    status = 403
    title = "Confidential"
    remedy = "Ask a dispatcher or a supervisor over the case what the pictures show."


@dataclass(frozen=True)
class Picture:
    kind: str
    data: bytes = field(repr=False)


async def listed(session: AsyncSession, case_no: str, *, by: Actor) -> Sequence[Open311Picture]:
    """Raises NotFound, NeverACompany, PicturesConfidential."""
    report = await _seen(session, case_no, by)
    wanted = select(Open311Picture).where(Open311Picture.case_no == report.case_no)
    return (await session.scalars(wanted.order_by(Open311Picture.number))).all()


async def look(session: AsyncSession, case_no: str, number: int, *, by: Actor) -> Open311Picture:
    """That the person may look now, with its audit entry; to be committed before `opened`. Raises as `listed`."""
    rows = await listed(session, case_no, by=by)
    row = next((each for each in rows if each.number == number), None)
    if row is None:
        raise NotFound
    await audit.record(session, "picture.look", case_no, actor=by, number=number)
    return row


async def opened(session: AsyncSession, vault: Vault, row: Open311Picture) -> Picture:
    """Raises NotFound where the reporter was erased."""
    reporter = await reporters.of_case(session, row.case_no)
    if reporter.wrapped_key is None:
        raise NotFound("The reporter was erased, and the pictures with them.")
    text = vault.open(reporter.wrapped_key, f"picture {row.number}", row.sealed, str(reporter.id))
    return Picture(row.kind, base64.b64decode(text))


async def _seen(session: AsyncSession, case_no: str, by: Actor) -> Report:
    report = await cases.find(session, case_no, actor=by, roles=(*HANDLERS, *DESKS))
    if any(COMPANY.search(name) for name in (*await reveals.unit_names(session, by), report.lead_name or "")):
        raise NeverACompany
    if report.confidential and not await _at_a_desk(session, case_no, by):
        raise PicturesConfidential
    return report


async def _at_a_desk(session: AsyncSession, case_no: str, by: Actor) -> bool:
    over = cases.visible(by, DESKS)
    return await session.scalar(select(Report.case_no).where(Report.case_no == case_no, over)) is not None
