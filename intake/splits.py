"""One report with two matters becomes two cases; intake does it, since it makes the numbers (拆单)."""

from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters
from intake.channels import Desk
from intake.followups import note, say
from intake.models import CLOSED, Report
from intake.reports import FRESH, put_place, receive
from intake.schemas import Split
from intake.vault import Vault
from services.clocks import now
from services.messages import ReportAmended
from services.problems import Conflict


class SplitTooLate(Conflict):
    """A closed case cannot be split: nothing of it is left to handle."""

    remedy = "Post the second matter as a report of its own."


async def split(
    session: AsyncSession, *, vault: Vault, desk: Desk, report: Report, told: Split, case_no: str
) -> Report:
    """The new case. It keeps the original's clock and channel, and its reporter under a data key of its own.

    The original's text is replaced; what was told first stays sealed with its reporter.
    """
    if report.state == CLOSED:
        raise SplitTooLate
    words, identity = await note(
        session, vault=vault, desk=desk, report=report, move="split",
        told={"note": told.original.description}, facts={"into": case_no},
    )  # fmt: skip
    report.text = words["note"]
    await say(session, report, ReportAmended(case_no=report.case_no, text=report.text, replaces=True, at=now()))
    second = _second(report, told, case_no)
    second.text = reporters.hide(told.second.description, identity)
    put_place(second, identity, told.second.address, told.second.grid_code, told.second.location)
    original = {"description": told.second.description, "address": told.second.address}
    as_told = {name: text for name, text in original.items() if text}
    await receive(session, vault=vault, desk=desk, report=second, identity=identity, original=as_told)
    return second


def _second(report: Report, told: Split, case_no: str) -> Report:
    """Taken down by whoever took down the first: it is the same telling."""
    return Report(
        **FRESH,
        case_no=case_no,
        channel=report.channel,
        external_id=None,
        body_digest=report.body_digest,
        item_type=told.second.item_type.value if told.second.item_type else report.item_type,
        issue=told.second.issue_code,
        told_district=report.told_district,
        received_at=report.received_at,
        as_of=now(),
        confidential=report.confidential,
        by_person=report.by_person,
        by_unit=report.by_unit,
        by_path=report.by_path,
        by_role=report.by_role,
        split_from=report.case_no,
    )
