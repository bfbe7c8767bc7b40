"""What handlers write passes the same filter as what citizens write, at every door where their words come in."""

from typing import Any

import pytest
from deliberating import Hall
from grid_centre import COMMITTEE, STREET, Centre, Desk
from test_projects import NEED, OFFER, cases, open_project

from routing.schemas import BODIES, Evidence, EvidenceKind, Told
from routing.words import cleaned, hidden
from services.clocks import now
from services.ids import new_id

NAME, PHONE, ROOM = "夏侯晚晴", "13900000154", "1702室"
WORDS = f"已联系{NAME}，电话{PHONE}，其家住永嘉路35弄2号{ROOM}，垃圾桶已清空"
CANARIES = (NAME, PHONE, ROOM)
TALKING = [body for body in BODIES.values() if tuple(body.free_text())]


def found_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text or canary.encode().hex() in text]


async def everything(centre: Centre) -> str:
    """Every row of every table of routing's schema, as text."""
    tables = await centre.rows("select tablename from pg_tables where schemaname = 'routing'")
    rows = [await centre.rows(f'select t::text as row from "{table["tablename"]}" t') for table in tables]
    return "\n".join(row["row"] for found in rows for row in found)


@pytest.mark.parametrize("body", TALKING, ids=lambda body: str(body.move.value))
def test_the_words_of_every_move_are_redacted_and_the_matter_stays(body: type[Told]) -> None:
    told: dict[str, Any] = dict.fromkeys(body.free_text(), WORDS)
    if "evidence" in body.model_fields:
        told["evidence"] = (Evidence(kind=EvidenceKind.PHOTO, shows=WORDS),)
    made = cleaned(body.model_construct(None, **told))
    for field in body.free_text():
        assert found_in(str(getattr(made, field))) == []
        assert "永嘉路35弄2号" in getattr(made, field)
    assert all(found_in(piece.shows) == [] for piece in getattr(made, "evidence", ()))


def test_nearly_every_move_takes_words() -> None:
    assert len(TALKING) >= 15
    assert found_in(hidden(WORDS)) == []


async def test_contacts_notes_findings_and_captions_of_photos_are_stored_without_persons(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    supervisor = await centre.desk("supervisor", STREET)
    case_no = await centre.report()
    await centre.made(officer, case_no, "accept")
    contact = {"at": now().isoformat(), "how": "phone", "result": "reached"}
    await centre.made(officer, case_no, "contact", {**contact, "words": WORDS})
    await centre.made(officer, case_no, "note", {"text": WORDS})
    shown = {"evidence": [{"kind": "photo", "shows": WORDS}]}
    await centre.made(officer, case_no, "report-done", {"done": WORDS, "public_answer": WORDS, **shown})
    await centre.made(supervisor, case_no, "send-back", {"finding": WORDS})
    held = await everything(centre)
    assert "垃圾桶已清空" in held
    assert found_in(held) == []


async def test_the_reasons_of_a_dispute_are_stored_without_persons(centre: Centre) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    dispute = {"reason": WORDS, "legal_basis": WORDS, "proposed_unit": "310101-police"}
    await centre.made(officer, case_no, "dispute", dispute)
    held = await everything(centre)
    assert "垃圾桶已清空" in held
    assert found_in(held) == []


async def test_questions_options_statements_and_minutes_are_stored_without_persons(centre: Centre) -> None:
    hall = await Hall.opened(centre)
    options = [{"key": "add", "text": f"同意，联系人{NAME}"}, {"key": "not_add", "text": f"不同意，{PHONE}"}]
    deliberation = await hall.running(question=f"是否加装？联系{NAME}，电话{PHONE}", options=options, reason=WORDS)
    said = {"stance": "objection", "speaker": "resident", "text": WORDS}
    assert (await hall.step(deliberation, "statements", said, hall.officer)).status_code == 201
    assert (await hall.step(deliberation, "withdraw", {"reason": WORDS})).status_code == 200
    held = await everything(centre)
    assert "垃圾桶已清空" in held
    assert found_in(held) == []


async def test_projects_offers_and_needs_are_stored_without_persons(centre: Centre) -> None:
    leader: Desk = await centre.desk("leader", COMMITTEE)
    milestones = [{"name": f"{NAME}（{PHONE}）进场", "due_on": "2027-05-31"}]
    changes = {"name": f"排水改造，联系人{NAME}", "root_cause": WORDS, "milestones": milestones}
    made = await open_project(centre, leader, await cases(centre, 3), **changes)
    assert made.status_code == 201, made.text
    for path, told in (("resources", OFFER), ("needs", NEED)):
        words = {
            key: f"{value}，联系人{NAME}，{PHONE}" for key, value in told.items() if key in {"title", "organisation"}
        }
        headers = {"idempotency-key": str(new_id())}
        answer = await centre.client(leader).post(f"/v1/{path}", json={**told, **words}, headers=headers)
        assert answer.status_code == 201, answer.text
    held = await everything(centre)
    assert "排水改造" in held
    assert found_in(held) == []
