"""The random code that opens a case's status page together with its number: on the slip, in the message.

Only a digest stands beside the report. The code itself is sealed with the reporter, so that a slip can be printed
again. A case that was taken down before there were codes has none.
"""

import hashlib
import hmac
import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake import numbers
from intake.models import Report, Reporter
from intake.vault import Vault
from services.one_time_codes import ALPHABET, read, written

LENGTH = 12
"""60 bits, in three groups: short enough to be typed from a slip, and nobody finds one by trying."""


def new_code() -> str:
    """As people read it: `7K3M-Q9TW-0A5C`."""
    # 32 signs divide the 256 values of a byte, so each sign is as likely.
    return written("".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(LENGTH)))


def digest_of(case_no: str, code: str) -> bytes:
    """By which a code is known again; the same code on another case has another digest."""
    return hashlib.sha256(f"status code\0{case_no}\0{read(code)}".encode()).digest()


async def status_code(session: AsyncSession, vault: Vault, report: Report) -> str | None:
    """The code of a case, for whoever prints its slip or writes the message; None where there is none (any more).

    A case that the caller did not find under their own rights must not come here.
    """
    reporter = await session.get_one(Reporter, report.reporter)
    if reporter.status_code is None or reporter.wrapped_key is None:
        return None
    return vault.open(reporter.wrapped_key, "status_code", reporter.status_code, str(reporter.id))


async def check_code(session: AsyncSession, case_no: str, code: str) -> Report | None:
    """The case that this number and this code open together; None says as little as possible about why not."""
    if not numbers.valid(case_no):
        return None
    report = await session.scalar(select(Report).where(Report.case_no == case_no))
    kept = report.status_digest if report else None
    fits = hmac.compare_digest(kept or bytes(32), digest_of(case_no, code))
    return report if kept and fits else None
