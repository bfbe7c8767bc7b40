"""How fast pages are, as whoever works at them meets them: through the app, beside a page that shows no order.

The bare page (`/account`, which tells whoever comes by a key that there is nothing here) costs what any page does: the
key, the limits, the template. What a page needs beyond it is what its ratio tells, whatever else the machine does.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy import Select, select

from routing.api import create_app
from routing.benching.desks import Desk
from routing.benching.lists import Case, Taken, backend_of, figures_of, timed
from routing.models import Order
from routing.standing import visible
from routing.states import State
from services.database import Database
from services.identity import identify
from services.roles import Role
from services.settings import Settings

GOAL = 100.0
"""Milliseconds at p95."""
BARE = "/account"
WORD = "小区"
"""Every fifth text has it."""
LISTS: Mapping[Role, Sequence[str]] = {
    Role.DISPATCHER: (
        "/dispatch", *(f"/dispatch?worklist={each}" for each in ("to_agree", "due_today", "overdue")),
        "/dispatch?state=handle.disputed&sort=due", "/dispatch?state=merged", f"/dispatch?worklist=triage&q={WORD}",
        "/dispatch?issue=05-04", f"/dispatch?q={WORD}", "/dispatch/grids", "/dispatch/grids?grid=310101",
        "/dispatch/next",
    ),
    Role.SUPERVISOR: (
        "/board", "/board?grid=310101", "/board?grid=310101023", "/board/cases",
        *(f"/board/cases?worklist={each}" for each in ("disputes", "to_agree", "due_today", "overdue")),
        "/board/cases?state=handle.deferred&sort=due", "/board/cases?stage=handle&sort=due",
        "/board/cases?grid=310101&sort=due", "/board/next",
    ),
    Role.AUDITOR: ("/board", "/board/cases", "/board/cases?issue=01", f"/board/cases?q={WORD}"),
    Role.OFFICER: ("/mine", "/mine?shelf=unit", "/mine?shelf=checked"),
}  # fmt: skip
CASES: Mapping[Role, tuple[str, Sequence[State]]] = {
    Role.DISPATCHER: ("/dispatch/cases", (State.TRIAGE, State.DISPATCHED, State.DISPUTED)),
    Role.SUPERVISOR: ("/board/cases", (State.CHECKING, State.WORKING, State.DISPUTED)),
    Role.AUDITOR: ("/board/cases", (State.WORKING, State.CLOSED)),
    Role.OFFICER: ("/mine", (State.DISPATCHED, State.WORKING, State.CLOSED)),
}
ANALYSES = ("rising", "repeat-places", "slow-steps", "disputes-by-row", "share-in-area", "visits")
ANALYSTS = {Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.LEADER}
SHOWN = (200, 303, 404)
"""A page, the way to the next case, and the bare page."""
A_FEW = 5
"""Cases of each state whose pages are opened in turn."""


async def cases(settings: Settings, made: Sequence[Desk], *, analyses: bool = True) -> list[list[Case]]:
    """Every page of each desk; of a case's page several cases, which count as one page."""
    database = Database(settings.database_for("routing"), "routing", pool_size=1)
    found: list[list[Case]] = []
    async with database.unit() as session:
        for desk in made:
            found += [[each] for each in _plain(desk, analyses=analyses)]
            path, states = CASES.get(desk.role, ("", ()))
            actor = await identify(session, desk.key)
            for state in states:
                numbers = (await session.scalars(_numbers(state).where(visible(actor)))).all()
                found += (
                    [[Case(desk, f"{path}/{number}", f"{path} {state}", {}) for number in numbers]] if numbers else []
                )
    await database.close()
    return found


def _plain(desk: Desk, *, analyses: bool) -> Iterator[Case]:
    yield Case(desk, BARE, BARE, {})
    for address in LISTS.get(desk.role, ()):
        path, _, query = address.partition("?")
        yield Case(desk, path, address, dict(parse_qsl(query)))
    if analyses and desk.role in ANALYSTS:
        for each in ANALYSES:
            yield Case(desk, f"/v1/analysis/{each}", f"analysis {each}", {})


def _numbers(state: State) -> Select[Any]:
    return select(Order.case_no).where(Order.state == state).limit(A_FEW)


async def measure(settings: Settings, pages: Sequence[Sequence[Case]], *, rounds: int) -> dict[str, Any]:
    """Every page in turn, as often as there are rounds; before them all once, so that nothing is made for the first."""
    app = create_app(settings)
    backend = await backend_of(app)
    taken: list[list[Taken]] = [[] for _ in pages]
    for turn in range(rounds + 1):
        for at, page in enumerate(pages):
            took = await timed(app, page[turn % len(page)], backend, statuses=SHOWN)
            if turn:
                taken[at].append(took)
    await app.state.database.close()
    bare = figures_of([each for at, page in enumerate(pages) if page[0].path == BARE for each in taken[at]])
    lines = [_line(page[0], taken[at], bare) for at, page in enumerate(pages)]
    return {"pages": lines, "bare": bare, "goal_ms": GOAL}


def _line(page: Case, taken: Sequence[Taken], bare: Mapping[str, float]) -> dict[str, Any]:
    found = figures_of(taken)
    ratios = {f"{name[:-3]}_of_bare": round(found[name] / bare[name], 1) for name in ("busy_p50_ms", "busy_p95_ms")}
    return {"role": page.desk.role.value, "height": page.desk.height, "page": page.name, **found, **ratios}


def told(figures: Mapping[str, Any]) -> str:
    lines = sorted(figures["pages"], key=lambda each: -each["busy_p95_ms"])
    bare = figures["bare"]
    each_line = [
        f"{each['p50_ms']:>8.1f} {each['p95_ms']:>8.1f} {each['busy_p50_ms']:>8.1f} {each['busy_p95_ms']:>8.1f} "
        f"{each['busy_p50_of_bare']:>8.1f} {each['busy_p95_of_bare']:>8.1f}  "
        f"{each['role']} {each['height']}: {each['page']}"
        for each in lines
    ]
    pages = [each for each in lines if not each["page"].startswith("analysis")]
    slow = [each for each in pages if each["busy_p95_ms"] > figures["goal_ms"]]
    heading = "  p50 ms   p95 ms busy p50 busy p95   × bare page"
    summary = (
        f"{len(pages)} pages; the bare page takes p50 {bare['busy_p50_ms']} ms, p95 {bare['busy_p95_ms']} ms of "
        f"processor time; {len(slow)} pages need more than {figures['goal_ms']:.0f} ms of it at p95"
    )
    return "\n".join([heading, *each_line, summary])
