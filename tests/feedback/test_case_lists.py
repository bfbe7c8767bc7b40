"""The pages of a list are the cases of its count: whatever is stale, and at the moment the list was begun at."""

import random
from datetime import datetime
from typing import Any

from call_centre import AREA, STREET, Centre
from random_history import AT, RATES, hours
from test_kept_figures import EDGES, WHOLE, fill, refreshed

from feedback.breakdowns import Behind, cases_behind
from feedback.case_lists import case_page, place
from feedback.fates import Choice
from feedback.formulas import Formulas, formulas
from services.settings import Settings

CHOICES = [Choice(*WHOLE), Choice(*EDGES, unit=STREET, issue="08"), Choice(*WHOLE, grid=AREA, channel="hotline")]
PARTS = {
    "contact": ("in_time", "late", "not_yet_due"), "on_time": ("not_yet_due", "excluded_all"),
    "resolution": ("unsolved", "excluded_all", "excluded"), "satisfaction": ("numerator",), "dispute": ("disputed",),
    "handled_again": ("again",), "recheck": ("differed", "denominator"),
}  # fmt: skip


async def paged(
    session: Any, choice: Choice, behind: Behind, method: Formulas, as_of: datetime, limit: int
) -> list[Any]:
    """All pages, each begun where the one before says."""
    rows, following = await case_page(session, choice, behind, method, start=None, as_of=as_of, limit=limit)
    found = [rows]
    while following:
        start = place(following)
        rows, following = await case_page(session, choice, behind, method, start=start, as_of=as_of, limit=limit)
        found.append(rows)
    assert all(len(each) == limit for each in found[:-1])
    return [tuple(row) for each in found for row in each]


ASKED = [(choice, Behind(rate, part)) for choice in CHOICES for rate in RATES for part in PARTS[rate]]
SOME, PICK = 4, random.Random(5)
"""Lists that each moment is checked for beside those that time alone changes: others at another moment."""


async def same(centre: Centre, settings: Settings, as_of: datetime) -> int:
    method, seen = formulas(settings), 0
    timed = [(CHOICES[0], Behind("contact", "not_yet_due")), (CHOICES[0], Behind("on_time", "late"))]
    async with centre.database.unit() as session:
        for choice, behind in [*timed, *PICK.sample(ASKED, SOME)]:
            raw = (await session.execute(cases_behind(choice, behind, method, as_of=as_of))).all()
            assert await paged(session, choice, behind, method, as_of, 16) == [tuple(row) for row in raw]
            seen += len(raw)
    return seen


async def test_pages_are_the_raw_list_before_amid_and_after_a_refresh_and_of_the_moment_they_began_at(
    centre: Centre, settings: Settings
) -> None:
    await fill(centre, random.Random(5), 60)
    assert await same(centre, settings, AT) > 20
    assert await refreshed(centre, AT, most=30)
    assert await same(centre, settings, AT) > 20
    while await refreshed(centre, AT):
        pass
    assert await same(centre, settings, AT) > 20
    while await refreshed(centre, hours(50)):
        pass
    assert await same(centre, settings, AT) > 20
