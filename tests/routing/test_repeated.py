"""Repeats in the database: who is shown what, what the matcher merges by itself, what a person undoes."""

from typing import Any

import pytest
from grid_centre import AREA, CITY, COMMITTEE, STREET, Centre, Desk
from sqlalchemy import text
from sqlalchemy.dialects import postgresql

from routing import opening, repeated, reports
from routing.catalogue import Catalogue
from routing.repeated import Reported
from routing.terms import Terms, terms
from routing.vicinity import Vicinity
from services.clocks import now
from services.messages import Place, ReportAmended
from services.settings import Settings

BINS = "永嘉路35弄门口垃圾桶满溢，三天没人清运，苍蝇乱飞。"
TOLD = "市民反映永嘉路35弄口垃圾箱满溢，生活垃圾未及时清运，有苍蝇。"
DANCE = "永嘉路35弄门口每晚有人跳广场舞，音响太吵。"
HERE = Place(address="瑞金二路街道永嘉路35弄")
GROUP, AROUND = "310101023011004", "310101023011"
"""The micro-grid of that number, and its committee."""


async def bins(centre: Centre, words: str = BINS, **facts: Any) -> str:
    return await centre.report(**{"text": words, "issue": "05-02", "place": HERE, **facts})


async def amend(centre: Centre, case_no: str, **facts: Any) -> None:
    await centre.hear("intake", ReportAmended.model_validate({"case_no": case_no, "at": now(), **facts}))


@pytest.fixture
async def dispatcher(centre: Centre) -> Desk:
    return await centre.desk("dispatcher", CITY)


