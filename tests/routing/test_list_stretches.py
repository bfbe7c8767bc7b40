"""A list by due date is put together from stretches, and what is seen elsewhere from numbers looked up first."""

from typing import Any

import pytest
from grid_centre import AREA, CONSTRUCTION, STREET, Centre, Desk

FACTS = {
    "never due": "due_at = null",
    "closed, and dated all the same": "state = 'closed', outcome = 'resolved'",
    "closed": "state = 'closed', outcome = 'resolved', due_at = null",
}


async def _set(centre: Centre, case_no: str, facts: str) -> None:
    await centre.rows(f"update orders set {facts} where case_no = :case_no returning case_no", case_no=case_no)


async def _page_by_page(centre: Centre, desk: Desk, **query: Any) -> list[str]:
    found: list[str] = []
    following: str | None = ""
    while following is not None:
        asked = {**query, "cursor": following} if following else query
        page = (await centre.client(desk).get("/v1/orders", params=asked)).json()
        found += [line["case_no"] for line in page["items"]]
        following = page["next"]
    return found


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
async def test_every_order_is_once_on_a_list_by_due_date(centre: Centre, limit: int) -> None:
    leader = await centre.desk("leader", AREA)
    due = [await centre.report() for _ in range(3)]
    rest = [await centre.report() for _ in FACTS]
    for case_no, facts in zip(rest, FACTS.values(), strict=True):
        await _set(centre, case_no, facts)
    listed = await _page_by_page(centre, leader, sort="due", limit=limit)
    assert listed == [*due, *sorted(rest)]


async def test_open_orders_are_seen_by_whoever_leads_them_also_where_another_desk_decides(centre: Centre) -> None:
    case_no = await centre.report()
    leader, builder = await centre.desk("leader", AREA), await centre.desk("leader", CONSTRUCTION)
    officer, dispatcher = await centre.desk("officer", AREA), await centre.desk("dispatcher", STREET)
    assert [await _handling(centre, each, case_no) for each in (leader, dispatcher, builder)] == [True, True, False]
    assert await _handling(centre, officer, case_no)
    await _set(centre, case_no, "desk_unit = '31', desk_path = '/31/'")
    assert [await _handling(centre, each, case_no) for each in (leader, dispatcher, builder)] == [True, True, False]
    await _set(centre, case_no, "state = 'closed', outcome = 'resolved', due_at = null")
    assert not await _handling(centre, dispatcher, case_no)


async def _handling(centre: Centre, desk: Desk, case_no: str) -> bool:
    query: dict[str, Any] = {"stage": "handle", "count": True}
    page = (await centre.client(desk).get("/v1/orders", params=query)).json()
    assert page["count"] == len(page["items"])
    return case_no in [line["case_no"] for line in page["items"]]
