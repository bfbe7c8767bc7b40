"""No personal data anywhere but in the vault: a canary goes through every door, then everything is searched."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from front_desk import House
from phones import jobs, sender
from sqlalchemy import create_engine, text

from intake import reporters
from intake.models import Reporter, SealedWords
from intake.notices.delivery import ConsoleNotifier
from services.messages import SurveyDue

NAME, PHONE, IDENTITY, OTHER_PHONE = "夏侯晚晴", "13987654321", "310101199003077715", "13800138000"
CANARIES = (NAME, PHONE, IDENTITY, OTHER_PHONE)
SPOKEN = f"我叫{NAME}，电话{PHONE}，身份证{IDENTITY}，也可打{OTHER_PHONE}。楼道堆物三天无人清理。"


def spellings(canary: str) -> tuple[str, ...]:
    """As text, as the hexadecimal of a bytea, and escaped in JSON."""
    return canary, canary.encode().hex(), json.dumps(canary)[1:-1]


def found_in(haystack: str) -> list[str]:
    return [canary for canary in CANARIES if any(each in haystack for each in spellings(canary))]


def everything(owner: str) -> str:
    """Every row of every table of every schema, as text."""
    engine = create_engine(owner)
    with engine.connect() as connection:
        tables = connection.execute(
            text("select schemaname, tablename from pg_tables where schemaname !~ '^(pg_catalog|information_schema)$'")
        ).all()
        rows = [
            str(row[0])
            for schema, table in tables
            for row in connection.execute(text(f'select row_to_json(t)::text from {schema}."{table}" t'))
        ]
    engine.dispose()
    return "\n".join(rows)


async def live(house: House) -> list[httpx.Response]:
    """One report through every door of intake, with the canary wherever somebody could say it."""
    client, other = house.as_("hotline"), house.as_("clerk")
    body: dict[str, Any] = {
        "channel": "hotline", "item_type": "complaint", "external_id": "SH-1", "description": SPOKEN,
        "address": f"永嘉路120弄 {NAME} {PHONE}", "reporter": {"name": NAME, "phone": PHONE, "confidential": True},
        "settled": {"done": f"已联系{NAME}（{PHONE}）"},
    }  # fmt: skip
    post, as_json = {"idempotency-key": "k-1"}, {"content-type": "application/json"}
    answers = [await client.post("/v1/cases", json=body, headers=post)]
    case_no = answers[0].json()["case_no"]
    path = f"/v1/cases/{case_no}"
    answers += [
        await client.post("/v1/cases", json=body, headers=post),
        await client.post("/v1/cases", json=body),
        await client.post("/v1/cases", json={**body, "item_type": "request"}),
        await client.post("/v1/cases", json={**body, "channel": "visit"}),
        await client.post("/v1/cases", json={**body, "reporter": {"name": NAME, "phone": f"{PHONE}{NAME}"}}),
        await client.post("/v1/cases", json={**body, "reporter": {"name": NAME, "mobile": PHONE}}),
        await client.post("/v1/cases", json={**body, "item_type": NAME, "location": {"lon": PHONE, "lat": NAME}}),
        await client.post("/v1/cases", content=f'{{"description": "{SPOKEN}'.encode(), headers=as_json),
        await client.post(f"{path}/amendments", json={"description": SPOKEN, "address": f"{NAME}家"}),
        await client.post(f"{path}/chases", json={"description": SPOKEN}),
        await client.post(f"{path}/appeals", json={"reason": SPOKEN}),
        await client.post(
            f"{path}/splits", json={"original": {"description": SPOKEN}, "second": {"description": SPOKEN}}
        ),
        await client.post(f"{path}/withdrawal", json={"reason": SPOKEN}, headers={"idempotency-key": "k-2"}),
        await client.get(path),
        await client.get("/v1/cases"),
        await other.get(path),
    ]
    return answers


async def test_a_person_is_nowhere_but_in_the_vault(
    house: House, urls: dict[str, str], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with structlog.testing.capture_logs() as logs:
        answers = await live(house)
        case_no = answers[0].json()["case_no"]
        await house.hear("feedback", SurveyDue(case_no=case_no, survey=uuid4(), round=1, kind="handled"), 1)

        def answer(_: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"url": "http://x/s/1", "expires_at": ""})

        waiting = await jobs(house)
        assert len(waiting) == 3
        for job in waiting:
            await sender(house, ConsoleNotifier(), answer)(job)
    statuses = [answer.status_code for answer in answers]
    assert statuses == [201, 201, 200, 409, 403, 422, 422, 422, 400, 202, 202, 409, 201, 202, 200, 200, 404]
    assert [found_in(answer.text) for answer in answers] == [[]] * len(answers)
    assert found_in(everything(urls["owner"])) == []
    assert found_in(json.dumps(logs, default=str, ensure_ascii=False)) == []
    assert found_in(caplog.text) == []
    streams = capfd.readouterr()
    assert found_in(streams.out + streams.err) == []


async def test_what_was_told_is_still_there_for_who_may_open_it(house: House) -> None:
    """The search above would also be content with words that were thrown away."""
    await live(house)
    vault = house.app.state.vault
    (row,) = await house.rows("select reporter, case_no from reports where split_from is null")
    async with house.database.unit() as session:
        reporter = await session.get_one(Reporter, row["reporter"])
        assert reporters.opened(vault, reporter) == reporters.Identity(NAME, PHONE)
        original = vault.open(reporter.wrapped_key, "original", reporter.original or b"", str(reporter.id))
        assert json.loads(original)["description"] == SPOKEN
        amended = await session.get_one(SealedWords, (reporter.id, 2))
        words = vault.open(reporter.wrapped_key, "words 2", amended.sealed, str(reporter.id))
    assert json.loads(words) == {"note": SPOKEN, "address": f"{NAME}家"}


async def test_the_matter_survives_the_redaction(house: House) -> None:
    await live(house)
    (row,) = await house.rows("select text from reports where split_from is null")
    assert "楼道堆物三天无人清理" in row["text"]


async def test_the_reporters_own_name_is_hidden_wherever_it_stands(house: House) -> None:
    case_no = await house.post(
        description=f"{NAME}说邻居装修，{NAME}一夜没睡。", reporter={"name": NAME, "phone": "64370001"}
    )
    await house.as_("hotline").post(f"/v1/cases/{case_no}/chases", json={"description": f"{NAME}又来电，64370001。"})
    case = await house.case(case_no)
    assert NAME not in str(case)
    assert "64370001" not in str(case)


async def test_two_reports_of_one_caller_share_no_ciphertext(house: House) -> None:
    for _ in range(2):
        await house.post(reporter={"name": NAME, "phone": PHONE})
    one, two = await house.rows("select wrapped_key, name, phone, original, phone_index from reporters")
    assert one["phone_index"] == two["phone_index"]
    assert all(one[column] != two[column] for column in ("wrapped_key", "name", "phone", "original"))


async def test_an_anonymous_report_has_its_words_sealed_all_the_same(house: House) -> None:
    await house.post(reporter=None, description=SPOKEN)
    (row,) = await house.rows("select name, phone, phone_index, original from reporters")
    assert (row["name"], row["phone"], row["phone_index"]) == (None, None, None)
    assert row["original"] is not None
