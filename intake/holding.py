"""Who holds an open task that needs the reporter: the handler of the order, as intake's copy of it says. Pure.

The handler is the officer who works it, in the lead unit or above; where that person no longer holds the role there,
any officer of the lead unit itself. Co-units and companies never are, whatever else they hold.
"""

import re
from collections.abc import Collection
from enum import StrEnum
from uuid import UUID

from intake.models import Report
from services.identity import Actor, Grant
from services.problems import Problem
from services.roles import Role

NEEDS_CONTACT = frozenset({"handle.dispatched", "handle.working", "handle.deferred"})
"""Not while it is disputed: who says that it is another's has nobody to call."""
COMPANY = re.compile(r"公司|企业|集团|物业服务|物业管理(?!办|科|所|局|处室)|物业(?:项目|客服|管家)|商行|经营部")
"""How a unit's name shows that it is a business, such as a property company (物业公司). Units carry no kind."""


class Field(StrEnum):
    """What can be shown of a reporter, each by itself."""

    NAME = "name"
    PHONE = "phone"
    OTHER_PHONE = "other_phone"
    ID_NUMBER = "id_number"
    HOME = "home"


class Purpose(StrEnum):
    """What it is needed for."""

    FIRST_CONTACT = "first_contact"
    """先行联系."""
    CLARIFICATION = "clarification"
    """Something of the report is to be asked."""
    APPOINTMENT = "appointment"
    """A visit at the person's home is to be arranged."""
    ANSWER = "answer"
    """What was done is to be told."""
    ENTITLEMENT = "entitlement"
    """A right is to be checked, as for an allowance."""


NUMBERS = frozenset({Field.NAME, Field.PHONE, Field.OTHER_PHONE})
NEEDED: dict[Purpose, frozenset[Field]] = {
    Purpose.FIRST_CONTACT: NUMBERS,
    Purpose.CLARIFICATION: NUMBERS,
    Purpose.APPOINTMENT: NUMBERS | {Field.HOME},
    Purpose.ANSWER: NUMBERS,
    Purpose.ENTITLEMENT: frozenset({Field.NAME, Field.ID_NUMBER, Field.HOME}),
}


class NotTheHandler(Problem):
    """Only who works this case now may reach its reporter, and only while it is being handled."""

    status = 403
    title = "Not the handler"
    remedy = "Accept the order first; a leader or dispatcher can pass it on."


class NeverACompany(Problem):
    """Companies are never told who reported, property companies least of all."""

    status = 403
    title = "Never a company"
    remedy = "Ask the leader of the grid to make the contact."


class NotForThis(Problem):
    """This purpose does not need all of these fields."""

    status = 422
    title = "Not needed for this"
    remedy = "Ask for fewer fields, or say the purpose that needs them."


def handler(report: Report, actor: Actor, *, units: Collection[str], still: bool) -> Grant:
    """The grant by which the actor works the case. `units` are the names of all units the actor belongs to, `still`
    is whether the officer of the copy can still work it. Raises NotTheHandler, NeverACompany."""
    if any(COMPANY.search(name) for name in (*units, report.lead_name or "")):
        raise NeverACompany
    if report.state in NEEDS_CONTACT:
        for grant in actor.of(Role.OFFICER):
            if _works(report, actor.person, grant, still=still):
                return grant
    raise NotTheHandler


def _works(report: Report, person: UUID, grant: Grant, *, still: bool) -> bool:
    if grant.unit in {unit["code"] for unit in report.co_units}:
        return False
    if report.officer == person:
        return grant.covers(report.lead_path)
    return not still and grant.unit == report.lead_code


def refuse_unneeded(purpose: Purpose, fields: Collection[Field]) -> None:
    """Raises NotForThis."""
    surplus = sorted(set(fields) - NEEDED[purpose])
    if surplus:
        raise NotForThis(surplus=surplus, purpose=purpose)
