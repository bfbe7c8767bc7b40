"""Whether somebody is the reporter: by the code on their slip, or at a desk by a document and what the vault holds.

What was told is compared with the vault and kept nowhere; a wrong one is in the audit, and five a day are the most.
"""

import hmac
import unicodedata
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from intake import reporters, status_codes
from intake.channels import Desk
from intake.models import Report
from intake.schemas import IdNumber, In, Phone
from intake.vault import Vault
from services.problems import Problem
from services.roles import Role
from services.texts import printable

REFUSED, MOST = "right.refused", 5
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(printable)]


class NotTheReporter(Problem):
    """What was told does not show that this is the reporter."""

    status = 403
    title = "Not shown to be the reporter"
    remedy = "Ask for the code on the slip or in the message; or, at a desk, for a document with this name and number."


class TooManyTries(Problem):
    """For this case too many tries failed today."""

    status = 429
    title = "Too many tries"
    remedy = "Try again tomorrow, with the code on the slip."


class Proof(In):
    """How the person was known: `status_code` alone, or, at a clerk's desk, a document that was seen."""

    status_code: str | None = Field(None, max_length=40, description="The code on the slip or in the message.")
    document_seen: bool = Field(False, description="A clerk saw a document; `name` and `phone` are as the person says.")
    name: Name | None = None
    phone: Phone | None = None
    id_number: IdNumber | None = Field(None, description="Where the vault holds one, the document's must be the same.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if not self.status_code and not (self.document_seen and self.name and self.phone):
            raise ValueError("has a status_code, or document_seen with name and phone")
        return self


async def show(session: AsyncSession, vault: Vault, report: Report, told: Proof, *, desk: Desk) -> str:
    """By which way the person was known: `code` or `document`. The try is counted already (`tries`).

    Raises NotTheReporter.
    """
    if told.status_code:
        if await status_codes.check_code(session, report.case_no, told.status_code):
            return "code"
    elif desk.grant.role is Role.CLERK and await _document_fits(session, vault, report, told):
        return "document"
    raise NotTheReporter


async def _document_fits(session: AsyncSession, vault: Vault, report: Report, told: Proof) -> bool:
    held = reporters.opened(vault, await reporters.of_case(session, report.case_no))
    numbers = [index for each in (held.phone, held.other_phone) if (index := reporters.index_of(vault, each))]
    said = reporters.index_of(vault, told.phone) or b""
    fits = [_same(held.name, told.name), any(hmac.compare_digest(said, index) for index in numbers)]
    if held.id_number:
        fits.append(_same(held.id_number, told.id_number))
    return all(fits)


def _same(held: str | None, told: str | None) -> bool:
    one, other = (unicodedata.normalize("NFKC", each or "").replace(" ", "").upper() for each in (held, told))
    return bool(one) and hmac.compare_digest(one.encode(), other.encode())
