"""A script in a citizen's or a caller's words is a text on every page of the evaluation body."""

from call_centre import CASE, Centre, event

PLANTED = "<script>alert(1)</script>\"' onmouseover=alert(2) x='"


async def test_no_page_of_a_survey_runs_what_stands_in_its_words(centre: Centre) -> None:
    await centre.moved(public_answer=PLANTED)
    await centre.handled(public_answer=PLANTED)
    survey, address = await centre.survey(), await centre.link()
    pages = [
        await centre.as_().get(address),
        await centre.as_().post(address, data={"solved": "x", "words": PLANTED}),
        await centre.as_("caller").get(f"/calls/{survey['id']}"),
        await centre.as_("caller").post(f"/calls/{survey['id']}/answers", data={"solved": "x", "words": PLANTED}),
        await centre.as_("caller").get("/calls", params={"noted": PLANTED[:20]}),
    ]
    assert await centre.results(event(words=PLANTED)) == ["recorded"]
    evaluator = centre.as_("evaluator")
    pages += [
        await evaluator.get(f"/evaluation/cases/{CASE}", params={"done": PLANTED[:20]}),
        await evaluator.get("/evaluation", params={"done": PLANTED[:20]}),
        await centre.as_().get("/public"),
    ]
    for page in pages:
        assert page.headers["content-type"].startswith("text/html"), page.text
        assert "<script>alert" not in page.text
        assert "' onmouseover=" not in page.text
    assert sum("&lt;script&gt;alert" in page.text for page in pages) >= 4
