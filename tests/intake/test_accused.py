"""Who works in a unit that the words accuse sees no such case at the counter either, but the one they took down."""

from front_desk import DISTRICT, PATHS, STREET, House, order_moved, unit

SEERS = ("street clerk", "street dispatcher", "street auditor", "leader", "clerk", "dispatcher", "auditor")


async def seen(house: House, case_no: str) -> set[str]:
    """Who finds the case by its number; each of them, and nobody else, finds it in the list."""
    found = {who for who in SEERS if (await house.as_(who).get(f"/v1/cases/{case_no}")).status_code == 200}
    assert found == {who for who in SEERS if case_no in (await house.as_(who).get("/v1/cases")).text}
    return found


async def test_nobody_of_the_accused_street_sees_it_but_who_took_it_down(house: House) -> None:
    case_no = await house.post("street clerk", channel="walk_in", description="投诉街道办事处推诿不作为。")
    assert "street dispatcher" in await seen(house, case_no)
    triage = order_moved(case_no, "discover.triage", lead=None, accused=PATHS[STREET])
    await house.hear("routing", triage, 1)
    assert await seen(house, case_no) == {"street clerk", "dispatcher", "auditor"}
    led = order_moved(case_no, "handle.dispatched", entry=2, lead=unit(DISTRICT), accused=PATHS[STREET])
    await house.hear("routing", led, 2)
    assert await seen(house, case_no) == {"street clerk", "dispatcher", "auditor"}


async def test_what_accuses_the_committee_is_seen_by_the_street(house: House) -> None:
    case_no = await house.post("clerk", channel="walk_in", description="投诉居委会不作为。")
    moved = order_moved(case_no, "handle.dispatched", lead=unit(STREET), accused=f"{PATHS[STREET]}310101023006/")
    await house.hear("routing", moved, 1)
    assert await seen(house, case_no) == {*SEERS}
