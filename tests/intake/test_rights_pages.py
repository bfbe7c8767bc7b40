"""A clerk's page of a reporter's rights, the supervisors' page of holds: plain forms, the same rules as the API."""

import re

import httpx
import pytest
from front_desk import COMMITTEE, House, unit
from test_erasing import closed
from test_reveals import hire
from test_rights import Answering, code, gatherer, identity

from services.roles import Role

WHY = {"reason": "法院调查"}


async def sent(house: House, path: str, person: str = "clerk", **form: str) -> httpx.Response:
    return await house.as_(person).post(path, data=form)


async def test_a_copy_is_asked_for_gathered_and_printed_each_opening_on_record(house: House) -> None:
    case_no = await closed(house)
    found = await house.as_("clerk").get("/rights", params={"case_no": f" {case_no} "})
    assert (found.status_code, found.headers["location"]) == (303, f"/intake/rights/{case_no}")
    asked = await sent(house, f"/rights/{case_no}/exports", **await code(house, case_no))
    assert (asked.status_code, asked.headers["location"]) == (303, f"/intake/rights/{case_no}?done=asked")
    (row,) = await house.rows("select id from exports")
    page = await house.as_("clerk").get(f"/rights/{case_no}", params={"done": "asked"})
    assert ("正在汇集" in page.text, str(row["id"]) in page.text) == (True, False)
    peers = Answering(house.app.state.settings, "intake")
    await gatherer(house, peers)(str(row["id"]).encode())
    await peers.close()
    page = await house.as_("clerk").get(f"/rights/{case_no}")
    (way,) = re.findall(r'href="[^"]*(/rights/\d{16}/exports/[^"]+)"', page.text)
    assert await house.rows("select 1 from disclosures where way = 'export'") == []
    printed = await house.as_("clerk").get(way)
    assert ("欧阳静好" in printed.text, printed.headers["cache-control"]) == (True, "no-store")
    assert len(await house.rows("select 1 from disclosures where way = 'export'")) == 1


async def test_corrected_and_erased_by_the_page_and_a_wrong_proof_is_in_the_audit(house: House) -> None:
    case_no = await closed(house)
    proof = await code(house, case_no)
    wrong = await sent(house, f"/rights/{case_no}/erasure", status_code="0000-0000-0000")
    assert (wrong.status_code, "0000-0000-0000" in wrong.text) == (403, False)
    assert len(await house.rows("select 1 from audit where action = 'right.refused'")) == 1
    told = {"new-phone": "13800005678", "remove-home": "1", "reason": "换了手机号"}
    assert (await sent(house, f"/rights/{case_no}/corrections", **proof, **told)).status_code == 303
    held = await identity(house, case_no)
    assert (held.phone, held.home) == ("13800005678", None)
    lacking = await sent(house, f"/rights/{case_no}/corrections", **proof, **{"new-phone": "13800005678"})
    assert (lacking.status_code, "13800005678" in lacking.text) == (422, False)
    gone = await sent(house, f"/rights/{case_no}/erasure", **proof)
    assert gone.headers["location"].endswith("?done=erased")
    assert (await identity(house, case_no)).name is None


async def test_a_document_counts_at_the_page_too(house: House) -> None:
    case_no = await closed(house)
    seen = {"document_seen": "1", "name": "欧阳静好", "phone": "139 1234 5678", "id_number": "310101199003077715"}
    assert (await sent(house, f"/rights/{case_no}/exports", **seen)).status_code == 303
    unseen = {name: value for name, value in seen.items() if name != "document_seen"}
    assert (await sent(house, f"/rights/{case_no}/exports", **unseen)).status_code == 422


async def test_a_hold_is_placed_and_lifted_by_two_supervisors_and_read_by_an_auditor(house: House) -> None:
    case_no = await closed(house)
    await hire(house, "second", Role.SUPERVISOR, "31")
    assert (await sent(house, "/holds", "supervisor", case_no=case_no, **WHY)).status_code == 303
    (hold,) = await house.rows("select id from holds")
    at = f"/holds/{hold['id']}"
    own, other, reads = [(await house.as_(each).get("/holds")).text for each in ("supervisor", "second", "auditor")]
    assert [f"{at}/agreement" in page for page in (own, other, reads)] == [False, True, False]
    assert all(case_no in page for page in (own, other, reads))
    assert (await sent(house, f"{at}/agreement", "supervisor")).status_code == 403
    assert (await sent(house, f"{at}/agreement", "second")).status_code == 303
    assert (await sent(house, f"{at}/lifting", "second", reason="")).status_code == 422
    assert (await sent(house, f"{at}/lifting", "second", reason="调查结束")).status_code == 303
    assert (await sent(house, f"{at}/agreement", "supervisor")).status_code == 303
    (row,) = await house.rows("select state, lift_reason from holds")
    assert (row["state"], row["lift_reason"]) == ("lifted", "调查结束")
    assert (await sent(house, f"{at}/anything", "supervisor")).status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_field_of_the_pages_has_its_label_and_every_id_is_there_once(house: House, language: str) -> None:
    case_no = await closed(house)
    await house.moved(await house.post(), "handle.working", lead=unit(COMMITTEE))
    await sent(house, "/holds", "supervisor", case_no=case_no, **WHY)
    for person, path in (("clerk", "/rights"), ("clerk", f"/rights/{case_no}"), ("supervisor", "/holds")):
        page = (await house.as_(person).get(path, params={"lang": language})).text
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path
        inputs = re.findall(r'<input (?!type="(?:hidden|checkbox)")[^>]*id="([^"]+)"', page)
        assert inputs
        assert set(inputs) <= set(re.findall(r'<label for="([^"]+)"', page)), path
        assert page.count("<h1") == 1
        assert not (language == "en" and "申请副本" in page)
