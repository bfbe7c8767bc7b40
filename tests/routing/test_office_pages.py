"""The office pages: whose they are, and what a wrong press says. (A key stands for the session here.)"""

import pytest
from grid_centre import CITY, Centre
from list_office import Office, few

from routing.lists.workbook import write_workbook

LISTS = ("/lists", "/lists/1", "/lists/1/issues", "/lists/1/responsibilities", "/lists/grids")
ADMIN = ("/admin", "/admin/people", "/admin/units", "/admin/duties", "/admin/presets", "/admin/calendar/2026",
         "/admin/queue")  # fmt: skip


@pytest.mark.parametrize("path", [*LISTS, *ADMIN])
async def test_nobody_signed_in_is_sent_to_sign_in_and_a_wrong_role_is_refused(centre: Centre, path: str) -> None:
    asked = await centre.client(None).get(path)
    assert asked.status_code == 303
    assert asked.headers["location"].startswith("/routing/sign-in?next=%2Frouting")
    officer = await centre.desk("officer", CITY)
    refused = await centre.client(officer).get(path)
    assert (refused.status_code, "您没有权限" in refused.text) == (403, True)


async def test_an_auditor_reads_the_lists_and_is_offered_no_button(centre: Centre) -> None:
    auditor = centre.client(await centre.desk("auditor", CITY))
    for path in LISTS:
        page = await auditor.get(path)
        assert page.status_code == 200, path
        assert page.text.count('method="post"') == 0, path
    assert (await auditor.post("/lists", data={"source": "1"})).status_code == 403


async def test_a_workbook_is_tried_and_then_made_a_draft(centre: Centre, lists_back: None) -> None:
    office = await Office.opened(centre)
    editor = centre.client(office.editor)
    file = {"file": ("lists.xlsx", write_workbook(few()))}
    tried = await editor.post("/lists/uploads", files=file, data={"dry_run": "1"})
    assert "试读成功" in tried.text
    assert [each["number"] for each in await centre.rows("select number from list_versions")] == [1]
    made = await editor.post("/lists/uploads", files=file)
    assert made.status_code == 303
    number = int(made.headers["location"].rpartition("/")[2].partition("?")[0])
    assert await office.state(number) == "draft"
    own = await editor.post(f"/lists/{number}/publication", data={})
    assert own.status_code == 403
    early = await centre.client(office.publisher).post(f"/lists/{number}/publication", data={})
    assert (early.status_code, "先检查" in early.text) == (409, True)
    nothing = await editor.post("/lists/uploads", files={"file": ("x.xlsx", b"no workbook")})
    assert (nothing.status_code, "清单有错" in nothing.text) == (422, True)


async def test_a_person_outside_the_subtree_is_not_shown(centre: Centre) -> None:
    street, city = await centre.desk("administrator", "310101023"), await centre.desk("editor", CITY)
    assert (await centre.client(street).get(f"/admin/people/{city.person}")).status_code == 404


async def test_a_grid_is_found_by_its_code_and_gets_somebody(centre: Centre) -> None:
    administrator, officer = await centre.desk("administrator", CITY), await centre.desk("officer", "310101023011")
    client = centre.client(administrator)
    page = await client.get("/admin/duties", params={"q": "310101023011"})
    assert 'href="/routing/admin/duties?grid=310101023011"' in page.text
    sent = {"grid": "310101023011", "person": str(officer.person), "title": "包保", "unit": "310101023011"}
    assert (await client.post("/admin/duties", data=sent)).status_code == 303
    assert "包保" in (await client.get("/admin/duties", params={"grid": "310101023011"})).text
    wrong = await client.post("/admin/duties", data={**sent, "person": "nobody"})
    assert (wrong.status_code, "填写有误" in wrong.text) == (422, True)
