"""The cases behind a number of the analysis, as far as the asker may still see them."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from fastapi import Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import views
from routing.analysis.cases import COUNTED, cases
from routing.catalogue import Catalogue, current
from routing.listed import listed
from routing.models import Order
from routing.pages.desks import figures_shown, wording
from routing.pages.desks.analysis import address, asked_by, days, scope_of, zone_of
from routing.pages.desks.desk import Desk, render
from routing.pages.desks.figures_shown import FIGURES
from routing.standing import visible
from services.identity import Actor
from services.problems import NotFound

A_PAGE = 30


async def shown(request: Request, desk: Desk, figure: str) -> Response:
    """The newest first. Raises NotFound where the figure has no such number."""
    number, after = request.query_params.get("what", ""), request.query_params.get("after", "")
    if number not in COUNTED.get(figure, {}):
        raise NotFound
    how, line = FIGURES[figure], {name: request.query_params.get(f"of_{name}") for name in COUNTED[figure][number].line}
    asked = asked_by(request, how)
    first, last = days(request, asked)
    first = last - timedelta(days=6) if figure == "rising" else first
    async with request.app.state.database.unit() as session:
        counted = await cases(session, scope_of(request, asked, first, last), figure, number, line)
        called = _called(line, await current(session))
        seen = await _seen(session, [*counted], request.state.actor)
        here = [case_no for case_no in seen if not after or case_no < after]
        rows = await listed(session, here[:A_PAGE])
    filters = figures_shown.filters_told(asked)
    of = {f"of_{name}": code for name, code in line.items() if code}
    onwards = {**filters, **of, "what": number, "after": here[A_PAGE - 1]} if len(here) > A_PAGE else None
    return render(
        request,
        desk,
        "behind.html",
        figure=figure,
        how=how,
        number=number,
        called=called,
        lines=[views.line(rows[case_no], zone_of(request)) for case_no in here[:A_PAGE]],
        times=sum(counted.values()),
        total=len(seen),
        hidden=len(counted) - len(seen),
        period=(first, last),
        up=address(desk, figure, filters),
        following=address(desk, f"{figure}/cases", onwards) if onwards else None,
    )


async def _seen(session: AsyncSession, numbers: list[str], actor: Actor) -> list[str]:
    """Those that the actor may open, the newest first."""
    wanted = select(Order.case_no).where(Order.case_no.in_(numbers), visible(actor)).order_by(Order.case_no.desc())
    return list(await session.scalars(wanted))


def _called(line: Mapping[str, str | None], catalogue: Catalogue) -> list[str]:
    """A line by the names of today; by its codes where they have none any more."""
    city = catalogue.city
    names: Mapping[str, Callable[[str], str]] = {
        "grid": lambda code: city.grid(code).name,
        "area": lambda code: city.grid(code).name,
        "unit": lambda code: city.unit(code).name,
        "issue": lambda code: catalogue.lists.issues.find(code).name,
        "state": lambda code: wording.STATES[code],
        "lists": lambda code: f"{code} 版",
    }
    return [_or_code(names.get(name, str), code) for name, code in line.items() if code] or [figures_shown.BY_HAND]


def _or_code(name: Callable[[str], str], code: str) -> str:
    try:
        return name(code)
    except LookupError:
        return code
