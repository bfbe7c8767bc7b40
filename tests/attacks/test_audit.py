"""Who read a case, and who was turned away, is written down before the answer; nobody can take it back unseen."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fortress import CITY, OTHER_STREET, STREET, Fortress, rule
from installation import Urls
from sqlalchemy import create_engine, insert, text
from sqlalchemy.exc import ProgrammingError

from services import audit, audit_chain, audit_cover, sealing, watching
from services.audit_chain import AT_ONCE, AuditLink, Kept
from services.audit_commands import forgotten, verified
from services.audit_cover import SEALED_WITHIN
from services.clocks import now, stopped
from services.retention.rules import FILE, Rules, read, rules
from services.retention.runs import Tally, run
from services.roles import Role
from services.settings import SERVICES, Settings

RULES = read(FILE)
KEPT = Kept.by(RULES)
ZONE = ZoneInfo("Asia/Shanghai")
REPORT = {"channel": "hotline", "item_type": "complaint", "description": "永嘉路一弄的垃圾箱房满溢三天，无人清运。"}


@pytest.fixture
async def case_no(fortress: Fortress) -> str:
    await fortress.somebody("city auditor", Role.AUDITOR, CITY)
    answer = await fortress.as_("hotline").post("/intake/v1/cases", json=REPORT)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["case_no"])


async def searched(fortress: Fortress, who: str = "city auditor", **params: str) -> list[dict[str, Any]]:
    answer = await fortress.as_(who).get("/intake/v1/audit", params=params)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_whoever_saw_a_case_is_found_by_it(fortress: Fortress, case_no: str) -> None:
    hotline = fortress.as_("hotline")
    assert (await hotline.get(f"/intake/v1/cases/{case_no}")).status_code == 200
    assert (await hotline.get("/intake/v1/cases")).json()["items"]
    found = await searched(fortress, case=case_no)
    assert [each["action"] for each in found][:2] == ["cases.listed", "case.read"]
    assert {each["person"] for each in found[:2]} == {str(fortress.people["hotline"])}
    assert found[0]["cases"] == [case_no]
    assert (await searched(fortress, case=case_no))[0]["action"] == "audit.searched"


async def test_who_is_turned_away_is_written_down_and_nothing_of_what_they_said(
    fortress: Fortress, case_no: str
) -> None:
    await fortress.somebody("stranger", Role.OFFICER, OTHER_STREET)
    assert (await fortress.as_("stranger").get(f"/intake/v1/cases/{case_no}")).status_code == 404
    assert (await fortress.as_("editor").get(f"/intake/v1/cases/{case_no}")).status_code == 403
    assert (await fortress.as_("hotline").get("/intake/v1/cases/张三13912345678")).status_code == 404
    key = "gl_0123456789ab_" + "x" * 32
    assert (await fortress.as_(None, authorization=f"Bearer {key}").get("/intake/v1/cases")).status_code == 401
    found = await searched(fortress, action="refused")
    assert [(each["facts"]["rule"], each["subject"]) for each in found] == [
        ("key-unknown", "-"),
        ("not-found", "-"),
        ("wrong-role", case_no),
        ("not-found", case_no),
    ]
    assert (found[0]["key"], found[3]["person"]) == ("0123456789ab", str(fortress.people["stranger"]))
    assert "张三" not in str(found)
    assert "x" * 8 not in str(found)


async def test_an_auditor_below_the_top_sees_what_people_of_the_own_subtree_did(
    fortress: Fortress, case_no: str
) -> None:
    await fortress.somebody("elsewhere", Role.AUDITOR, OTHER_STREET)
    assert {each["person"] for each in await searched(fortress, "auditor", case=case_no)} == {
        str(fortress.people["hotline"])
    }
    assert await searched(fortress, "elsewhere", case=case_no) == []


async def test_what_somebody_does_after_leaving_a_subtree_is_not_its_auditors_to_see(
    fortress: Fortress, case_no: str
) -> None:
    """Who moved to the city may read what accuses the street: the street's auditor must not learn of it."""
    await fortress.somebody("mover", Role.SUPERVISOR, STREET, (Role.SUPERVISOR, CITY))
    mover, reading = fortress.as_("mover"), {"person": str(fortress.people["mover"]), "action": "case.read"}
    assert (await mover.get(f"/intake/v1/cases/{case_no}")).status_code == 200
    left = "update grants set ended_at = now() where person = :p and unit = :u"
    await fortress.rows("intake", left, p=fortress.people["mover"], u=STREET)
    assert (await mover.get(f"/intake/v1/cases/{case_no}")).status_code == 200
    assert len(await searched(fortress, "auditor", **reading)) == 1
    assert len(await searched(fortress, "city auditor", **reading)) == 2


