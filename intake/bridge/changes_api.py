"""Pull and reconciliation: what happened to the client's own cases since a cursor, and what differs from its books."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request

from intake.bridge import changes
from intake.bridge.faces import ChangePage, ChangeSeen
from intake.bridge.reconciling import Reconciled, Reconciliation, reconcile
from intake.bridge.records import Kind
from intake.bridge.translating import mapping_of
from services.guarding import router
from services.problems import invalid
from services.requests import cursor, position, whole

RECONCILIATION = "/v1/reconciliation"
BYTES = 4 * 2**20
"""Ten thousand numbers with their states."""
api = router(tags=["hotline bridge"])
After = Annotated[str | None, Query(max_length=400, description="`next` of the answer before; without it, all.")]
Limit = Annotated[int, Query(ge=1, le=1000)]


@api.get("/v1/changes", summary="What happened to your cases after a cursor, in the order everybody sees")
async def changed(request: Request, after: After = None, limit: Limit = 200) -> ChangePage:
    """Nothing is ever missed: what commits late comes after what a cursor has passed, never before it."""
    state, client = request.app.state, request.state.actor.person
    start = _place(after, client)
    async with state.database.unit() as session:
        await changes.number(session)
    async with state.database.unit() as session:
        found = await changes.after(session, client, start, most=limit + 1)
        codes = await mapping_of(session, client, [Kind.STATE])
    items = [ChangeSeen.of(change, report, codes, state.zone) for change, report in found[:limit]]
    last = found[:limit][-1][0].position if found else start
    return ChangePage(items=items, next=cursor(client=client, change=last), more=len(found) > limit)


def _place(sent: str | None, client: UUID) -> int:
    if sent is None:
        return 0
    found = position(sent)
    if found.get("client") != str(client):
        raise invalid("after", "is a `next` value of your own list", "start again without it")
    return whole(found, "change", of="after")


@api.post(RECONCILIATION, summary="These are my case numbers and states: what differs?")
async def reconciled(request: Request, told: Reconciliation) -> Reconciled:
    state, client = request.app.state, request.state.actor.person
    async with state.database.unit() as session:
        codes = await mapping_of(session, client, [Kind.STATE])
        return await reconcile(session, client, told, codes=codes, zone=state.zone)
