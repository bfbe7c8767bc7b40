"""A script in the words of a report, a note, an answer or a list's row is a text on every page of routing's."""

from grid_centre import CITY, COMMITTEE, DISTRICT, Centre
from list_office import Office

SCRIPT = "<script>alert(1)</script>"
PLANTED = f"噪声扰民{SCRIPT}\"' onmouseover=alert(2) x='"


async def test_no_page_of_an_order_runs_what_stands_in_its_words(centre: Centre) -> None:
    case_no = await centre.report(text=PLANTED)
    officer, supervisor = await centre.desk("officer", COMMITTEE), await centre.desk("supervisor", DISTRICT)
    dispatcher = await centre.desk("dispatcher", DISTRICT)
    await centre.made(officer, case_no, "accept")
    await centre.made(officer, case_no, "note", {"text": PLANTED})
    await centre.made(dispatcher, case_no, "note", {"text": PLANTED})
    await centre.made(officer, case_no, "report-done", {"done": PLANTED, "public_answer": PLANTED, "evidence": []})
    await centre.made(supervisor, case_no, "send-back", {"finding": PLANTED})
    pages = [
        await centre.client(desk).get(path)
        for desk, path in (
            (officer, f"/mine/{case_no}"),
            (officer, "/mine"),
            (dispatcher, f"/dispatch/cases/{case_no}"),
            (supervisor, f"/board/cases/{case_no}"),
            (supervisor, "/board/cases"),
            (supervisor, "/board"),
        )
    ]
    refused = await centre.client(officer).post(
        f"/mine/{case_no}/dispute", data={"reason": PLANTED, "legal_basis": PLANTED, "proposed_unit": PLANTED}
    )
    for page in [*pages, refused]:
        assert page.headers["content-type"].startswith("text/html"), page.text
        assert "<script>alert" not in page.text
        assert "' onmouseover=" not in page.text
    assert sum("&lt;script&gt;alert" in page.text for page in pages) >= 3


async def test_no_page_of_the_lists_runs_what_stands_in_a_row(centre: Centre) -> None:
    office = await Office.opened(centre)
    number = await office.drafted()
    answer = await office.put_row(number, legal_basis=PLANTED)
    assert answer.status_code in (200, 201), answer.text
    client = centre.client(office.editor)
    shown = [
        await client.get(f"/lists/{number}/responsibilities/T1"),
        await client.get(f"/lists/{number}/responsibilities", params={"q": SCRIPT}),
        await client.get("/lists/grids", params={"q": SCRIPT}),
        await centre.client(None).get("/who", params={"text": PLANTED, "address": PLANTED, "q": PLANTED}),
    ]
    for page in shown:
        assert page.headers["content-type"].startswith("text/html"), page.text
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in shown[0].text
    assert (await office.ask(office.editor, "DELETE", f"/{number}")).status_code in (200, 204)
    assert CITY