@pytest.fixture
def sure(routing_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Terms:
    """A city that lets the matcher merge what it is sure of."""
    known = terms(routing_settings)
    agreed = known.agreed.model_copy(update={"repeats": known.agreed.repeats.model_copy(update={"merge_from": 0.9})})
    changed = Terms(agreed, known.calendar, known.hours, known.issue_threshold)

    async def merge(session: Any, order: Any, _: Terms, **facts: bool) -> bool:
        return await repeated.merge_on_arrival(session, order, changed, **facts)

    for room in (opening, reports):
        monkeypatch.setattr(room, "repeated", type("Repeated", (), {"merge_on_arrival": staticmethod(merge)}))
    return changed


async def repeats_of(centre: Centre, desk: Desk, case_no: str) -> dict[str, Any]:
    answer = await centre.client(desk).get(f"/v1/orders/{case_no}/repeats")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_likely_repeat_is_shown_side_by_side_with_its_reasons(centre: Centre, dispatcher: Desk) -> None:
    first, dance, second = await bins(centre), await bins(centre, DANCE, issue="04-03"), await bins(centre, TOLD)
    found = await repeats_of(centre, dispatcher, second)
    assert [item["case_no"] for item in found["items"]] == [first]
    (item,) = found["items"]
    assert (item["text"], found["order"]["text"]) == (BINS, TOLD)
    assert item["probability"] > 0.9
    assert "门牌相同（永嘉路35）" in item["agree"]
    assert dance not in {item["case_no"] for item in found["items"]}


async def test_a_repeat_from_a_neighbouring_grid_is_found_and_a_far_one_is_not(
    centre: Centre, dispatcher: Desk
) -> None:
    words = "弄口垃圾桶满溢，三天没人清运，苍蝇乱飞。"
    first = await bins(centre, words, place=Place(grid=AROUND))
    await bins(centre, words, place=Place(grid="310101002"))
    second = await bins(centre, TOLD)
    assert [item["case_no"] for item in (await repeats_of(centre, dispatcher, second))["items"]] == [first]


async def test_what_is_closed_is_not_proposed(centre: Centre, dispatcher: Desk) -> None:
    first, second = await bins(centre), await bins(centre, TOLD)
    facts = {"receiver": "110", "reference": "1", "at": "2025-03-01T09:00:00+08:00"}
    await centre.move(dispatcher, first, "hand-over", facts | {"at": await _now(centre, first)})
    assert await centre.value(first, "state") == "closed"
    assert (await repeats_of(centre, dispatcher, second))["items"] == []


async def _now(centre: Centre, case_no: str) -> str:
    return str((await centre.value(case_no, "received_at")).isoformat())


async def test_an_officer_never_sees_the_list_and_nobody_sees_that_the_caller_is_the_same(
    centre: Centre, dispatcher: Desk
) -> None:
    first = await bins(centre)
    second = await bins(centre, TOLD, open_cases=[first])
    officer = await centre.desk("officer", STREET)
    assert (await centre.client(officer).get(f"/v1/orders/{second}/repeats")).status_code == 403
    linked = await repeats_of(centre, dispatcher, second)
    alone = await repeats_of(centre, dispatcher, await bins(centre, TOLD))
    reasons = [item["agree"] + item["differ"] for item in linked["items"]]
    assert reasons == [item["agree"] + item["differ"] for item in alone["items"] if item["case_no"] == first]
    assert "open_cases" not in str(linked)
    assert "caller" not in str(linked)


async def test_the_callers_other_case_is_compared_though_its_place_was_not_found(centre: Centre) -> None:
    first = await bins(centre, issue=None, place=Place(address="永嘉路35弄", grid="310101002"))
    second = await bins(centre, TOLD, open_cases=[first], place=HERE)
    async with centre.database.unit() as session:
        order = await session.get_one(repeated.Order, second)
        found = await repeated.likely(session, Reported.of(order), terms(centre.app.state.settings))
    assert [each.order.case_no for each in found] == [first]


async def test_a_dispatcher_of_another_street_sees_no_repeats_here(centre: Centre) -> None:
    await bins(centre)
    second = await bins(centre, TOLD)
    other = await centre.desk("dispatcher", "310101002")
    assert (await centre.client(other).get(f"/v1/orders/{second}/repeats")).status_code == 404


async def test_the_desk_is_told_of_the_open_case_but_not_its_words(centre: Centre) -> None:
    first = await bins(centre)
    clerk = await centre.desk("clerk", STREET)
    heard = {"text": TOLD, "address": HERE.address}
    answer = await centre.client(clerk).post("/v1/repeats", json=heard)
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    assert item["case_no"] == first
    assert set(item) == {"case_no", "state", "issue", "grid", "received_at", "hours_open", "probability", "agree"}


async def test_a_confidential_case_is_not_named_at_the_desk(centre: Centre) -> None:
    await bins(centre, confidential=True)
    clerk = await centre.desk("clerk", STREET)
    answer = await centre.client(clerk).post("/v1/repeats", json={"text": TOLD, "address": HERE.address})
    assert answer.json() == {"items": []}


async def test_without_a_threshold_the_matcher_merges_nothing(centre: Centre) -> None:
    await bins(centre)
    second = await bins(centre, TOLD)
    assert await centre.value(second, "state") != "merged"


async def test_above_the_threshold_the_matcher_merges_on_arrival_and_says_why(centre: Centre, sure: Terms) -> None:
    first = await bins(centre)
    second = await bins(centre, TOLD)
    assert (await centre.value(second, "state"), await centre.value(second, "merged_into")) == ("merged", first)
    assert await centre.timeline(second) == ["register", "merge"]
    assert await centre.value(first, "waiting_children") == 1
    (entry,) = await centre.rows("select facts, by_role from timeline where case_no = :c and move = 'merge'", c=second)
    assert entry["by_role"] == "matcher"
    assert "门牌相同（永嘉路35）" in entry["facts"]["because"]
    assert (await centre.states_told(second))[-1] == "merged"


async def test_a_third_report_joins_the_first_and_not_the_second(centre: Centre, sure: Terms) -> None:
    first = await bins(centre)
    second, third = await bins(centre, TOLD), await bins(centre, BINS)
    assert {await centre.value(case_no, "merged_into") for case_no in (second, third)} == {first}
    assert await centre.value(first, "waiting_children") == 2


async def test_an_amended_place_or_text_is_searched_anew(centre: Centre, sure: Terms, dispatcher: Desk) -> None:
    first = await bins(centre)
    placeless = await bins(centre, "垃圾桶满溢，三天没人清运，苍蝇乱飞。", issue=None, place=Place())
    vague = await bins(centre, "永嘉路35弄门口有问题，请来看看。", issue=None)
    assert "merged" not in {await centre.value(each, "state") for each in (placeless, vague)}
    await amend(centre, placeless, place=HERE)
    await amend(centre, vague, text=BINS)
    assert {await centre.value(each, "merged_into") for each in (placeless, vague)} == {first}


async def test_what_somebody_works_on_is_never_merged_by_an_amendment(centre: Centre, sure: Terms) -> None:
    await bins(centre)
    danced = await bins(centre, DANCE, issue="04-03")
    await centre.made(await centre.desk("officer", str(await centre.value(danced, "lead_unit"))), danced, "accept")
    await amend(centre, danced, text=BINS, replaces=True)
    assert await centre.value(danced, "state") == "handle.working"


async def test_another_kind_of_request_or_matter_is_never_merged_by_itself(centre: Centre, sure: Terms) -> None:
    await bins(centre)
    asked, danced = await bins(centre, TOLD, item_type="inquiry"), await bins(centre, DANCE, issue="04-03")
    assert "merged" not in {await centre.value(case_no, "state") for case_no in (asked, danced)}


async def test_two_parts_of_one_report_are_not_repeats_of_each_other(centre: Centre, sure: Terms) -> None:
    first = await bins(centre)
    part = await bins(centre, TOLD, split_from=first)
    assert await centre.value(part, "state") != "merged"


async def test_a_wrong_merge_is_undone_and_marked_and_not_made_again(
    centre: Centre, dispatcher: Desk, sure: Terms
) -> None:
    first = await bins(centre)
    second = await bins(centre, TOLD)
    back = await centre.made(dispatcher, second, "unmerge", {"reason": "不是同一件"})
    assert (back["state"], back["merged_into"]) == ("discover.triage", None)
    (item,) = (await repeats_of(centre, dispatcher, second))["items"]
    assert (item["case_no"], item["parted"]) == (first, True)
    async with centre.database.unit() as session:
        order = await repeated.orders.lock(session, second)
        assert order is not None
        assert not await repeated.merge_on_arrival(session, order, sure)
    assert (await centre.made(dispatcher, second, "merge", {"parent": first}))["state"] == "merged"


async def test_each_merged_reporter_gets_the_own_answer_and_survey(centre: Centre, sure: Terms) -> None:
    first = await bins(centre)
    second = await bins(centre, TOLD)
    handler, checker = (
        await centre.desk("officer", str(await centre.value(first, "lead_unit"))),
        await centre.desk("supervisor", CITY),
    )
    await centre.made(handler, first, "accept")
    done = {"done": "已清运", "public_answer": "垃圾已清运，每日两次。"}
    evidence = [{"kind": "photo", "shows": "清运后的垃圾桶"}]
    answer = await centre.move(handler, first, "report-done", done | {"evidence": evidence})
    assert answer.status_code == 200, answer.text
    await centre.made(checker, first, "approve", {"finding": "属实"})
    told = await centre.told("order.handled")
    assert {each["case_no"] for each in told} == {first, second}
    assert {each["public_answer"] for each in told} == {done["public_answer"]}
    await centre.judge(first, "resolved")
    assert await centre.value(second, "state") == "closed"


async def test_candidates_come_by_the_index_of_open_orders(centre: Centre) -> None:
    first = await bins(centre)
    second = await bins(centre, TOLD, open_cases=[first])
    async with centre.database.unit() as session:
        order = await session.get_one(repeated.Order, second)
        query = repeated.wanted(Reported.of(order), [AROUND, GROUP])
        sql = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
        await session.execute(text("set local enable_seqscan = off"))
        plan = "\n".join(await session.scalars(text(f"explain {sql}")))
    assert "ix_orders_grid_received_at_open" in plan
    assert "Seq Scan" not in plan


def test_the_area_of_the_committee_lies_around_it_and_another_street_does_not(centre: Centre) -> None:
    around = Vicinity(Catalogue.starter()).around(COMMITTEE, 150)
    assert {COMMITTEE, AREA, STREET, "310101023006001"} <= set(around)
    assert not any(code.startswith("310101002") for code in around)
