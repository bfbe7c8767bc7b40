"""The desks' pages without scripts: who may open and send what, and that lists, numbers and moves are the API's own."""

import json
import re
from datetime import timedelta
from pathlib import Path

from desk_days import HOST, signed_in
from grid_centre import CITY, COMMITTEE, DISTRICT, OTHER_STREET, POLICE, STREET, Centre
from sqlalchemy import text
from story import DECLINE, DONE

from routing.pages.desks import board, desk, forms, wording
from services.clocks import now
from services.messages import Place
from services.pages import HERE

VAGUE = "又吵又闹，没有人管。"
DISPUTE = {"reason": "噪声源是商铺，不是邻里", "legal_basis": "噪声污染防治法", "proposed_unit": POLICE}
WORDS = (
    "STATES", "OUTCOMES", "ITEM_TYPES", "GRADES", "POWERS", "TAGS", "CHANNELS", "EVIDENCE", "RULINGS", "LOSSES", "WHO",
    "ENTRIES", "STEPS", "WORDS", "FIELDS",
)  # fmt: skip
PAGES = (
    "/routing/dispatch",
    "/routing/dispatch/next",
    "/routing/dispatch/grids",
    "/routing/board",
    "/routing/board/cases",
)


async def test_desks_are_for_their_roles_and_cases_for_those_who_see_them(centre: Centre) -> None:
    case_no = await centre.report()
    dispatcher, _ = await signed_in(centre, "dispatcher", OTHER_STREET)
    supervisor, _ = await signed_in(centre, "supervisor")
    auditor, _ = await signed_in(centre, "auditor")
    assert (await dispatcher.get("/routing/dispatch")).status_code == 200
    assert (await dispatcher.get("/routing/board")).status_code == 403
    assert (await supervisor.get("/routing/dispatch")).status_code == 403
    assert (await dispatcher.get(f"/routing/dispatch/cases/{case_no}")).status_code == 404
    assert (await supervisor.get(f"/routing/board/cases/{case_no}")).status_code == 200
    seen = await auditor.get(f"/routing/board/cases/{case_no}")
    assert (seen.status_code, f"/cases/{case_no}/" in seen.text) == (200, False)
    assert case_no in (await auditor.get("/routing/board/cases")).text
    stranger = centre.client(None)
    for path in PAGES:
        assert (
            (await stranger.get(path.removeprefix("/routing"))).headers["location"].startswith("/routing/sign-in?next=")
        )


async def test_a_form_of_a_desk_needs_its_token_and_acts_once(centre: Centre) -> None:
    case_no = await centre.report(issue=None, text=VAGUE)
    dispatcher, _ = await signed_in(centre, "dispatcher")
    page = await dispatcher.get(f"/routing/dispatch/cases/{case_no}")
    forged = await dispatcher.send(page, f"{case_no}/confirm", choice=f"{COMMITTEE}|", csrf="another")
    assert forged.status_code == 403
    choice = re.search(r'name="choice" value="([^"]+)"', page.text)
    assert choice
    for _ in range(2):
        sent = await dispatcher.send(page, f"{case_no}/confirm", choice=choice[1])
        assert sent.status_code == 303
    order = await centre.order(case_no)
    assert (order["lead_unit"], order["issue"]) == tuple(choice[1].split("|"))
    assert (await centre.timeline(case_no)).count("dispatch") == 1


async def test_a_case_that_moved_meanwhile_is_told_of_on_its_own_page(centre: Centre) -> None:
    case_no = await centre.report(issue=None, text=VAGUE)
    dispatcher, _ = await signed_in(centre, "dispatcher")
    page = await dispatcher.get(f"/routing/dispatch/cases/{case_no}")
    await centre.made(await centre.desk("dispatcher", CITY), case_no, "ask", {"missing": "哪一栋"})
    stale = await dispatcher.send(page, f"{case_no}/decline", reason="不属于受理范围", legal_route="可以起诉")
    assert stale.status_code == 412
    assert "已被他人更新" in stale.text
    assert "不属于受理范围" in stale.text
    missing = await dispatcher.send(stale, f"{case_no}/dispatch", unit="")
    assert (missing.status_code, "单位代码不存在" in missing.text) == (422, True)


