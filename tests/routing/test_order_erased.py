"""`report.erased` in routing: the words and photos of a case go, what happened stays, and the chain verifies."""

import io
import json
from typing import Any

from desk_days import signed_in
from grid_centre import Centre
from PIL import Image
from story import Cast

from routing import forgetting
from routing.models import Order
from services import chains
from services.clocks import now
from services.messages import ReportAmended, ReportErased
from services.messaging import Peers
from services.retention.rules import FILE, read
from services.retention.runs import Run, run
from services.rooms import Tools

MARK = "玳瑁猫雕像"
DONE = {"done": f"{MARK}旁已劝导", "public_answer": f"{MARK}旁已劝导，对方承诺不再喧哗。"}
TABLES = ("orders", "disputes", "proposals", "list_proposals", "timeline", "timeline_words", "order_texts", "photos")


async def everything(centre: Centre) -> str:
    return json.dumps([await centre.rows(f"select * from {name}") for name in TABLES], ensure_ascii=False, default=str)


async def erased(centre: Centre, case_no: str, *parts: Any) -> str:
    return (await centre.hear("intake", ReportErased(case_no=case_no, parts=parts, at=now()))).status


async def lived(centre: Centre) -> tuple[Cast, str]:
    """A closed case with the mark in the words of everybody."""
    cast = await Cast.come(centre)
    case_no = await centre.report(text=f"{MARK}旁每晚吵闹")
    await centre.made(cast.officer, case_no, "accept")
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(made, "JPEG")
    sent = await centre.client(cast.officer).post(
        f"/v1/orders/{case_no}/photos", content=made.getvalue(), headers={"content-type": "image/jpeg"}
    )
    assert sent.status_code == 201, sent.text
    await centre.made(cast.officer, case_no, "note", {"text": f"{MARK}旁去过两次"})
    await centre.made(cast.officer, case_no, "report-done", DONE)
    await centre.made(cast.supervisor, case_no, "approve", {"finding": f"{MARK}旁属实"})
    await centre.judge(case_no, "resolved")
    return cast, case_no


async def nightly(centre: Centre) -> Run:
    tools = Tools(centre.app.state.settings, centre.database, Peers(centre.app.state.settings, "routing"))
    made = await run(centre.database, read(FILE), forgetting.retain(tools))
    await tools.peers.close()
    return made


async def test_words_go_the_facts_stay_and_the_chain_is_whole(centre: Centre) -> None:
    cast, case_no = await lived(centre)
    before, moves = await centre.order(case_no), await centre.timeline(case_no)
    assert await erased(centre, case_no, "photos") == "done"
    assert await centre.rows("select 1 from photos") == []
    assert MARK in await everything(centre)
    assert await erased(centre, case_no, "everything") == "done"
    assert MARK not in await everything(centre)
    assert await centre.rows("select 1 from timeline_words where case_no = :case_no", case_no=case_no) == []
    after = await centre.order(case_no)
    same = ("state", "outcome", "round", "grid", "issue", "lead_unit", "received_at", "handled_at", "closed_at")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert await centre.timeline(case_no) == moves
    number, faults = await chains.broken(centre.database, Order)
    assert (number >= 1, faults) == (True, [])
    assert (await centre.see(cast.supervisor, case_no)).status_code == 200


async def test_pages_and_lists_show_an_erased_case_as_what_is_left_of_it(centre: Centre) -> None:
    _, case_no = await lived(centre)
    await erased(centre, case_no, "everything")
    supervisor, _ = await signed_in(centre, "supervisor")
    page = await supervisor.get(f"/routing/board/cases/{case_no}")
    assert (page.status_code, MARK in page.text) == (200, False)
    assert case_no in (await supervisor.get("/routing/board/cases?state=closed")).text


async def test_a_note_on_an_erased_case_goes_with_the_next_night(centre: Centre) -> None:
    cast, case_no = await lived(centre)
    await erased(centre, case_no, "everything")
    await centre.made(cast.supervisor, case_no, "note", {"text": f"{MARK}的旧案"})
    assert MARK in await everything(centre)
    made = await nightly(centre)
    assert made.tallies[0] | {"due": 1, "erased": 1} == made.tallies[0]
    assert MARK not in await everything(centre)
    assert (await nightly(centre)).tallies[0]["due"] == 0


async def test_an_erasure_waits_for_its_report(centre: Centre) -> None:
    assert await erased(centre, "2025030100009994", "everything") == "waiting"


async def test_an_unsolved_that_comes_after_the_erasure_opens_nothing_and_is_noted(centre: Centre) -> None:
    _, case_no = await lived(centre)
    await erased(centre, case_no, "everything")
    await centre.judge(case_no, "unresolved")
    order = await centre.order(case_no)
    assert (order["state"], order["outcome"], order["appealed"]) == ("closed", "resolved", False)
    (entry,) = await centre.rows("select facts from timeline where move = 'note' and by_role = 'feedback'")
    assert (entry["facts"]["wanted"], entry["facts"]["refused"]) == ("appeal", "ErasedCase")


async def test_one_whose_photos_alone_were_erased_is_opened_again(centre: Centre) -> None:
    _, case_no = await lived(centre)
    await erased(centre, case_no, "photos")
    await centre.judge(case_no, "unresolved")
    assert await centre.value(case_no, "state") == "handle.dispatched"


async def test_whoever_took_the_number_back_is_not_surveyed(centre: Centre) -> None:
    cast = await Cast.come(centre)
    case_no = await centre.report(text=f"{MARK}旁每晚吵闹")
    await centre.made(cast.officer, case_no, "accept")
    await centre.hear("intake", ReportAmended(case_no=case_no, reachable=False, at=now()))
    await centre.made(cast.officer, case_no, "report-done", DONE)
    await centre.made(cast.supervisor, case_no, "approve", {"finding": f"{MARK}旁属实"})
    order = await centre.order(case_no)
    assert (order["outcome"], order["reporter"]) == ("not_surveyed", False)
