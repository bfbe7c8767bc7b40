"""The clerk's page for what a reporter may ask of one case: a copy to print, a correction, an erasure."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ValidationError
from sqlalchemy import select

from intake import cases
from intake.channels import Desk
from intake.keeping import exports, rights
from intake.keeping.api import Known
from intake.keeping.readable import readable
from intake.keeping.records import Export
from intake.keeping.rights import CORRECTED, Correction
from intake.keeping.tries import counted, refuse_too_many
from intake.models import Report
from intake.vault import Vault
from services.clocks import now
from services.problems import FieldFault, Invalid
from services.requests import Answer, Call
from services.retention.rules import rules
from services.roles import Role
from services.staff_pages import StaffPages, fields, page_router, press

PAGES = StaffPages(Path(__file__).parent)
HOME = "/intake/rights"
AT_THE_DESK = (Role.CLERK,)
PROVING = ("status_code", "name", "phone", "id_number")
Form = TypeVar("Form", bound=BaseModel)
rights_pages = page_router()


@rights_pages.get("/rights", response_model=None)
async def find_case(request: Request, case_no: Annotated[str, Query(max_length=40)] = "") -> Response:
    """From the number somebody typed to its page."""
    digits = re.sub(r"\D", "", case_no)[:32]
    return RedirectResponse(f"{HOME}/{digits}", 303) if digits else PAGES.render(request, "rights_of.html")


@rights_pages.get("/rights/{case_no}", response_model=None)
async def rights_of(request: Request, case_no: str, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    actor, zone = request.state.actor, request.app.state.zone
    async with request.app.state.database.unit() as session:
        report = await cases.find(session, case_no, actor=actor, roles=AT_THE_DESK)
        mine = select(Export).where(Export.case_no == report.case_no, Export.asked_by == actor.person)
        rows = (await session.scalars(mine.where(Export.until > now()).order_by(Export.asked_at.desc()))).all()
        copies = [(row.id, row.until.astimezone(zone).strftime("%m-%d %H:%M"), row.sealed is not None) for row in rows]
    facts: dict[str, Any] = {"case_no": report.case_no, "closed": report.closed_at is not None, "done": done}
    return PAGES.render(request, "rights.html", copies=copies, names=CORRECTED, **facts)


@rights_pages.get("/rights/{case_no}/exports/{export}", response_model=None)
async def copy_to_print(request: Request, case_no: str, export: UUID) -> Response:
    """Each opening is a disclosure, written before the page goes out."""
    state = request.app.state
    async with state.database.unit() as session:
        report = await cases.find(session, case_no, actor=request.state.actor, roles=AT_THE_DESK)
        _, held = await exports.fetch(session, state.vault, case_no, export, desk=_desk(request.state.actor, report))
    text = readable(held) if held else ""
    return PAGES.render(request, "rights_copy.html", case_no=case_no, lines=_indented(text))


def _indented(text: str) -> list[tuple[int, str]]:
    """Each line with how deep it stands, as far as it is shown."""
    return [(min(4, (len(line) - len(line.lstrip())) // 2), line.strip()) for line in text.splitlines()]


@rights_pages.post("/rights/{case_no}/exports", response_model=None)
async def ask_copy(request: Request, case_no: str) -> Response:
    told = _read(Known, proof=_proof(await fields(request)))
    kept_for = rules(request.app.state.settings)["exports"].keep

    async def verb(call: Call) -> Answer:
        facts = await _facts(call, case_no)
        await exports.ask(call.session, **facts, told=told.proof, kept_for=kept_for)
        return Answer(202, None)

    return await _pressed(request, case_no, verb, "asked")


@rights_pages.post("/rights/{case_no}/corrections", response_model=None)
async def correct(request: Request, case_no: str) -> Response:
    sent = await fields(request)
    new = {name: value for name in CORRECTED if (value := sent.get(f"new-{name}", "").strip())}
    gone = [name for name in CORRECTED if f"remove-{name}" in sent]
    told = _read(Correction, proof=_proof(sent), reason=sent.get("reason", ""), remove=gone, **new)

    async def verb(call: Call) -> Answer:
        await rights.correct(call.session, **await _facts(call, case_no), told=told)
        return Answer(200, None)

    return await _pressed(request, case_no, verb, "corrected")


@rights_pages.post("/rights/{case_no}/erasure", response_model=None)
async def erase(request: Request, case_no: str) -> Response:
    sent = await fields(request)
    told = _read(Known, proof=_proof(sent))

    async def verb(call: Call) -> Answer:
        await rights.erase_asked(call.session, **await _facts(call, case_no), told=told.proof)
        return Answer(200, None)

    return await _pressed(request, case_no, verb, "erased")


async def _pressed(request: Request, case_no: str, verb: Any, done: str) -> Response:
    async with counted(request, case_no):
        return await press(request, verb, then=f"{HOME}/{case_no}?done={done}")


async def _facts(call: Call, case_no: str) -> dict[str, Any]:
    report = await cases.find(call.session, case_no, actor=call.actor, roles=AT_THE_DESK, lock=True)
    refuse_too_many(call.request)
    vault: Vault = call.request.app.state.vault
    return {"vault": vault, "desk": _desk(call.actor, report), "report": report}


def _desk(actor: Any, report: Report) -> Desk:
    return Desk.at(actor, AT_THE_DESK, like=report.by_role)


def _proof(sent: Mapping[str, str]) -> dict[str, Any]:
    told = {name: value for name in PROVING if (value := sent.get(name, "").strip())}
    return {**told, "document_seen": "document_seen" in sent}


def _read(form: type[Form], **told: Any) -> Form:
    """The form as the JSON route would take it; what was typed is not repeated in the refusal."""
    try:
        return form.model_validate(told)
    except ValidationError as error:
        names = dict.fromkeys(str(each["loc"][-1]) for each in error.errors())
        faults = [FieldFault(name, "is missing or does not fit", "go back one page and mend it") for name in names]
        raise Invalid(faults=faults) from None
