"""专班与项目, and the three lists: resources of partners, needs, projects."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncSession

from routing.api.catalogue import catalogue_of, today
from routing.api.orders import CaseNo, IfMatch, OnceKey
from routing.api.pressing import pressed
from routing.city import City
from routing.models import Project
from routing.models.projects import ProjectState
from routing.projects import closing, finding, linking, opening, progress, reading, records, sharing, three_lists
from routing.projects.reading import (
    AllotmentSeen,
    Matches,
    MatchSeen,
    NeedPage,
    NeedSeen,
    ProjectClosed,
    ProjectFace,
    ProjectPage,
    ProjectView,
    ResourcePage,
    ResourceSeen,
)
from routing.projects.schemas import (
    CasesTold,
    Given,
    MilestoneTold,
    NewNeed,
    NewProject,
    NewResource,
    ProgressTold,
    ProjectClosing,
)
from routing.projects.three_lists import ListForm, Which
from routing.terms import terms
from services.guarding import router
from services.requests import Answer, Call, etag, perform, version_wanted

api = router(tags=["projects"])
GridCode = Annotated[str, Path(max_length=64)]
MEDIA = {
    ListForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ListForm.CSV: "text/csv; charset=utf-8",
}
BINARY: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


@api.post("/v1/projects", status_code=201, response_model=ProjectFace, summary="立项: many cases with one cause")
async def open_project(request: Request, told: NewProject, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        project = await opening.open_(call.session, told, actor=call.actor)
        return await _answer(call, project, status=201)

    return await pressed(request, verb)


@api.get("/v1/projects", response_model=ProjectPage, summary="项目清单: projects that you may see")
async def list_projects(request: Request, state: ProjectState | None = None) -> ProjectPage:
    async with request.app.state.database.unit() as session:
        rows = await reading.listed(session, actor=request.state.actor, state=state)
        return ProjectPage(items=await reading.faces(session, rows, terms(request.app.state.settings).calendar.zone))


@api.get(
    "/v1/projects/export",
    response_class=Response,
    summary="The three lists as a workbook, or one of them as CSV",
    responses={200: {"content": dict.fromkeys(MEDIA.values(), BINARY), "description": "The file."}},
)
async def export_lists(
    request: Request,
    form: Annotated[ListForm, Query(alias="format")] = ListForm.XLSX,
    which: Annotated[Which, Query(alias="list", description="Of CSV: which of the three.")] = Which.PROJECTS,
) -> Response:
    async with request.app.state.database.unit() as session:
        rows = await _rows(request, session)
    if form is ListForm.XLSX:
        body, name = await asyncio.to_thread(three_lists.workbook, rows), "lists.xlsx"
    else:
        body, name = three_lists.csv(rows, which), f"{which}.csv"
    return Response(body, media_type=MEDIA[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


async def _rows(request: Request, session: AsyncSession) -> three_lists.Rows:
    actor, zone = request.state.actor, terms(request.app.state.settings).calendar.zone
    projects = await reading.faces(session, await reading.listed(session, actor=actor), zone)
    needs = [NeedSeen.of(row) for row in await reading.needs(session, actor=actor)]
    return three_lists.rows_of([ResourceSeen.of(row) for row in await reading.resources(session)], needs, projects)


@api.get("/v1/projects/{project}", response_model=ProjectView, summary="One with its groups, milestones and cases")
async def project(request: Request, project: UUID) -> Response:
    async with request.app.state.database.unit() as session:
        found = await finding.find(session, project, actor=request.state.actor)
        view = await reading.whole(session, found, terms(request.app.state.settings).calendar.zone)
    return JSONResponse(view.model_dump(mode="json"), headers={"ETag": etag(found.version)})


@api.post("/v1/projects/{project}/cases", response_model=ProjectFace, summary="Link cases with the same cause")
async def link_cases(
    request: Request, project: UUID, told: CasesTold, _: IfMatch = None, __: OnceKey = None
) -> Response:
    city = await _city(request)

    async def step(call: Call, found: Project) -> None:
        hand = records.hand_of(call.actor, finding.check_leads(call.actor, found))
        await linking.link(call.session, found, told.cases, hand, actor=call.actor, city=city)
        progress.touch(found)

    return await _step(request, project, step)


@api.delete("/v1/projects/{project}/cases/{case_no}", response_model=ProjectFace, summary="Take a case out")
async def unlink_case(
    request: Request, project: UUID, case_no: CaseNo, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, found: Project) -> None:
        hand = records.hand_of(call.actor, finding.check_leads(call.actor, found))
        await linking.unlink(call.session, found, case_no, hand)
        progress.touch(found)

    return await _step(request, project, step)


@api.put("/v1/projects/{project}/groups/{grid}", response_model=ProjectFace, summary="How far a building group is")
async def advance_group(
    request: Request, project: UUID, grid: GridCode, told: ProgressTold, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, found: Project) -> None:
        await progress.advance(call.session, found, grid, told.progress, actor=call.actor)

    return await _step(request, project, step)


@api.post("/v1/projects/{project}/milestones", response_model=ProjectFace, summary="Plan a milestone")
async def plan_milestone(
    request: Request, project: UUID, told: MilestoneTold, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, found: Project) -> None:
        await progress.plan(call.session, found, told, actor=call.actor)

    return await _step(request, project, step)


@api.post(
    "/v1/projects/{project}/milestones/{milestone}/reached",
    response_model=ProjectFace,
    summary="A milestone is reached",
)
async def reach_milestone(
    request: Request, project: UUID, milestone: UUID, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def step(call: Call, found: Project) -> None:
        await progress.reach(call.session, found, milestone, actor=call.actor)

    return await _step(request, project, step)


@api.post("/v1/projects/{project}/close", response_model=ProjectClosed, summary="结项: the project answers its cases")
async def close_project(
    request: Request, project: UUID, told: ProjectClosing, _: IfMatch = None, __: OnceKey = None
) -> Response:
    async def verb(call: Call) -> Answer:
        agreed = terms(request.app.state.settings)
        found = await finding.lock(call.session, project, actor=call.actor, version=version_wanted(request))
        answers = await closing.close(call.session, found, told, actor=call.actor, terms=agreed)
        await call.session.flush()
        face = await reading.face(call.session, found, agreed.calendar.zone)
        body = ProjectClosed(project=face, answers=reading.answered(answers))
        return Answer(200, body, {"ETag": etag(found.version)})

    return await pressed(request, verb)


async def _step(request: Request, project: UUID, step: Callable[[Call, Project], Awaitable[None]]) -> Response:
    """One step on a project as it was read."""

    async def verb(call: Call) -> Answer:
        found = await finding.lock(call.session, project, actor=call.actor, version=version_wanted(request))
        await step(call, found)
        return await _answer(call, found)

    return await pressed(request, verb)


async def _answer(call: Call, project: Project, *, status: int = 200) -> Answer:
    await call.session.flush()
    face = await reading.face(call.session, project, terms(call.request.app.state.settings).calendar.zone)
    headers = {"ETag": etag(project.version), "Location": f"/routing/v1/projects/{project.id}"}
    return Answer(status, face, headers)


@api.post("/v1/resources", status_code=201, response_model=ResourceSeen, summary="What a partner offers")
async def offer_resource(request: Request, told: NewResource, _: OnceKey = None) -> Response:
    city = await _city(request)

    async def verb(call: Call) -> Answer:
        return Answer(201, ResourceSeen.of(await sharing.offer(call.session, told, actor=call.actor, city=city)))

    return await perform(request, verb)


@api.get("/v1/resources", response_model=ResourcePage, summary="资源清单: what partners offer")
async def list_resources(request: Request) -> ResourcePage:
    async with request.app.state.database.unit() as session:
        return ResourcePage(items=[ResourceSeen.of(row) for row in await reading.resources(session)])


@api.post("/v1/resources/{resource}/withdraw", response_model=ResourceSeen, summary="A resource is offered no longer")
async def withdraw_resource(request: Request, resource: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return Answer(200, ResourceSeen.of(await sharing.withdraw_resource(call.session, resource, actor=call.actor)))

    return await perform(request, verb)


@api.post("/v1/needs", status_code=201, response_model=NeedSeen, summary="What a grid or a project needs")
async def tell_need(request: Request, told: NewNeed, _: OnceKey = None) -> Response:
    city = await _city(request)

    async def verb(call: Call) -> Answer:
        return Answer(201, NeedSeen.of(await sharing.need(call.session, told, actor=call.actor, city=city)))

    return await perform(request, verb)


@api.get("/v1/needs", response_model=NeedPage, summary="需求清单: needs that you may see")
async def list_needs(request: Request) -> NeedPage:
    async with request.app.state.database.unit() as session:
        rows = await reading.needs(session, actor=request.state.actor)
    return NeedPage(items=[NeedSeen.of(row) for row in rows])


@api.get("/v1/needs/{need}/matches", response_model=Matches, summary="Which resources fit, the best first, and why")
async def matches_of_need(request: Request, need: UUID) -> Matches:
    city = await _city(request)
    async with request.app.state.database.unit() as session:
        row = await sharing.find_need(session, need, actor=request.state.actor)
        found = await sharing.matches(session, row, city=city, day=today(request))
    return Matches(items=[MatchSeen.of(fit) for fit in found])


@api.post(
    "/v1/needs/{need}/allotments", status_code=201, response_model=AllotmentSeen, summary="Give of a resource for it"
)
async def give_of_resource(request: Request, need: UUID, told: Given, _: OnceKey = None) -> Response:
    city, day = await _city(request), today(request)

    async def verb(call: Call) -> Answer:
        made = await sharing.give(call.session, need, told, actor=call.actor, city=city, day=day)
        same = {name: getattr(made, name) for name in AllotmentSeen.model_fields}
        return Answer(201, AllotmentSeen(**same))

    return await pressed(request, verb)


@api.post("/v1/needs/{need}/withdraw", response_model=NeedSeen, summary="A need exists no longer")
async def withdraw_need(request: Request, need: UUID, _: OnceKey = None) -> Response:
    async def verb(call: Call) -> Answer:
        return Answer(200, NeedSeen.of(await sharing.withdraw_need(call.session, need, actor=call.actor)))

    return await perform(request, verb)


async def _city(request: Request) -> City:
    return (await catalogue_of(request)).city
