"""The analysis at the desks: every number opens to as many cases as it says, filters stand in the address, and what
cannot be asked for is told on the page."""

import html
import random
import re
from datetime import timedelta
from pathlib import Path

import pytest
from desk_days import CHROMIUM, Forms, account, at_work, chromium, served, signed_in
from grid_centre import AREA, CITY, COMMITTEE, NEIGHBOURS, OTHER_STREET, STREET, Centre
from test_analysis import ROUTES, STOOD, history, lines

from routing.analysis.cases import COUNTED, cases
from routing.analysis.scope import Scope
from routing.pages.desks.figures_shown import FIGURES
from services.clocks import now

ALL = f"last={STOOD['last']}"
LINKS = re.compile(r'<td><a href="(/routing/board/analysis/[^"]+/cases[^"]+)">(\d+)</a>')


@pytest.fixture
async def told(centre: Centre) -> None:
    await history(centre, random.Random(5), 14)


async def links(desk: Forms, figure: str, asked: str = ALL) -> list[tuple[str, int]]:
    page = await desk.get(f"/routing/board/analysis/{figure}?{asked}")
    assert page.status_code == 200, page.text
    return [(html.unescape(href), int(number)) for href, number in LINKS.findall(page.text)]


def test_every_figure_of_the_api_has_its_page() -> None:
    assert set(FIGURES) == set(ROUTES) == set(COUNTED)
    for name, how in FIGURES.items():
        assert {*how.numbers, *how.drawn} <= set(how.headings), name
        assert set(COUNTED[name]) <= set(how.numbers), name


async def test_every_number_of_every_line_is_that_of_its_cases(centre: Centre, told: None) -> None:
    auditor = await centre.desk("auditor", CITY)
    everything = Scope(("/",), now() - timedelta(days=60), now() + timedelta(days=1))
    looked_at = 0
    async with centre.database.unit() as session:
        for figure in (each for each in ROUTES if each != "rising"):
            query = {"fewest": 2} if figure == "repeat-places" else {}
            for line in await lines(centre, auditor, figure, **query):
                for number in COUNTED[figure]:
                    found = await cases(session, everything, figure, number, line)
                    assert sum(found.values()) == line[number], (figure, number, line)
                    looked_at += bool(found)
    assert looked_at > 20


async def test_what_a_number_counts_is_listed_when_it_is_pressed(centre: Centre, told: None) -> None:
    auditor, _ = await signed_in(centre, "auditor")
    for figure in ("repeat-places", "share-in-area", "visits"):
        pressed = await links(auditor, figure, f"{ALL}&fewest=2" if figure == "repeat-places" else ALL)
        assert pressed, figure
        for href, number in pressed:
            assert f"共 {number} 件" in (await auditor.get(href)).text, href
    for figure in ("slow-steps", "disputes-by-row"):
        href, number = max(await links(auditor, figure), key=lambda each: each[1])
        page = (await auditor.get(href)).text
        assert f"共 {number} 件" in page or f"合计 {number} 次" in page, href


async def test_the_cases_of_what_rises_are_those_of_the_last_whole_week(centre: Centre) -> None:
    monday = now() - timedelta(days=now().weekday() + 7)
    for weeks, number in ((1, 1), (0, 4)):
        for _ in range(number):
            await centre.report(received_at=monday - timedelta(weeks=weeks) + timedelta(days=2))
    auditor, _ = await signed_in(centre, "auditor")
    ((href, number),) = await links(auditor, "rising", f"grid={STREET}&level=street")
    page = (await auditor.get(href)).text
    assert (number, "共 4 件" in page, page.count('<li class="line')) == (4, True, 4)


async def test_the_analysis_is_each_ones_own_and_names_nobody(centre: Centre, told: None) -> None:
    people = {str(row["id"]) for row in await centre.rows("select id from people")}
    ours, _ = await signed_in(centre, "leader", STREET)
    others, _ = await signed_in(centre, "leader", OTHER_STREET)
    officer, _ = await signed_in(centre, "officer", COMMITTEE)
    for figure in ROUTES:
        path = f"/routing/team/analysis/{figure}?{ALL}"
        mine, theirs = await ours.get(path), await others.get(path)
        assert (mine.status_code, theirs.status_code) == (200, 200)
        assert not any(person in mine.text for person in people)
        assert "/cases?" not in theirs.text
        assert (await officer.get(path)).status_code == 403
        assert (await ours.get(f"/routing/board/analysis/{figure}")).status_code == 403
    assert (
        f'href="/routing/v1/analysis/visits?{ALL}&amp;format=xlsx"'
        in (await ours.get(f"/routing/team/analysis/visits?{ALL}")).text
    )


async def test_a_disputed_row_is_named_by_its_matter(centre: Centre, told: None) -> None:
    auditor, _ = await signed_in(centre, "auditor")
    matters = await centre.rows(
        "select distinct d.list_row as row, i.name from (select max(facts ->> 'row') as list_row from timeline where "
        "case_no in (select case_no from timeline where move = 'dispute') group by case_no) d "
        "join responsibilities r on r.row = d.list_row join issues i on i.code = r.issue and i.version = r.version"
    )
    page = (await auditor.get(f"/routing/board/analysis/disputes-by-row?{ALL}")).text
    assert matters
    assert all(f"<span>{each['name']}</span> <span>{each['row']}（" in page for each in matters)


async def test_filters_stand_in_the_address_and_go_along_to_the_other_figures(centre: Centre, told: None) -> None:
    auditor, _ = await signed_in(centre, "auditor")
    page = (await auditor.get(f"/routing/board/analysis/visits?{ALL}&grid={AREA}%20片区&issue={NEIGHBOURS}")).text
    asked = f"{ALL}&amp;issue={NEIGHBOURS}&amp;grid={AREA}"
    assert f'href="/routing/board/analysis/slow-steps?{asked}"' in page
    assert f'value="{AREA}"' in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("grid=310101999", "网格：没有这个网格"),
        ("issue=77-77", "事项代码不在清单中"),
        ("first=2025-05-01&last=2025-04-01", "受理自：须早于最后一天，且不超过 400 天"),
        ("last=yesterday", "受理至：须是日期"),
        ("wrong=1", "这里没有这一项"),
    ],
)
async def test_what_cannot_be_asked_for_is_told_above_the_form(centre: Centre, asked: str, said: str) -> None:
    auditor, _ = await signed_in(centre, "auditor")
    page = await auditor.get(f"/routing/board/analysis/visits?{asked}")
    assert page.status_code == 422
    told_ = page.text[page.text.index('id="trouble"') : page.text.index('role="search"')]
    assert said in told_
    assert (await auditor.get("/routing/board/analysis/persons")).status_code == 404
    assert (await auditor.get("/routing/board/analysis/visits/cases?what=persons")).status_code == 404


@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's packages chromium and fonts-noto-cjk")
async def test_the_figures_are_drawn_and_read_on_a_phone_and_at_a_desk(
    centre: Centre, told: None, tmp_path: Path
) -> None:
    supervisor = await account(centre, await centre.desk("supervisor", CITY))
    async with served(centre) as base, chromium() as browser:
        board = await at_work(browser, base, supervisor, tmp_path)
        await board.go("/routing/board")
        await board.page.get_by_role("link", name="分析：").click()
        await board.page.get_by_role("link", name="走访情况").click()
        assert await board.page.locator("#chart").count() == 0
        await board.page.get_by_role("link", name="算到今天").click()
        await board.page.wait_for_selector("#chart .bars path")
        await board.look("analysis-visits")
        await board.page.locator("#learnt td a").first.click()
        await board.look("analysis-cases")
        assert board.strangers == []
