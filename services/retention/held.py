"""`GET /v1/held/{case_no}`: what a service holds of a case, for the export that intake makes at a person's request.

intake's signed call alone is answered; what is told names no person, as everything outside the vault.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services import audit, timeline
from services.guarding import router
from services.problems import Problem

Held = Callable[[AsyncSession, str], Awaitable[Mapping[str, Any]]]
CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000426"])]


class NotTheVault(Problem):
    """Only intake, which knows the person who asked, makes an export."""

    status = 403
    title = "Not intake"


def held_endpoint(held: Held) -> APIRouter:
    """The route of a service; a case that is not known there holds nothing."""
    api = router(tags=["rights"])

    @api.get("/v1/held/{case_no}", summary="What is held of a case, for its reporter's export (intake's signed call)")
    async def told(request: Request, case_no: CaseNo) -> dict[str, Any]:
        if await request.app.state.peers.signed_source(request) != "intake":
            raise NotTheVault
        async with request.app.state.database.unit() as session:
            found = dict(await held(session, case_no))
            if found:
                await audit.record(session, "export.told", case_no, voice="intake")
            return found

    return api


async def entries(session: AsyncSession, case_no: str) -> list[dict[str, Any]]:
    """The timeline as a person reads it: when, what, by which role, in which words."""
    return [
        {"at": entry.at.isoformat(timespec="seconds"), "move": entry.move, "by": entry.by_role, "words": dict(words)}
        for entry, words in await timeline.entries(session, case_no)
    ]
