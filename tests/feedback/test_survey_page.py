"""The citizen's one-time page: opening does not spend it, answering does, and it never says more than it must."""

import asyncio
import html
import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from call_centre import CASE, Centre, event

from feedback.pages.survey import PAGES
from services.clocks import stopped
from services.messaging import PeerFailed, Peers
from services.pages import HEADERS

GOOD = {"solved": "partly", "satisfied": "mostly", "words": "楼道还有一半没清"}


async def get(centre: Centre, path: str) -> httpx.Response:
    return await centre.as_().get(path)


async def post(centre: Centre, path: str, form: dict[str, str]) -> httpx.Response:
    return await centre.as_().post(path, data=form)


async def test_opening_the_link_does_not_spend_it(centre: Centre) -> None:
    await centre.handled()
    path = await centre.link()
    for _ in range(3):
        page = await get(centre, path)
        assert page.status_code == 200
        assert "请您评价这次办理" in page.text
    assert (await centre.survey())["state"] == "open"


async def test_the_page_shows_the_public_answer_and_the_number_and_no_person(centre: Centre) -> None:
    await centre.handled()
    page = await get(centre, await centre.link())
    assert "垃圾已清运，\n并加派保洁每日巡查。" in page.text
    assert CASE in page.text
    for words in ("解决", "部分解决", "未解决", "满意", "基本满意", "不满意", "未评价"):
        assert f"> {words}</label>" in page.text


async def test_what_an_answer_says_is_shown_as_text(centre: Centre) -> None:
    await centre.handled(public_answer="<script>alert(1)</script> & 完")
    page = await get(centre, await centre.link())
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; 完" in page.text
    assert "<script" not in page.text


async def test_an_answer_is_taken_once_with_its_verdict(centre: Centre) -> None:
    await centre.handled()
    path = await centre.link()
    thanks = await post(centre, path, GOOD)
    assert (thanks.status_code, "您的评价已经收到" in thanks.text) == (200, True)
    (answer,) = await centre.rows("select * from answers")
    assert (answer["via"], answer["solved"], answer["satisfied"]) == ("page", "partly", "mostly")
    (given,) = await centre.told("verdict.given")
    assert given["data"]["verdict"] == "unresolved"
    assert await centre.moves() == ["issue", "link", "answer", "judge"]
    for again in (await post(centre, path, GOOD), await get(centre, path)):
        assert (again.status_code, "这次评价已经结束" in again.text) == (410, True)
    assert len(await centre.rows("select * from answers")) == 1


async def test_eight_taps_at_once_answer_once(centre: Centre) -> None:
    await centre.handled()
    path = await centre.link()
    pages = await asyncio.gather(*(post(centre, path, GOOD) for _ in range(8)))
    assert sorted(page.status_code for page in pages) == [200] + [410] * 7
    assert len(await centre.told("verdict.given")) == 1


async def test_page_and_provider_at_once_count_one_answer(centre: Centre) -> None:
    await centre.handled()
    path = await centre.link()
    page, results = await asyncio.gather(post(centre, path, GOOD), centre.results(event()))
    assert (page.status_code, results) in ((200, ["late"]), (410, ["recorded"]))
    assert len(await centre.rows("select * from answers where not late")) == 1
    assert len(await centre.told("verdict.given")) == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"satisfied": "mostly"}, "solved"),
        ({"solved": "solved"}, "satisfied"),
        ({"solved": "solved", "satisfied": "much"}, "satisfied"),
        ({"solved": "solved", "satisfied": "mostly", "words": "长" * 501}, "words"),
    ],
)
async def test_an_incomplete_form_is_shown_again_with_the_field_named(
    centre: Centre, form: dict[str, str], field: str
) -> None:
    await centre.handled()
    path = await centre.link()
    page = await post(centre, path, form)
    assert page.status_code == 422
    assert f'<a href="#{field}">' in page.text
    assert f'id="{field}-fault"' in page.text
    assert page.text.count(" checked") == sum(value in ("solved", "mostly") for value in form.values())
    assert (await centre.survey())["state"] == "open"
    assert (await post(centre, path, GOOD)).status_code == 200


async def test_five_hundred_characters_with_line_breaks_fit(centre: Centre) -> None:
    await centre.handled()
    page = await post(centre, await centre.link(), {**GOOD, "words": "\r\n".join(["好" * 9] * 50)})
    assert page.status_code == 200


@pytest.mark.parametrize("days", [7, 15])
async def test_after_the_last_day_the_page_is_gone(centre: Centre, days: int) -> None:
    await centre.handled()
    path, survey = await centre.link(), await centre.survey()
    with stopped(survey["issued_at"] + timedelta(days=days, seconds=1)):
        await centre.expire(survey["id"])
        for page in (await get(centre, path), await post(centre, path, GOOD)):
            assert page.status_code == 410
    assert await centre.rows("select * from answers") == []


async def test_a_link_past_its_own_date_is_gone_even_while_the_survey_waits(centre: Centre) -> None:
    await centre.handled()
    path, survey = await centre.link(), await centre.survey()
    with stopped(survey["link_expires_at"]):
        assert (await get(centre, path)).status_code == 410
        assert (await post(centre, path, GOOD)).status_code == 410


async def test_after_a_withdrawal_the_page_is_gone(centre: Centre) -> None:
    await centre.handled()
    path = await centre.link()
    await centre.withdrawn()
    assert (await get(centre, path)).status_code == 410
    assert (await post(centre, path, GOOD)).status_code == 410


