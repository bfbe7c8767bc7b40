"""Stories of the end: withdrawn while it is surveyed, merged and handled again, and an appeal after each outcome."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from grid_centre import AREA, COMMITTEE, STREET, TRAPPED, Centre
from story import Cast

from services.clocks import now
from services.messages import Settled

End = Callable[[Centre, Cast], Awaitable[str]]


@pytest.fixture
async def cast(centre: Centre) -> Cast:
    return await Cast.come(centre)


async def test_withdrawn_during_the_survey_it_is_closed_and_the_survey_is_recalled(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report()
    await cast.survey(case_no)
    await cast.withdraw(case_no)
    order = await centre.order(case_no)
    assert (order["state"], order["outcome"], order["due_at"]) == ("closed", "withdrawn", None)
    last = (await centre.told("order.moved", case_no))[-1]
    assert (last["move"], last["outcome"]) == ("withdraw", "withdrawn")  # by which feedback recalls what is open
    await centre.judge(case_no, "unresolved")
    assert await centre.value(case_no, "state") == "handle.dispatched"  # a late "unsolved" is an appeal all the same


async def merged(centre: Centre, cast: Cast, *, children: int = 1) -> tuple[str, list[str]]:
    parent = await centre.report()
    own = [await centre.report() for _ in range(children)]
    for child in own:
        await centre.made(cast.dispatcher, child, "merge", {"parent": parent})
    return parent, own


async def asked(centre: Centre, case_no: str) -> list[int]:
    """The rounds about which its reporter was asked."""
    return [told["round"] for told in await centre.told("order.handled", case_no) if told["kind"] == "handled"]


async def test_when_the_parent_is_handled_again_its_children_are_asked_again(centre: Centre, cast: Cast) -> None:
    parent, (one, other) = await merged(centre, cast, children=2)
    await cast.survey(parent)
    await centre.judge(one, "unresolved")
    assert (await centre.order(parent))["state"] == "handle.dispatched"
    assert [await centre.value(each, "round") for each in (parent, one, other)] == [2, 2, 2]
    assert (await centre.timeline(one))[-2:] == ["note", "follow"]
    await cast.survey(parent)
    for case_no in (parent, one, other):
        assert await asked(centre, case_no) == [1, 2]
    await centre.judge(one, "resolved", round=2)
    assert await centre.value(one, "state") == "merged"  # it ends with the parent, whose own reporter is still asked
    await centre.judge(parent, "resolved", round=2)
    assert {await centre.value(each, "outcome") for each in (parent, one, other)} == {"resolved"}
    assert "再次办理" in str(await cast.notes(other))


async def test_a_child_that_had_been_handled_itself_is_asked_about_a_round_of_its_own(
    centre: Centre, cast: Cast
) -> None:
    child = await centre.report()
    await cast.survey(child)
    await centre.judge(child, "unresolved")
    parent = await centre.report()
    await centre.made(cast.dispatcher, child, "merge", {"parent": parent})
    await cast.survey(parent)
    await centre.judge(parent, "unresolved")
    await cast.survey(parent)
    assert (await asked(centre, parent), await asked(centre, child)) == ([1, 2], [1, 2, 3])


async def test_a_verdict_of_the_round_before_reopens_no_parent_twice(centre: Centre, cast: Cast) -> None:
    parent, (one, other) = await merged(centre, cast, children=2)
    await cast.survey(parent)
    await centre.judge(one, "unresolved")
    await cast.survey(parent)
    await centre.judge(other, "unresolved", round=1)
    assert (await centre.order(parent))["state"] == "feedback.surveying"
    assert (await centre.timeline(other))[-1] == "note"


async def test_a_closed_parent_is_opened_by_a_childs_appeal_and_that_child_is_asked_again(
    centre: Centre, cast: Cast
) -> None:
    parent, (one, other) = await merged(centre, cast, children=2)
    await cast.survey(parent)
    await centre.judge(parent, "resolved")
    await cast.appeal(one)
    states = [await centre.value(each, "state") for each in (parent, one, other)]
    assert states == ["handle.dispatched", "merged", "closed"]
    above = await centre.desk("officer", AREA)
    await cast.survey(parent, above)
    assert [await asked(centre, each) for each in (parent, one, other)] == [[1, 2], [1, 2], [1]]


# An appeal after each outcome.


async def surveyed(centre: Centre, cast: Cast) -> str:
    case_no = await centre.report()
    await cast.survey(case_no)
    return case_no


async def resolved(centre: Centre, cast: Cast) -> str:
    case_no = await surveyed(centre, cast)
    await centre.judge(case_no, "resolved")
    return case_no


async def unreachable(centre: Centre, cast: Cast) -> str:
    case_no = await surveyed(centre, cast)
    await centre.judge(case_no, "unreachable")
    return case_no


async def unresolved(centre: Centre, cast: Cast) -> str:
    case_no = await surveyed(centre, cast)
    await centre.judge(case_no, "unresolved")
    await cast.survey(case_no)
    await centre.judge(case_no, "unresolved", round=2)
    await cast.survey(case_no, await centre.desk("officer", AREA))
    await centre.judge(case_no, "unresolved", round=3)
    return case_no


async def not_surveyed(centre: Centre, cast: Cast) -> str:
    case_no = await centre.report(item_type="suggestion")
    await cast.survey(case_no)
    return case_no


async def settled_on_spot(centre: Centre, cast: Cast) -> str:
    done = Settled.model_validate({"done": "当场清理", "at": now(), "unit": COMMITTEE, "by": "clerk"})
    return await centre.report(settled=done)


async def not_accepted(centre: Centre, cast: Cast) -> str:
    case_no = await centre.report(grid=None)
    await cast.decline(case_no)
    return case_no


async def ruled_not_accepted(centre: Centre, cast: Cast) -> str:
    case_no = await centre.report()
    said = {"reason": "合同纠纷", "legal_basis": "民事诉讼法", "proposed_unit": "310101-justice"}
    await centre.made(cast.officer, case_no, "dispute", said)
    ruling = {"decision": "not_accepted", "legal_route": "请向黄浦区人民法院提起诉讼"}
    await centre.made(cast.supervisor, case_no, "rule", ruling)
    return case_no


async def handed_over(centre: Centre, cast: Cast) -> str:
    case_no = await centre.report()
    await cast.hand_over(case_no)
    return case_no


async def handed_over_unled(centre: Centre, cast: Cast) -> str:
    case_no = await centre.report(grid=None)
    await cast.hand_over(case_no, cast.dispatcher)
    return case_no


async def withdrawn(centre: Centre, cast: Cast) -> str:
    case_no = await centre.report()
    await cast.withdraw(case_no)
    return case_no


APPEALS: list[tuple[End, str, str, str | None]] = [
    (resolved, "resolved", "handle.dispatched", AREA),
    (unreachable, "unreachable", "handle.dispatched", AREA),
    (unresolved, "unresolved", "handle.dispatched", STREET),
    (not_surveyed, "not_surveyed", "handle.dispatched", AREA),
    (settled_on_spot, "settled_on_spot", "discover.triage", None),
    (not_accepted, "not_accepted", "discover.triage", None),
    (ruled_not_accepted, "not_accepted", "discover.triage", None),
    (handed_over, "handed_over", "handle.dispatched", AREA),
    (handed_over_unled, "handed_over", "discover.triage", None),
    (withdrawn, "withdrawn", "handle.dispatched", AREA),
]
"""How it ended, and where the appeal takes it: one level up, or to triage where nobody led or nobody accepted it."""


@pytest.mark.parametrize(("end", "outcome", "state", "lead"), APPEALS, ids=lambda it: getattr(it, "__name__", None))
async def test_an_appeal_after_each_outcome(
    centre: Centre, cast: Cast, end: End, outcome: str, state: str, lead: str | None
) -> None:
    case_no = await end(centre, cast)
    before = await centre.order(case_no)
    assert before["outcome"] == outcome
    await cast.appeal(case_no)
    order = await centre.order(case_no)
    assert (order["state"], order["lead_unit"], order["outcome"]) == (state, lead, None)
    assert (order["appealed"], order["closed_at"]) == (True, None)
    assert order["state_due"] is not None
    assert order["due_at"] is not None
    assert order["round"] == before["round"] + (state == "handle.dispatched")
    assert "申诉已受理" in (await cast.notes(case_no))[-1]


@pytest.mark.parametrize(
    ("end", "outcome"), [each[:2] for each in APPEALS], ids=lambda it: getattr(it, "__name__", None)
)
async def test_after_the_window_or_a_second_time_it_is_a_note_that_the_citizen_reads(
    centre: Centre, cast: Cast, end: End, outcome: str
) -> None:
    case_no = await end(centre, cast)
    await cast.appeal(case_no, at=now() + timedelta(days=31))
    assert await centre.value(case_no, "outcome") == outcome
    assert (await centre.timeline(case_no))[-1] == "note"
    assert "申诉未能受理" in (await cast.notes(case_no))[-1]


async def test_a_second_appeal_is_a_note_that_the_citizen_reads(centre: Centre, cast: Cast) -> None:
    case_no = await resolved(centre, cast)
    await cast.appeal(case_no)
    await cast.survey(case_no, await centre.desk("officer", AREA))
    await centre.judge(case_no, "resolved", round=2)
    await cast.appeal(case_no)
    assert await centre.value(case_no, "outcome") == "resolved"
    assert "申诉未能受理" in (await cast.notes(case_no))[-1]


async def test_an_appeal_while_it_is_open_is_a_note(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report()
    await cast.appeal(case_no)
    assert (await centre.timeline(case_no))[-1] == "note"
    assert not await centre.value(case_no, "appealed")


async def test_who_left_a_hazard_and_appeals_is_asked_again(centre: Centre, cast: Cast) -> None:
    case_no = await centre.report(issue=TRAPPED)
    await cast.withdraw(case_no)
    officer = await centre.desk("officer", await centre.value(case_no, "lead_unit"))
    evidence = {"evidence": [{"kind": "photo", "shows": "电梯恢复运行"}]}
    await centre.made(officer, case_no, "accept")
    await centre.made(officer, case_no, "report-done", {"done": "已救出", "public_answer": "已救出", **evidence})
    await centre.made(cast.supervisor, case_no, "approve", {"finding": "属实"})
    assert await centre.value(case_no, "outcome") == "not_surveyed"
    await cast.appeal(case_no)
    order = await centre.order(case_no)
    assert (order["reporter_left"], order["state"], order["lead_unit"]) == (False, "handle.dispatched", AREA)
