"""The page of one service's queue: what was given up and waits for a person, and putting it back."""

from fastapi import APIRouter, Request, Response

from services import audit
from services.callers import form_of
from services.pages import HERE
from services.problems import invalid
from services.queue import depth, failed, put_back
from services.requests import Answer, Call
from services.settings import ServiceName
from services.staff_pages import StaffPages, page_router, press


class QueuePages(StaffPages):
    """The templates over `office.html`."""

    words = (*StaffPages.words, HERE / "office.en.json")


PAGES = QueuePages(HERE)
LONGEST_REASON = 300


def queue_page(service: ServiceName) -> APIRouter:
    """The routes, for the administrators that this service knows."""
    routes = page_router(home="feedback" if service == "feedback" else "routing")

    @routes.get("/admin/queue", response_model=None)
    async def show(request: Request) -> Response:
        state = request.app.state
        held = await failed(state.database)
        async with state.database.unit() as session:
            depths = await depth(session)
        return PAGES.render(
            request,
            "queue.html",
            service=service,
            held=[(each, each.created.astimezone(), each.reason[:LONGEST_REASON]) for each in held],
            depths=depths,
            done=request.query_params.get("done") == "1",
        )

    @routes.post("/admin/queue", response_model=None)
    async def again(request: Request) -> Response:
        """Jobs bear being done twice, and what is not held any more is left alone."""
        form = await form_of(request)
        ids = [int(text) for text in (form.getlist("id") if form else []) if isinstance(text, str) and text.isdecimal()]
        if not ids or max(ids) >= 2**31:
            raise invalid("id", "names at least one held message", "tick the messages to be tried again")

        async def verb(call: Call) -> Answer:
            number = await put_back(call.session, ids)
            await audit.record(call.session, "queue.requeued", service, actor=call.actor, jobs=ids, held=number)
            return Answer(200, {"requeued": number})

        return await press(request, verb, then=f"/{service}/admin/queue?done=1")

    return routes