async def test_a_fresh_link_replaces_the_older_one(centre: Centre) -> None:
    await centre.handled()
    old, new = await centre.link(), await centre.link()
    for page in (await get(centre, old), await post(centre, old, GOOD)):
        assert (page.status_code, "这个链接已经换新" in page.text) == (410, True)
    assert (await get(centre, new)).status_code == 200
    assert (await post(centre, new, GOOD)).status_code == 200


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "长"])
async def test_an_unknown_link_is_a_page_that_says_so(centre: Centre, token: str) -> None:
    for page in (await get(centre, f"/s/{token}"), await post(centre, f"/s/{token}", GOOD)):
        assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
        assert "没有这个评价链接" in page.text


async def test_only_a_keyed_digest_of_the_token_is_kept(centre: Centre) -> None:
    await centre.handled()
    token = (await centre.link()).removeprefix("/s/")
    assert len(token) == 43
    tables = ("links", "surveys", "audit", "timeline", "pgqueuer")
    kept = [await centre.rows(f"select * from {table}") for table in tables]
    assert token not in str(kept)
    (link,) = kept[0]
    assert len(bytes(link["digest"])) == 32


@pytest.mark.parametrize("path", ["page", "fault", "thanks", "gone", "unknown"])
async def test_every_page_is_private_and_loads_nothing_from_elsewhere(centre: Centre, path: str) -> None:
    await centre.handled()
    link = await centre.link()
    match path:
        case "page":
            page = await get(centre, link)
        case "fault":
            page = await post(centre, link, {})
        case "thanks":
            page = await post(centre, link, GOOD)
        case "gone":
            await centre.withdrawn()
            page = await get(centre, link)
        case _:
            page = await get(centre, "/s/unknown")
    for name, value in HEADERS.items():
        assert page.headers[name] == value
    assert "set-cookie" not in page.headers
    assert not re.search(r"<script|https?://|style=", page.text)
    assert len(page.content) < 20_000


async def test_english_by_switch_all_the_way(centre: Centre) -> None:
    await centre.handled()
    path = await centre.link()
    page = await get(centre, f"{path}?lang=en")
    assert '<html lang="en">' in page.text
    assert "Is what you reported solved?" in page.text
    action = re.search(r'action="/feedback([^"]+)"', page.text)
    assert action
    assert action[1] == f"{path}?lang=en"
    assert "Please choose whether it was solved" in (await post(centre, action[1], {})).text
    assert "Thank you, your rating has arrived" in (await post(centre, action[1], GOOD)).text


async def test_every_chinese_text_of_the_pages_has_its_english(centre: Centre) -> None:
    await centre.handled(round=2)
    pages = [await get(centre, "/s/unknown?lang=en")]
    path = await centre.link()
    pages += [await get(centre, f"{path}?lang=en"), await post(centre, f"{path}?lang=en", {"words": "x" * 501})]
    pages += [
        await centre.as_().post(
            f"{path}?lang=en", data={**GOOD, "words": "half"}, files={"photo": ("x.jpg", b"no picture")}
        )
    ]
    old, path = path, await centre.link()
    pages += [await get(centre, f"{old}?lang=en"), await post(centre, f"{path}?lang=en", GOOD)]
    pages += [await get(centre, f"{path}?lang=en")]
    shown = html.unescape("".join(page.text for page in pages))
    left = re.sub(r'垃圾已清运，\s*并加派保洁每日巡查。|lang="zh-CN">\s*中文|语言|rel="nofollow">中文', "", shown)
    assert re.findall(r"[一-鿿]+", left) == []


def test_no_translation_is_left_over() -> None:
    root = Path(__file__).parents[2]
    files = (
        path
        for room in ("feedback", "services")
        for path in (root / room).rglob("*")
        if path.suffix in {".html", ".py", ".yaml"}
    )
    said = re.sub(r"\s+", "", "".join(path.read_text("utf-8") for path in files))
    assert [chinese for chinese in PAGES.english if re.sub(r"\s+", "", chinese) not in said] == []


async def test_the_style_sheet_is_served_and_named_by_its_content(centre: Centre) -> None:
    page = await get(centre, "/s/unknown")
    styles = re.search(r'href="/feedback(/static/gridloop\.css\?v=[0-9a-f]{12})"', page.text)
    assert styles
    sheet = await get(centre, styles[1])
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert "url(" not in sheet.text
    assert "@import" not in sheet.text


async def test_only_intake_fetches_a_link_and_only_for_an_open_survey(centre: Centre) -> None:
    await centre.handled()
    survey = str((await centre.survey())["id"])
    unsigned = await centre.as_("caller").post("/v1/links", json={"survey": survey})
    assert unsigned.status_code == 401

    async def fetch(source: str, wanted: str) -> int | None:
        peers = Peers(centre.settings, source, transport=centre.transport)
        try:
            await peers.call("feedback", "POST", "/v1/links", {"survey": wanted})
        except PeerFailed as failed:
            return failed.status
        finally:
            await peers.close()
        return 200

    assert await fetch("routing", survey) == 403
    assert await fetch("intake", str(uuid4())) == 404
    assert await fetch("intake", survey) == 200
    await centre.withdrawn()
    assert await fetch("intake", survey) == 410


async def test_a_form_too_large_is_refused(centre: Centre) -> None:
    await centre.handled()
    page = await post(centre, await centre.link(), {**GOOD, "words": "x" * 2**14})
    assert page.status_code == 413