async def test_the_search_pages_and_changes_nothing(fortress: Fortress, case_no: str) -> None:
    for _ in range(3):
        await fortress.as_("hotline").get(f"/intake/v1/cases/{case_no}")
    client, seen, following = fortress.as_("city auditor"), list[int](), ""
    while following is not None:
        params = {"limit": "2", "action": "case.", **({"cursor": following} if following else {})}
        page = (await client.get("/intake/v1/audit", params=params)).json()
        seen, following = [*seen, *(each["id"] for each in page["items"])], page["next"]
    assert (len(seen), seen) == (3, sorted(seen, reverse=True))
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert (await client.request(method, "/intake/v1/audit")).status_code == 405
    for statement in ("delete from audit", "update audit set at = at", "delete from audit_links"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            await fortress.rows("intake", statement)


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("update intake.audit set person = null where action = 'case.read'", "changed"),
        ("delete from intake.audit where action = 'case.read'", "before its time"),
        ("delete from intake.audit_links where number = 1", "missing"),
        ("update intake.audit_links set entry_digest = 'x' where number = 1", "written anew"),
        (
            "with gone as (delete from intake.audit where action = 'case.read' returning id) "
            "update intake.audit_links set at = at - interval '1 year' where entry in (select id from gone)",
            "written anew",
        ),
    ],
)
async def test_even_the_owner_of_the_database_changes_nothing_unseen(
    fortress: Fortress, case_no: str, urls: Urls, settings: Settings, statement: str, what: str
) -> None:
    await fortress.as_("hotline").get(f"/intake/v1/cases/{case_no}")
    assert all(holds for _, holds in await verified(settings))
    engine = create_engine(urls["owner"])
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
    (line, _), *_ = [each for each in await verified(settings) if not each[1]]
    assert line.startswith("intake: broken")
    assert what in line


async def test_two_that_link_at_once_make_one_chain(fortress: Fortress, case_no: str) -> None:
    async with fortress.database("intake").unit() as session:
        first = await audit_chain.link(session)
    async with fortress.database("intake").unit() as session:
        assert (first > 0, await audit_chain.link(session)) == (True, 0)
        assert await audit_chain.verify(session, KEPT) == (first, None)
    assert first < AT_ONCE


async def test_an_entry_that_was_committed_after_twenty_thousand_younger_ones_is_linked_all_the_same(
    fortress: Fortress, case_no: str
) -> None:
    """As where two bulk requests are under way at once, and the one that began first ends last."""
    database = fortress.database("intake")
    async with database.unit() as slow:
        await audit.record(slow, "register", case_no, voice="system")
        async with database.unit() as quick:
            await quick.execute(text("select count(nextval('audit_id_seq')) from generate_series(1, 20000)"))
            await audit.record(quick, "register", case_no, voice="system")
            await audit_chain.link(quick)
    async with database.unit() as session:
        assert await audit_chain.link(session) == 1
        assert (await audit_chain.verify(session, KEPT))[1] is None


