"""The leader's desk without scripts: what the own subtree holds, passing on within it, summoning, asking for time."""

import io
import re

from desk_days import signed_in
from grid_centre import AREA, CITY, COMMITTEE, CONSTRUCTION, DISTRICT, OTHER_STREET, STREET, Centre
from PIL import Image
from story import DONE

TIME = {"new_limit": "15", "reason": "配件从外地调货"}


async def test_a_leader_sees_the_own_subtree_and_nobody_elses(centre: Centre) -> None:
    case_no = await centre.report()
    leader, _ = await signed_in(centre, "leader", STREET)
    stranger, _ = await signed_in(centre, "leader", OTHER_STREET)
    assert case_no in (await leader.get("/routing/team/cases")).text
    assert case_no not in (await stranger.get("/routing/team/cases")).text
    assert (await stranger.get(f"/routing/team/cases/{case_no}")).status_code == 404
    for path in ("/routing/board", "/routing/dispatch"):
        assert (await leader.get(path)).status_code == 403
    officer, _ = await signed_in(centre, "officer", COMMITTEE)
    assert (await officer.get("/routing/team")).status_code == 403
    board = await leader.get("/routing/team")
    assert re.search(r"<strong>1</strong>本单位在办", board.text)
    account = await leader.get("/routing/account")
    assert 'href="/routing/team"' in account.text


async def test_a_leader_passes_a_case_on_within_the_own_subtree_and_not_out_of_it(centre: Centre) -> None:
    case_no = await centre.report()
    leader, _ = await signed_in(centre, "leader", STREET)
    page = await leader.get(f"/routing/team/cases/{case_no}")
    out = await leader.send(page, f"{case_no}/transfer", unit=CONSTRUCTION)
    assert (out.status_code, await centre.value(case_no, "lead_unit")) == (409, COMMITTEE)
    assert "只能转给本单位及其下级" in out.text
    page = await leader.get(f"/routing/team/cases/{case_no}")
    sent = await leader.send(page, f"{case_no}/transfer", unit=f"{AREA} 片区", reason="片区统一处理")
    assert sent.headers["location"].startswith(f"/routing/team/cases/{case_no}?")
    assert await centre.value(case_no, "lead_unit") == AREA


async def test_a_leader_summons_a_department_which_finds_it_and_asks_for_time(centre: Centre) -> None:
    case_no = await centre.report()
    await centre.made(await centre.desk("officer", COMMITTEE), case_no, "accept")
    leader, _ = await signed_in(centre, "leader", STREET)
    page = await leader.get(f"/routing/team/cases/{case_no}")
    assert (await leader.send(page, f"{case_no}/summon", unit=CONSTRUCTION, reason="联合执法")).status_code == 303
    police, _ = await signed_in(centre, "leader", CONSTRUCTION)
    assert case_no in (await police.get("/routing/team/cases?worklist=summons")).text
    page = await police.get(f"/routing/team/cases/{case_no}")
    assert (await police.send(page, f"{case_no}/arrive")).status_code == 303
    assert case_no not in (await police.get("/routing/team/cases?worklist=summons")).text
    page = await leader.get(f"/routing/team/cases/{case_no}")
    asked = await leader.send(page, f"{case_no}/extend", **TIME)
    assert "waits=1" in asked.headers["location"]
    supervisor, _ = await signed_in(centre, "supervisor", DISTRICT)
    page = await supervisor.get(f"/routing/board/cases/{case_no}")
    assert "15 个工作日" in page.text
    assert (await supervisor.send(page, "/agreement")).status_code == 303
    assert (await centre.timeline(case_no)).count("extend") == 2
    page = await leader.get(f"/routing/team/cases/{case_no}")
    assert (await leader.send(page, f"{case_no}/release", unit=CONSTRUCTION)).status_code == 303
    page = await leader.get(f"/routing/team/cases/{case_no}")
    wrong = await leader.send(page, f"{case_no}/defer", review_date="soon", reason="列入下半年计划")
    assert (wrong.status_code, "须是将来的日期" in wrong.text) == (422, True)


async def test_whoever_checks_sees_the_photos_on_the_case(centre: Centre) -> None:
    case_no = await centre.report()
    officer = await centre.desk("officer", COMMITTEE)
    await centre.made(officer, case_no, "accept")
    written = io.BytesIO()
    Image.new("RGB", (400, 300), "teal").save(written, "JPEG")
    sent = await centre.client(officer).post(
        f"/v1/orders/{case_no}/photos", content=written.getvalue(), headers={"content-type": "image/jpeg"}
    )
    assert sent.status_code == 201, sent.text
    await centre.made(officer, case_no, "report-done", DONE)
    supervisor, _ = await signed_in(centre, "supervisor", CITY)
    page = await supervisor.get(f"/routing/board/cases/{case_no}")
    (shown,) = re.findall(r'<img src="([^"]+)"', page.text)
    answer = await supervisor.get(shown)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
