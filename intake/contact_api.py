"""The call-back agent's way to the reporter, for an open survey."""

import json
from typing import Annotated

from fastapi import Header, Path, Request, Response
from fastapi.responses import JSONResponse

from intake.contacts import ContactMade, NewContact, SentContact, Way, must_be_sent, open_way
from services.guarding import router
from services.requests import Answer, Call, perform

CaseNo = Annotated[str, Path(description="16 digits, the last a check digit.", examples=["2025030100000426"])]
OnceKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer for a day.")
]
contact_api = router(tags=["cases"])


@contact_api.post(
    "/v1/cases/{case_no}/contacts",
    status_code=201,
    response_model=ContactMade,
    summary="Reach the reporter for an open survey: by the relay, or by the number, shown once and logged",
)
async def contact(request: Request, case_no: CaseNo, told: SentContact, _: OnceKey = None) -> Response:
    """Logged before anything happens: who, for which survey, why, until when. A repeat with the same Idempotency-Key
    answers without the number and rings nobody again."""
    must_be_sent(request.app.state.settings, case_no, told, request.state.actor)
    return await reach(request, case_no, told)


async def reach(request: Request, case_no: str, told: NewContact) -> JSONResponse:
    """The disclosure is committed, then the way is used: for a program's request as for a page's form."""
    state = request.app.state
    ways: list[Way] = []

    async def verb(call: Call) -> Answer:
        facts = {"vault": state.vault, "relay": state.relay, "by": call.actor}
        ways.append(await open_way(call.session, case_no, told, **facts))
        return Answer(201, ContactMade(way=told.way, until=ways[0].until))

    response = await perform(request, verb)
    assert isinstance(response, JSONResponse)
    if not ways:
        return response
    shown = json.loads(bytes(response.body)) | await _used(request, told, ways[0])
    return JSONResponse(shown, status_code=response.status_code, headers={"cache-control": "no-store"})


async def _used(request: Request, told: NewContact, way: Way) -> dict[str, str | None]:
    """After the commit: the number is shown, or the relay rings."""
    if told.way == "number":
        return {"number": way.number}
    relay = request.app.state.relay
    assert way.number
    await relay.bind(way.handle, way.number, way.until)
    return {"reference": await relay.connect(way.handle, str(request.state.actor.person))}
