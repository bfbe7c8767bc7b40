"""The officer's pages: their own list, one case, moves by form, photos; and what they refuse."""

import io
import re

import httpx
from grid_centre import CITY, COMMITTEE, HOUSING, OTHER_STREET, Centre, Desk
from PIL import Image

CONTACT = {"how": "phone", "result": "reached", "words": "约好下午上门"}
DONE = {"done": "已清运", "public_answer": "垃圾已清运，感谢您的反映。"}


def picture(colour: str = "green") -> bytes:
    """A photo that says where it was taken."""
    image, written = Image.new("RGB", (2000, 900), colour), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "CAMERA-OF-SOMEBODY"
    image.save(written, "JPEG", exif=exif)
    return written.getvalue()


async def press(
    centre: Centre, desk: Desk, case_no: str, move: str, queue: bool = False, **sent: str
) -> httpx.Response:
    """A form sent as it was shown: with its version; a key stands in for the session."""
    client = centre.client(desk)
    version = sent.pop("version", None) or str(await centre.value(case_no, "version"))
    headers = {"if-match": f'"{version}"'} | ({"accept": "application/json"} if queue else {})
    return await client.post(f"/mine/{case_no}/{move}", data=sent, headers=headers)


async def test_the_day_of_an_order_by_forms(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    listed = await centre.client(officer).get("/mine?shelf=unit")
    assert f"/routing/mine/{case_no}" in listed.text
    assert "待签收" in listed.text
    page = await centre.client(officer).get(f"/mine/{case_no}")
    assert page.status_code == 200
    assert "按责任清单" in page.text
    answer = await press(centre, officer, case_no, "accept")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/routing/mine/{case_no}?made=accept")
    assert (await press(centre, officer, case_no, "contact", **CONTACT)).status_code == 303
    assert (await press(centre, officer, case_no, "report-done", **DONE)).status_code == 303
    assert (await centre.order(case_no))["state"] == "supervise.checking"
    assert {"accept", "contact", "report_done"} <= set(await centre.timeline(case_no))


async def test_a_stale_form_shows_the_case_as_it_is_and_keeps_the_words(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    await press(centre, officer, case_no, "accept")
    answer = await press(centre, officer, case_no, "note", version="1", text="商户十点开门")
    assert answer.status_code == 412
    assert "刚才有人更新了" in answer.text
    assert "商户十点开门</textarea>" in answer.text
    assert "note" not in await centre.timeline(case_no)


async def test_the_queue_gets_documents_and_the_next_version(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    first = await press(centre, officer, case_no, "accept", queue=True)
    assert first.status_code == 200
    assert first.headers["etag"] == f'"{await centre.value(case_no, "version")}"'
    refused = await press(centre, officer, case_no, "accept", queue=True, version="1")
    assert refused.status_code == 412
    assert refused.json()["told"].startswith("刚才有人更新了")
    empty = await press(centre, officer, case_no, "report-done", queue=True, done="已清运")
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "public_answer")


async def test_a_dispute_names_the_unit_and_can_be_made_once(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    page = (await centre.client(officer).get(f"/mine/{case_no}")).text
    assert f'<option value="{HOUSING}"' in page
    words = {"reason": "属于房屋质量", "legal_basis": "责任清单", "proposed_unit": HOUSING}
    assert (await press(centre, officer, case_no, "dispute", **words)).status_code == 303
    assert (await centre.order(case_no))["state"] == "handle.disputed"
    assert "退单待裁定" in (await centre.client(officer).get(f"/mine/{case_no}")).text


async def test_a_photo_loses_its_camera_is_kept_once_and_proves_the_result(centre: Centre) -> None:
    officer, stranger = await centre.desk("officer", COMMITTEE), await centre.desk("officer", OTHER_STREET)
    case_no = await centre.report()
    client, sent = centre.client(officer), {"content-type": "image/jpeg"}
    ids = {
        (await client.post(f"/v1/orders/{case_no}/photos", content=picture(), headers=sent)).json()["id"] for _ in "ab"
    }
    assert len(ids) == 1
    (photo,) = ids
    answer = await client.post(f"/mine/photos/{case_no}", files={"photo": ("a.exe", picture("red"), "text/html")})
    assert answer.status_code == 303
    shown = await client.get(f"/v1/orders/{case_no}/photos/{photo}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"CAMERA" not in shown.content
    assert Image.open(io.BytesIO(shown.content)).size == (1600, 720)
    assert (await centre.client(stranger).get(f"/v1/orders/{case_no}/photos/{photo}")).status_code == 404
    assert (await centre.client(stranger).post(f"/v1/orders/{case_no}/photos", content=picture())).status_code == 404
    await press(centre, officer, case_no, "accept")
    await press(centre, officer, case_no, "report-done", **DONE)
    evidence = (await centre.order(case_no))["evidence"]
    assert [piece["kind"] for piece in evidence] == ["photo", "photo"]
    assert photo in evidence[0]["shows"]
    late = await client.post(f"/v1/orders/{case_no}/photos", content=picture("blue"), headers=sent)
    assert (late.status_code, late.json()["type"]) == (409, "urn:gridloop:problem:not-being-handled")


async def test_what_is_no_picture_is_refused_in_words(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    answer = await centre.client(officer).post(f"/v1/orders/{case_no}/photos", content=b"<svg onload=alert(1)>")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:gridloop:problem:no-picture")
    page = await centre.client(officer).post(f"/mine/photos/{case_no}", files={"photo": ("a.jpg", b"no", "image/jpeg")})
    assert page.status_code == 422
    assert "不是可以读取的照片" in page.text


async def test_others_see_nothing(centre: Centre) -> None:
    stranger, leader = await centre.desk("officer", OTHER_STREET), await centre.desk("leader", CITY)
    case_no = await centre.report()
    assert (await centre.client(stranger).get(f"/mine/{case_no}")).status_code == 404
    assert (await press(centre, stranger, case_no, "accept")).status_code == 404
    assert case_no not in (await centre.client(stranger).get("/mine?shelf=unit")).text
    assert (await centre.client(leader).get("/mine")).status_code == 403
    nobody = await centre.client(None).get(f"/mine/{case_no}")
    assert nobody.status_code == 303
    assert re.match(r"/routing/sign-in\?next=", nobody.headers["location"])
    officer = await centre.desk("officer", COMMITTEE)
    assert (await press(centre, officer, case_no, "redirect", reason="x")).status_code == 404


async def test_the_worker_stays_within_the_officers_pages(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    answer = await centre.client(officer).get("/mine/worker.js")
    assert answer.headers["service-worker-allowed"] == "/routing/mine"
    assert answer.headers["content-type"].startswith("text/javascript")
