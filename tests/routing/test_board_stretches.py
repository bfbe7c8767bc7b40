"""A board is counted part by part along an index; asking each order for its own part says the same."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from desk_days import signed_in
from grid_centre import CITY, DISTRICT, NEIGHBOURS, OTHER_STREET, SITE, STREET, Centre, Desk
from sqlalchemy import text

from routing import tallies, worklists
from routing.catalogue import current
from routing.faces import OrderLine
from routing.pages.desks import board
from routing.tallies import Tally
from routing.terms import terms
from services.clocks import now
from services.identity import identify

ELSEWHERE = (
    "/31/310104/310104003/",
    "/31/310101/",
    "/31/no-more/a/",
    "/31/310101/no-more/",
    "/old/31/310101/",
    "/31/\uff5e/",
)
"""In other districts, right in one, in a grid that is no more, under another top, under a code beyond all others."""
PLACES = (CITY, DISTRICT, STREET)


async def test_a_board_by_stretches_says_what_each_orders_own_path_says(centre: Centre) -> None:
    desk = await centre.desk("auditor", CITY)
    await _all_over(centre)
    for place in PLACES:
        for everywhere in (True, False):
            along, one_by_one = [
                await _counted(centre, desk, place, everywhere=everywhere, along=along) for along in (True, False)
            ]
            assert along == one_by_one, (place, everywhere)
            assert sum(sum(_open(tally)) for tally in along.values()) == (
                len(ELSEWHERE) + 4 if everywhere else _ALL[place]
            )
            assert place == STREET or sum(tally["overdue"] for tally in along.values()) > 1


async def test_whoever_stands_over_a_part_of_the_city_counts_no_more_than_that(centre: Centre) -> None:
    await _all_over(centre)
    for role, unit, number in (("supervisor", OTHER_STREET, 1), ("supervisor", STREET, 3), ("leader", DISTRICT, 3)):
        desk = await centre.desk(role, unit)
        found = await _counted(centre, desk, CITY, everywhere=True, along=True)
        listed = await centre.client(desk).get("/v1/orders", params={"open": True, "count": True})
        assert sum(sum(_open(tally)) for tally in found.values()) == listed.json()["count"] >= number
        assert found == await _counted(centre, desk, CITY, everywhere=True, along=False)


async def test_the_lines_of_a_list_are_what_the_contract_says(centre: Centre) -> None:
    await _all_over(centre)
    desk = await centre.desk("auditor", CITY)
    lines = (await centre.client(desk).get("/v1/orders")).json()["items"]
    assert len(lines) == len(ELSEWHERE) + 4
    for line in lines:
        assert OrderLine.model_validate(line).model_dump(mode="json") == line


async def test_of_what_rises_the_most_surprising_is_shown_and_the_rest_is_counted(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "MOST_SHOWN", 1)
    monday = now() - timedelta(days=now().weekday() + 7)
    for issue, number in ((NEIGHBOURS, 9), (SITE, 7)):
        for _ in range(number):
            await centre.report(issue=issue, received_at=monday + timedelta(days=2))
    auditor, _ = await signed_in(centre, "auditor")
    page = (await auditor.get("/routing/board")).text
    assert "上周 9 件" in page
    assert "上周 7 件" not in page
    assert "另有 1 项，见分析。" in page


_ALL: Mapping[str, int] = {CITY: 4 - 1 + len(ELSEWHERE) - 1, DISTRICT: 3 + 2, STREET: 2}


async def _all_over(centre: Centre) -> None:
    """Four where they were reported, one of them without a place; the others where the paths say."""
    numbers = [await centre.report() for _ in ELSEWHERE]
    await centre.report()
    await centre.report(grid="310101023009")
    await centre.report(grid=OTHER_STREET)
    await centre.report(grid=None)
    async with centre.database.unit() as session:
        for case_no, path in zip(numbers, ELSEWHERE, strict=True):
            told = {"path": path, "case_no": case_no, "due": now() - timedelta(days=1)}
            await session.execute(_MOVED, told)


_MOVED = text("UPDATE orders SET grid_path = :path, due_at = :due WHERE case_no = :case_no")


async def _counted(centre: Centre, desk: Desk, place: str, *, everywhere: bool, along: bool) -> dict[str, Tally]:
    async with centre.database.unit() as session:
        await worklists.reading(session)
        city, actor = (await current(session)).city, await identify(session, desk.key)
        parts = board._paths(city, city.grid(place)) if along else {}
        zone = terms(centre.app.state.settings).calendar.zone
        return await tallies.by_part(
            session, place, parts=parts, everywhere=everywhere, actor=actor, at=now(), zone=zone
        )


def _open(tally: Tally) -> list[int]:
    return [tally[stage] for stage in ("discover", "handle", "supervise", "feedback")]
