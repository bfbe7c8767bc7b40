"""What a notice says: the facts of its occasion, gathered when it is sent; None where nothing is left to say."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select

from intake import status_codes
from intake.codes import sent_code
from intake.models import CodeHandOut, Notification, Report
from intake.notices.occasions import Occasion
from intake.vault import Vault
from services.attempts import Unreachable
from services.clocks import now
from services.database import Database
from services.messaging import PeerFailed, Peers

GONE = (409, 410)
"""How feedback answers when there is nothing to ask any longer."""
Facts = Mapping[str, str]


class Link(BaseModel):
    """A fresh one-time address of a survey's page, as feedback hands it out."""

    url: str
    expires_at: Any


class Contents:
    """Gathers facts of one notification; no address of anybody is opened for it."""

    def __init__(self, database: Database, peers: Peers, vault: Vault, *, key: bytes, public_url: str) -> None:
        self._database, self._peers, self._vault = database, peers, vault
        self._key, self._public_url = key, public_url.rstrip("/")

    async def of(self, row: Notification) -> Facts | None:
        match Occasion(row.kind):
            case Occasion.SURVEY_LINK:
                return await self._survey(row)
            case Occasion.VOTING_CODE:
                return await self._vote(row)
            case occasion:
                return await self._status(row, occasion)

    async def _status(self, row: Notification, occasion: Occasion) -> Facts | None:
        """The code stands behind the #, which a browser tells no server; a case without one is asked for it."""
        async with self._database.unit() as session:
            report = await session.get_one(Report, row.case_no)
            code = await status_codes.status_code(session, self._vault, report)
        if code is None and occasion is Occasion.REGISTERED:
            return None
        link = f"{self._public_url}/intake/status?{urlencode({'no': row.case_no})}"
        return {"case_no": row.case_no, "code": code or "", "link": f"{link}#{code}" if code else link}

    async def _survey(self, row: Notification) -> Facts | None:
        """Fetched fresh by a signed call. Killed on the way, the job sends another link."""
        assert row.survey
        try:
            told = await self._peers.call("feedback", "POST", "/v1/links", {"survey": str(row.survey)})
        except PeerFailed as error:
            if error.status in GONE:
                return None
            if error.status is None:
                raise Unreachable(str(error)) from None
            raise
        return {"case_no": row.case_no, "link": Link.model_validate(told).url}

    async def _vote(self, row: Notification) -> Facts | None:
        vote: UUID | None = row.survey
        assert vote
        async with self._database.unit() as session:
            wanted = select(CodeHandOut).where(CodeHandOut.deliberation == vote).limit(1)
            hand_out = (await session.scalars(wanted)).one()
        if hand_out.closes_at <= now():
            return None
        return {"case_no": row.case_no, "question": hand_out.question, "code": sent_code(self._key, vote, row.id)}