async def test_what_is_over_by_its_class_goes_and_the_chain_holds(
    fortress: Fortress, case_no: str, settings: Settings
) -> None:
    await fortress.as_("hotline").get(f"/intake/v1/cases/{case_no}")
    await verified(settings)
    await sealed(fortress)
    assert await forgotten(settings) == {"intake": 0, "routing": 0, "feedback": 0}
    with stopped(now() + KEPT.everyday + timedelta(days=1)):
        assert await due(fortress, RULES) == {"audit": 0, "audit_everyday": 1}
        assert (await forgotten(settings))["intake"] == 1
        await sealed(fortress)
        assert all(holds for _, holds in await verified(settings))
    rows = await fortress.rows("intake", "select action from audit where action in ('case.read', 'audit.forgotten')")
    assert [row["action"] for row in rows] == ["audit.forgotten"]


async def sealed(fortress: Fortress) -> None:
    """What the worker does each minute and once a day."""
    for service in SERVICES:
        async with fortress.database(service).unit() as session:
            await audit_chain.link(session)
            await sealing.seal(session, ZONE)


async def test_what_no_seal_covers_is_told_and_is_a_fault_once_a_seal_should_have_been_made(
    fortress: Fortress, case_no: str, settings: Settings
) -> None:
    await fortress.as_("hotline").get(f"/intake/v1/cases/{case_no}")
    (intake, holds), *_ = await verified(settings)
    assert ("were in no chain until now, the oldest of " in intake, "are under no seal yet" in intake) == (True, True)
    assert ("late" in intake, holds) == (False, True)
    with stopped(now() + SEALED_WITHIN + timedelta(minutes=1)):
        (intake, holds), *_ = await verified(settings)
        assert ("no chain until now" in intake, "no seal yet" in intake) == (False, True)
        assert ("(late)" in intake, holds) == (True, False)
        await sealed(fortress)
        assert all(holds and "seal" not in line for line, holds in await verified(settings))


async def test_an_entry_that_the_chain_left_out_is_told_and_is_a_fault_after_a_day(
    fortress: Fortress, case_no: str, settings: Settings, urls: Urls
) -> None:
    """Its number lies before all that the linking looks at again."""
    engine = create_engine(urls["owner"])
    with engine.begin() as connection:
        connection.execute(text("select setval('intake.audit_id_seq', 200000)"))
    engine.dispose()
    async with fortress.database("intake").unit() as session:
        await audit.record(session, "register", case_no, voice="system")
        (last,) = await session.execute(text("select id, at, action from audit order by id desc limit 1"))
        link = {"number": 1, "entry": last.id, "at": last.at, "action": last.action, "entry_digest": b"", "digest": b""}
        await session.execute(insert(AuditLink), [link])
    async with fortress.database("intake").unit() as session:
        await audit_chain.link(session)
        missed = await audit_cover.unlinked(session)
    assert missed.number > 0
    (intake, _), *_ = await verified(settings)
    assert f"{missed.number} are missing from the chain" in intake
    assert missed.late(now() + SEALED_WITHIN)


async def due(fortress: Fortress, found: Rules) -> dict[str, int]:
    """What the nightly run says is past its time."""

    async def nothing(_: Rules, __: datetime) -> list[Tally]:
        return []

    made = await run(fortress.database("intake"), found, nothing)
    return {each["name"]: each["due"] for each in made.tallies}


async def test_a_city_that_keeps_the_audit_longer_is_obeyed_by_the_run_and_by_forgetting(
    fortress: Fortress, case_no: str, settings: Settings, tmp_path: Path
) -> None:
    told = FILE.read_text("utf-8").replace("keep: 200 days", "keep: 400 days")
    (own := tmp_path / "rules.yaml").write_text(told, "utf-8")
    longer = settings.model_copy(update={"retention_rules": own})
    await fortress.as_("hotline").get(f"/intake/v1/cases/{case_no}")
    await verified(longer)
    await sealed(fortress)
    for days, gone in ((201, 0), (401, 1)):
        with stopped(now() + timedelta(days=days)):
            assert (await due(fortress, rules(longer)))["audit_everyday"] == gone
            assert (await forgotten(longer))["intake"] == gone
            await sealed(fortress)
            assert all(holds for _, holds in await verified(longer))


