"""The reporter's rights on a case (个人信息权利): correction and erasure, through a desk, once they are known."""

from typing import Any, Literal

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from intake import relay, reporters
from intake.channels import Desk
from intake.keeping.erasing import Part, erase, refuse_erased
from intake.keeping.holds import refuse_held
from intake.keeping.proof import Name, Proof, show
from intake.models import CLOSED, Report
from intake.notices import choices
from intake.schemas import Address, IdNumber, In, Phone, Reason, WeComUser, example
from intake.vault import Vault
from services import audit, timeline
from services.clocks import now
from services.messages import ReportAmended
from services.messaging import tell
from services.problems import Conflict, invalid

FieldName = Literal["name", "phone", "other_phone", "id_number", "home", "wecom_user"]
CORRECTED: tuple[FieldName, ...] = ("name", "phone", "other_phone", "id_number", "home", "wecom_user")
PROOF = {"status_code": "7K3M-Q9TW-0A5C"}


class StillOpen(Conflict):
    """The case is still being worked on, which needs its reporter."""

    remedy = "Withdraw the case first, or wait for its end; single fields can be corrected or removed now."


class Correction(In):
    """New values of what is held, and fields to remove; the old values are destroyed."""

    model_config = example(proof=PROOF, phone="13800005678", reason="换了手机号")
    proof: Proof
    reason: Reason
    name: Name | None = None
    phone: Phone | None = None
    other_phone: Phone | None = None
    id_number: IdNumber | None = None
    home: Address | None = None
    wecom_user: WeComUser | None = None
    remove: list[FieldName] = Field([], max_length=len(CORRECTED))


async def correct(session: AsyncSession, *, vault: Vault, desk: Desk, report: Report, told: Correction) -> list[str]:
    """The fields that changed. Their old ciphertexts are overwritten, and nothing says what they held.

    Raises NotTheReporter, ErasedCase.
    """
    await refuse_erased(session, report.case_no)
    new = {name: value for name in CORRECTED if (value := getattr(told, name)) is not None}
    if (not new and not told.remove) or set(new) & set(told.remove):
        raise invalid("(body)", "names each field once", "send the new values, and in `remove` the fields to remove")
    way = await show(session, vault, report, told.proof, desk=desk)
    reporter = await reporters.of_case(session, report.case_no)
    key, old = vault.unlock(reporters.key_of(reporter)), reporters.open_field(vault, reporter, "phone")
    for name in told.remove:
        setattr(reporter, name, None)
    for name, value in new.items():
        setattr(reporter, name, key.seal(name, value, str(reporter.id)))
    for name in {*new, *told.remove} & set(reporters.INDEXED):
        setattr(reporter, f"{name}_index", reporters.index_of(vault, new.get(name)))
    await session.flush()
    if "phone" in {*new, *told.remove}:
        await choices.follow(session, vault, reporter.id, old=old, new=new.get("phone"))
        await _tell_reach(session, report, reporter.phone is not None)
    changed: list[str] = [name for name in CORRECTED if name in new or name in told.remove]
    facts: dict[str, Any] = {"fields": changed, "removed": sorted(told.remove), "known_by": way}
    words = {"reason": reporters.hide(told.reason, reporters.opened(vault, reporter))}
    number = await timeline.append(session, report, "correct", **desk.signature, facts=facts, words=words)
    await audit.record(session, "reporter.corrected", report.case_no, actor=desk.actor, entry=number, **facts)
    return changed


async def _tell_reach(session: AsyncSession, report: Report, reachable: bool) -> None:
    """routing hears where somebody can be asked no longer, or again; a relay forgets the old number."""
    await relay.bind_anew(session, report.case_no)
    if report.reachable == reachable:
        return
    report.reachable = reachable
    report.told += 1
    await tell(session, ReportAmended(case_no=report.case_no, reachable=reachable, at=now()), sequence=report.told)


async def erase_asked(session: AsyncSession, *, vault: Vault, desk: Desk, report: Report, told: Proof) -> bool:
    """Everything of the case's person, in all three services; False where it was erased before.

    Nobody is asked why: a reason is the person's own words, and would be one more thing to keep of them.

    Raises StillOpen, OnHold, NotTheReporter.
    """
    way = await show(session, vault, report, told, desk=desk)
    if report.state != CLOSED:
        raise StillOpen(state=report.state)
    await refuse_held(session, report.case_no)
    await audit.record(session, "erasure.asked", report.case_no, actor=desk.actor, known_by=way)
    return await erase(session, vault, report, Part.EVERYTHING, cause="asked", by=desk.actor)