async def test_a_dispatcher_sees_likely_repeats_with_reasons_merges_and_undoes_from_the_page(centre: Centre) -> None:
    told = "永嘉路35弄门口垃圾桶满溢，三天没人清运，苍蝇乱飞。"
    place = Place(address="瑞金二路街道永嘉路35弄")
    first = await centre.report(text=told, issue="05-02", place=place)
    again = "市民反映永嘉路35弄口垃圾箱满溢，生活垃圾未及时清运。"
    second = await centre.report(text=again, issue="05-02", place=place, open_cases=[first])
    dispatcher, _ = await signed_in(centre, "dispatcher")
    page = await dispatcher.get(f"/routing/dispatch/cases/{second}")
    assert "可能是同一件" in page.text
    assert "门牌相同（永嘉路35）" in page.text
    page = await dispatcher.get(f"/routing/dispatch/cases/{second}?beside={first}")
    assert (told in page.text, again in page.text) == (True, True)
    assert f"是同一件：并入 {first}" in page.text
    assert (await dispatcher.send(page, f"{second}/merge", parent=first)).status_code == 303
    assert (await centre.order(second))["merged_into"] == first
    page = await dispatcher.get(f"/routing/dispatch/cases/{second}")
    assert (await dispatcher.send(page, f"{second}/unmerge", reason="不是同一件")).status_code == 303
    assert (await centre.order(second))["state"] == "discover.triage"
    assert "曾有人确认这两件不是同一件" in (await dispatcher.get(f"/routing/dispatch/cases/{second}")).text


async def test_a_decline_waits_for_a_second_person_who_finds_it_in_a_list_of_theirs(centre: Centre) -> None:
    case_no = await centre.report(grid=None)
    first, _ = await signed_in(centre, "dispatcher")
    second, _ = await signed_in(centre, "dispatcher")
    page = await first.get(f"/routing/dispatch/cases/{case_no}")
    sent = await first.send(page, f"{case_no}/decline", **DECLINE)
    assert "waits=1" in sent.headers["location"]
    mine, theirs = [await each.get("/routing/dispatch?worklist=to_agree") for each in (first, second)]
    assert (case_no in mine.text, case_no in theirs.text) == (False, True)
    page = await second.get(f"/routing/dispatch/cases/{case_no}")
    assert DECLINE["legal_route"] in page.text
    assert (await second.send(page, "/refusal", reason="")).status_code == 422
    assert (await second.send(page, "/agreement")).status_code == 303
    assert (await centre.order(case_no))["outcome"] == "not_accepted"