def test_the_rule_is_never_below_six_months() -> None:
    assert KEPT.of("case.read") == KEPT.everyday >= timedelta(days=184)
    assert KEPT.of("disclosure") == KEPT.of("grant.made") == KEPT.lasting


async def test_a_read_alone_writes_one_entry_and_a_refused_key_says_which(fortress: Fortress, case_no: str) -> None:
    before = len(await fortress.rows("intake", "select 1 from audit"))
    await fortress.as_("hotline").get(f"/intake/v1/cases/{case_no}")
    assert len(await fortress.rows("intake", "select 1 from audit")) == before + 1
    answer = await fortress.as_("hotline").get("/intake/v1/audit")
    assert (answer.status_code, rule(answer), STREET in answer.text) == (403, "wrong-role", False)


async def test_a_page_that_shows_a_case_has_shown_it(fortress: Fortress, case_no: str) -> None:
    """Nobody has to name a page for it: neither a list nor a case, neither a question's answer nor a file."""
    clerk = fortress.as_("clerk")
    sent = {"external_id": "p-1", "item_type": "complaint", "description": "永嘉路一弄的路灯不亮。"}
    made = (await clerk.post("/intake/desk", data=sent)).headers["location"]
    own = re.findall(r"\d{16}", made)[0]
    assert (await clerk.get(made)).status_code == 200
    officer = fortress.as_("officer")
    assert (await officer.post("/intake/visits", data={**sent, "external_id": "p-2"})).status_code == 303
    assert (await officer.get("/intake/visits")).status_code == 200
    read = (await searched(fortress, case=own))[0]
    listed = (await searched(fortress, action="cases.listed", person=str(fortress.people["officer"])))[0]
    assert (read["action"], read["facts"]["route"], read["subject"]) == ("case.read", "/desk/{case_no}", own)
    assert (listed["facts"]["route"], len(listed["cases"])) == ("/visits", 1)


async def test_who_is_turned_away_by_a_page_is_written_down_too(fortress: Fortress, case_no: str) -> None:
    await fortress.somebody("stranger", Role.CLERK, OTHER_STREET)
    assert (await fortress.as_("stranger").get(f"/intake/desk/{case_no}")).status_code == 404
    assert (await fortress.as_("editor").get(f"/intake/desk/{case_no}")).status_code == 403
    found = await searched(fortress, action="refused", case=case_no)
    assert [(each["facts"]["rule"], each["facts"]["route"]) for each in found] == [
        ("wrong-role", "/desk/{case_no}"),
        ("not-found", "/desk/{case_no}"),
    ]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"case_no":"2025030100000425"}', ["2025030100000425"]),
        ("<td>2025030100000425，2025030100000433".encode(), ["2025030100000425", "2025030100000433"]),
        (b'{"id":"20250301-0000-0425-2025-030100000425","merged_into":"2025030100000425"}', ["2025030100000425"]),
        (b"6222021234567890 2025990100000425 x2025030100000425 12025030100000425", []),
    ],
)
def test_a_number_is_a_cases_by_its_form(body: bytes, shown: list[str]) -> None:
    assert [number.decode() for number in watching.NUMBER.findall(body)] == shown


def test_the_guide_names_every_action_there_is() -> None:
    """Each word of an action in the code begins as a line of the guide's table does."""
    root = Path(audit_chain.__file__).parents[1]
    guide = re.findall(r"`([a-z_]+(?:\.[a-z_]+|\.\*)?)`", (root / "docs/audit.md").read_text(encoding="utf-8"))
    known = {each.removesuffix("*") for each in guide}
    pattern = re.compile(r"\brecord\(\s*(?:call\.)?session,\s*f?\"([a-z_]+[.{a-z_}]*)\"")
    used = {
        name
        for room in ("services", "routing", "intake", "feedback")
        for path in (root / room).rglob("*.py")
        for name in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert len(used) > 30
    assert {name for name in used if not any(name.partition("{")[0].startswith(each) for each in known)} == set()
