"""Taking a report down from a request, the same for JSON and for a page's form: once for each external_id."""

from fastapi import Request, Response

from intake import reports
from intake.channels import door
from intake.faces import CaseStatus
from intake.models import Report
from intake.reports import AlreadyPosted
from intake.schemas import NewCase
from services.requests import Answer, Call, etag, perform


async def take_down(request: Request, told: NewCase) -> Response:
    """201 with how it stands; 200 where this external_id was posted before, with this very body."""
    state, actor = request.app.state, request.state.actor
    desk = door(actor, told.channel)
    digest = reports.digest_of(state.answer_key, told)
    case_no = await state.serials.next_number()

    async def first(call: Call) -> Answer:
        facts = {"vault": state.vault, "desk": desk, "told": told, "case_no": case_no, "digest": digest}
        return answer(request, 201, await reports.register(call.session, **facts))

    async def again(call: Call) -> Answer:
        assert told.external_id
        facts = {"by": actor.person, "external_id": told.external_id, "digest": digest}
        return answer(request, 200, await reports.posted_before(call.session, **facts))

    try:
        return await perform(request, first)
    except AlreadyPosted:
        return await perform(request, again)


def answer(request: Request, status: int, report: Report) -> Answer:
    """How it stands; no words of the report, since the answer is kept for repeats."""
    headers = {"ETag": etag(report.version)}
    if status != 202:
        headers["Location"] = f"/intake/v1/cases/{report.case_no}"
    return Answer(status, CaseStatus.of(report, request.app.state.zone), headers)