async def test_a_supervisor_checks_and_rules_by_forms_with_what_is_needed_before_them(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    done, disputed, earlier = [await centre.report() for _ in range(3)]
    await centre.made(officer, done, "accept")
    await centre.made(officer, done, "report-done", DONE)
    for case_no in (disputed, earlier):
        await centre.made(officer, case_no, "dispute", DISPUTE)
    ruling = {"decision": "dispatch", "unit": POLICE, "reason": "由公安先行制止"}
    await centre.made(await centre.desk("supervisor", CITY), earlier, "rule", ruling)
    supervisor, _ = await signed_in(centre, "supervisor")
    page = await supervisor.get(f"/routing/board/cases/{done}")
    assert DONE["done"] in page.text
    assert DONE["public_answer"] in page.text
    onward = await supervisor.send(page, f"{done}/approve", finding="属实")
    assert onward.headers["location"].startswith("/routing/board/next?worklist=to_check")
    page = await supervisor.get(f"/routing/board/cases/{disputed}")
    for told in (DISPUTE["reason"], DISPUTE["legal_basis"], "R034", earlier, "由公安先行制止"):
        assert told in page.text
    assert (await supervisor.send(page, f"{disputed}/rule", **ruling)).status_code == 303
    assert [(await centre.order(each))["state"] for each in (done, disputed)] == [
        "feedback.surveying",
        "handle.dispatched",
    ]


async def test_the_numbers_of_the_board_are_the_counts_of_the_lists_they_lead_to(centre: Centre) -> None:
    late, placeless = await centre.report(), await centre.report(grid=None)
    await centre.report(grid="310101023011")
    async with centre.database.unit() as session:
        told = {"at": now() - timedelta(hours=1), "case_no": late}
        await session.execute(text("UPDATE orders SET due_at = :at WHERE case_no = :case_no"), told)
    supervisor, _ = await signed_in(centre, "supervisor")
    for grid in ("", f"?grid={DISTRICT}", f"?grid={STREET}", f"?grid={COMMITTEE}"):
        page = await supervisor.get(f"/routing/board{grid}")
        assert page.status_code == 200
        numbers = re.findall(r'<td[^>]*><a href="(/routing/board/cases\?[^"]+)">(\d+)</a>', page.text)
        assert numbers or grid.endswith(COMMITTEE)
        for href, number in numbers:
            listed = await supervisor.get(href.replace("&amp;", "&"))
            assert f"共 {number} 件" in listed.text, href
    assert "未落到下级网格" in (await supervisor.get("/routing/board")).text
    assert placeless in (await supervisor.get("/routing/board/cases?stage=discover")).text
    assert (await supervisor.get("/routing/board?grid=nowhere")).status_code == 404


async def test_outlines_of_a_grids_parts_are_small_and_known_by_their_version(centre: Centre) -> None:
    client = centre.client(await centre.desk("officer", COMMITTEE))
    answer = await client.get(f"/v1/grids/{STREET}/shapes")
    assert {each["id"] for each in answer.json()["features"]} == {f"{STREET}P0{number}" for number in range(1, 5)}
    assert len(answer.content) < 20_000
    again = await client.get(f"/v1/grids/{STREET}/shapes", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await client.get("/v1/grids/31/shapes")).json()["features"] == []
    assert (await client.get("/v1/grids/nowhere/shapes")).status_code == 404


async def test_a_page_carries_its_policy_and_stays_small(centre: Centre) -> None:
    case_no = await centre.report(issue=None, text=VAGUE)
    dispatcher, _ = await signed_in(centre, "dispatcher")
    page = await dispatcher.get(f"/routing/dispatch/cases/{case_no}")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert not re.search(r' style="|<script>|<style| on\w+="', page.text)
    weight = len(page.content)
    for path in set(re.findall(r'(?:src|href)="(/routing/static/[^"]+)"', page.text)):
        weight += len((await dispatcher.get(path)).content)
    assert weight < 100_000
    assert (await dispatcher.client.get("/routing/charts/plotly.min.js", headers={"origin": HOST})).status_code == 200


def test_every_text_of_the_desks_has_its_english() -> None:
    folder = Path(desk.__file__).parent
    known = {
        name
        for file in (HERE / "en.json", HERE / "staff.en.json", folder / "en.json")
        for name in json.loads(file.read_text())
    }
    wanted = {
        found for page in folder.glob("*.html") for found in re.findall(r"""_\(["']([^"']+)["']\)""", page.read_text())
    }
    for table in WORDS:
        wanted |= set(getattr(wording, table).values())
    wanted |= {*desk.DISPATCH.tabs, *desk.BOARD.tabs, *desk.TEAM.tabs, desk.TEAM.name, *board.HEADINGS.values()}
    for fields in forms.FORMS.values():
        for field in fields:
            wanted |= {field.label, field.hint, *(field.options or {}).values()} - {""}
    assert wanted <= known, wanted - known
