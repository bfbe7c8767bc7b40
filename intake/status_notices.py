"""The message that a case was registered: its number, its status code, and where to look. A way out of the vault.

Number and code live between the vault and the adapter and nowhere else; the queue holds the case number.
"""

from urllib.parse import urlencode
from uuid import NAMESPACE_OID, UUID, uuid5

from intake import disclosures, reporters, status_codes
from intake.models import Notification, Report, Reporter
from intake.notifications import Notifier
from intake.vault import Vault
from services import audit
from services.clocks import now
from services.database import Database

SEND_CODE = "send_status_code"
KIND = "status_code"


class StatusCodeSender:
    """The job behind a registering: tells the reporter number and code, once; killed on the way, again."""

    def __init__(self, database: Database, vault: Vault, notifier: Notifier, public_url: str) -> None:
        self._database, self._vault, self._notifier, self._public_url = database, vault, notifier, public_url

    async def __call__(self, payload: bytes) -> None:
        case_no = payload.decode()
        found = await self._reveal(case_no)
        if found is None:
            return
        phone, code = found
        await self._notifier.send(KIND, phone, words(case_no, code, self._public_url))
        async with self._database.unit() as session:
            session.add(_sent(case_no, self._notifier.name))

    async def _reveal(self, case_no: str) -> tuple[str, str] | None:
        """Number and code, with the audit entry committed before anybody has them; None where nobody is to be told."""
        async with self._database.unit() as session:
            report = await session.get_one(Report, case_no, with_for_update=True)
            if await session.get(Notification, _named(case_no)):
                return None
            phone = reporters.opened(self._vault, await session.get_one(Reporter, report.reporter)).phone
            code = await status_codes.status_code(session, self._vault, report)
            if phone is None or code is None:
                return None
            await audit.record(
                session, "reveal", case_no, voice="system", purpose="status code", field="phone",
                adapter=self._notifier.name,
            )  # fmt: skip
            await disclosures.log(
                session, case_no, fields=["phone"], way="notice", purpose="status code", to=disclosures.SYSTEM,
                until=now(),
            )  # fmt: skip
        return phone, code


def _named(case_no: str) -> UUID:
    """Always the same for a case: it is told once."""
    return uuid5(NAMESPACE_OID, f"status code {case_no}")


def _sent(case_no: str, adapter: str) -> Notification:
    """It belongs to no survey: in that column it names itself."""
    named = _named(case_no)
    return Notification(
        id=named, case_no=case_no, kind=KIND, survey=named, round=1, adapter=adapter, at=now(), result="sent"
    )


def words(case_no: str, code: str, public_url: str) -> str:
    """What the person reads. The code stands behind the #, which a browser tells no server."""
    address = f"{public_url.rstrip('/')}/intake/status?{urlencode({'no': case_no})}#{code}"
    return f"您反映的事项已登记，编号 {case_no}，查询码 {code}，请勿转告他人。查询进度：{address}"
