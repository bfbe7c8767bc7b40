"""What an attacker tries at the front door, and what comes of it."""

import asyncio
import base64
import json
import re
from datetime import timedelta

import httpx
import pytest
from front_door import HOST, PASSWORD, STREET, Browser, House, Somebody

from services import passes
from services.clocks import now, stopped
from services.passes import Kind
from services.staff_pages import HOME, safe_next

NEW = {"name": "某某", "grants": [{"role": "officer", "unit": STREET}]}


async def tried(browser: Browser, username: str, password: str) -> int:
    page = await browser.get("/routing/sign-in")
    return (await browser.form(page, "/sign-in", username=username, password=password)).status_code


async def test_guessing_is_slowed_down_and_the_right_password_waits_with_it(house: House) -> None:
    auditor, attacker, at = await house.person("auditor"), house.browser(address="10.6.6.6"), now()
    with stopped(at):
        answers = [await tried(attacker, auditor.username, f"wrong {n}") for n in range(7)]
        assert answers == [401] * 6 + [429]
        assert await tried(attacker, auditor.username, PASSWORD) == 429
    (locked,) = await house.audited("sign_in.locked")
    assert locked["subject"] == str(auditor.person)
    with stopped(at + timedelta(seconds=31)):
        assert await tried(attacker, auditor.username, "wrong again") == 401
        assert await tried(attacker, auditor.username, PASSWORD) == 429
    with stopped(at + timedelta(seconds=100)):
        assert await tried(attacker, auditor.username, PASSWORD) == 303


async def test_many_guesses_at_once_are_no_faster(house: House) -> None:
    auditor, attacker = await house.person("auditor"), house.browser()
    page = await attacker.get("/routing/sign-in")
    guesses = [attacker.form(page, "/sign-in", username=auditor.username, password=f"w {n}") for n in range(10)]
    answers = [answer.status_code for answer in await asyncio.gather(*guesses)]
    assert answers.count(401) == 6


async def test_a_siege_from_everywhere_never_locks_out_the_browser_they_know(house: House) -> None:
    auditor, known, at = await house.person("auditor"), house.browser(), now()
    await known.sign_in(auditor)
    await known.form(await known.get("/routing/account"), "/sign-out")
    with stopped(at):
        answers = [await tried(house.browser(address=f"10.7.{n}.1"), auditor.username, f"wrong {n}") for n in range(27)]
        assert answers[-1] == 429
        assert await tried(house.browser(address="10.8.8.8"), auditor.username, PASSWORD) == 429
        assert await tried(known, auditor.username, PASSWORD) == 303
    with stopped(at + timedelta(minutes=16)):
        assert await tried(house.browser(address="10.8.8.8"), auditor.username, PASSWORD) == 303


async def test_an_unknown_name_is_answered_and_locked_like_a_known_one(house: House) -> None:
    auditor = await house.person("auditor")
    for name in ("nobody-at-all", auditor.username):
        attacker = house.browser(address=f"10.9.0.{len(name)}")
        page = await attacker.get("/routing/sign-in")
        shown = []
        for n in range(7):
            answer = await attacker.form(page, "/sign-in", username=name, password=f"wrong {n}")
            hidden = re.sub(r'name="once" value="\w+"', "", answer.text).replace(name, "")
            shown.append((answer.status_code, len(hidden)))
        assert [status for status, _ in shown] == [401] * 6 + [429]
    kept = str(await house.rows("select * from audit")) + str(await house.rows("select * from sign_in_attempts"))
    assert "nobody-at-all" not in kept
    assert "wrong" not in kept.replace("'wrong':", "")


async def test_a_code_is_good_once(house: House) -> None:
    officer, at = await house.person("officer", STREET), now()
    with stopped(at):
        assert (await house.browser().sign_in(officer)).headers["location"] == "/routing/account"
        overheard = house.browser(address="10.6.6.6")
        assert (await overheard.sign_in(officer)).status_code == 401
        later = officer.code(later=1)
    with stopped(at + timedelta(seconds=30)):
        page = await overheard.get("/routing/sign-in/code")
        assert (await overheard.form(page, "/code", code=later)).status_code == 303


async def test_two_browsers_with_the_same_code_at_once_get_one_session(house: House) -> None:
    officer, browsers = await house.person("officer", STREET), [house.browser() for _ in range(2)]
    pages = []
    for browser in browsers:
        page = await browser.get("/routing/sign-in")
        answer = await browser.form(page, "/sign-in", username=officer.username, password=officer.password)
        pages.append(await browser.get(answer.headers["location"]))
    code = officer.code()
    answers = await asyncio.gather(*(b.form(p, "/code", code=code) for b, p in zip(browsers, pages, strict=True)))
    assert sorted(answer.status_code for answer in answers) == [303, 401]


async def test_the_password_alone_opens_nothing_for_who_needs_more(house: House) -> None:
    officer, browser = await house.person("officer", STREET), house.browser()
    page = await browser.get("/routing/sign-in")
    await browser.form(page, "/sign-in", username=officer.username, password=officer.password)
    for path in ("/routing/v1/orders", "/intake/v1/cases"):
        assert (await browser.get(path)).status_code == 401
    for step in ("/routing/sign-in/enrol", "/routing/sign-in/password"):
        assert (await browser.get(step)).headers["location"].startswith("/routing/sign-in?")


async def test_a_role_granted_later_needs_its_second_factor_at_once(house: House) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    await browser.sign_in(auditor)
    await house.carry()
    for service in ("routing", "intake"):
        await house.rows("update grants set role = 'officer'", service=service)
        assert (await browser.get(f"/{service}/v1/{'orders' if service == 'routing' else 'cases'}")).status_code == 401


async def test_a_session_that_was_planted_is_not_the_one_that_signs_in(house: House) -> None:
    auditor, victim = await house.person("auditor"), house.browser()
    victim.cookies.set("gridloop_session", "planted-by-an-attacker", domain="house.local", path="/routing")
    await victim.sign_in(auditor)
    secrets_ = [cookie.value for cookie in victim.cookies.jar if cookie.name == "gridloop_session"]
    assert "planted-by-an-attacker" not in {row["digest"] for row in await house.rows("select * from sessions")}
    attacker = house.browser()
    attacker.cookies.set("gridloop_session", "planted-by-an-attacker", domain="house.local", path="/routing")
    assert (await attacker.get("/routing/v1/orders")).status_code == 401
    assert max(len(value or "") for value in secrets_) == 43


async def test_every_step_of_signing_in_has_a_secret_of_its_own(house: House) -> None:
    officer, browser = await house.person("officer", STREET), house.browser()
    page = await browser.get("/routing/sign-in")
    answer = await browser.form(page, "/sign-in", username=officer.username, password=officer.password)
    before = browser.cookies["gridloop_session"]
    await browser.form(await browser.get(answer.headers["location"]), "/code", code=officer.code())
    assert browser.cookies["gridloop_session"] != before
    overheard = house.browser()
    overheard.cookies.set("gridloop_session", before, domain="house.local", path="/routing")
    assert (await overheard.get("/routing/v1/orders")).status_code == 401


async def test_a_new_right_changes_the_sessions_secret(house: House) -> None:
    auditor, browser, at = await house.person("auditor"), house.browser(), now()
    with stopped(at):
        await browser.sign_in(auditor)
        before = browser.cookies["gridloop_session"]
        await browser.get("/routing/session")
        assert browser.cookies["gridloop_session"] == before
        await house.rows("update grants set role = 'editor'")
        await browser.get("/routing/session")
        assert browser.cookies["gridloop_session"] != before
    old = house.browser()
    old.cookies.set("gridloop_session", before, domain="house.local", path="/routing")
    with stopped(at + timedelta(seconds=31)):
        assert (await old.get("/routing/account")).status_code == 303
        assert (await browser.get("/routing/account")).status_code == 200


async def signed_in(house: House) -> tuple[Browser, str]:
    """An administrator's browser, and the token of its pages."""
    administrator, browser = await house.person("administrator"), house.browser()
    await browser.sign_in(administrator)
    found = re.search(r'name="csrf-token" content="([^"]+)"', (await browser.get("/routing/account")).text)
    assert found
    return browser, found[1]


async def test_a_move_by_cookie_needs_the_pages_token_and_our_origin(house: House) -> None:
    browser, token = await signed_in(house)
    ours = {"origin": HOST, "x-csrf-token": token}
    for headers in (
        {},
        {"origin": HOST},
        {"x-csrf-token": "x" * 43, "origin": HOST},
        {**ours, "origin": "http://elsewhere"},
        {**ours, "origin": "null"},
        {"x-csrf-token": token, "sec-fetch-site": "cross-site"},
    ):
        refused = await browser.post("/routing/v1/people", json=NEW, headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridloop:problem:not-meant"), headers
    assert (await browser.post("/routing/v1/people", json=NEW, headers=ours)).status_code == 201
    made = {**ours, "idempotency-key": "k"}
    first, again = [await browser.post("/routing/v1/people", json=NEW, headers=made) for _ in range(2)]
    assert first.json() == again.json()


async def test_the_token_of_one_session_is_no_good_in_another(house: House) -> None:
    _, token = await signed_in(house)
    other, _ = await signed_in(house)
    answer = await other.post("/routing/v1/people", json=NEW, headers={"origin": HOST, "x-csrf-token": token})
    assert answer.status_code == 403


async def test_a_stranger_can_neither_sign_a_browser_in_nor_out(house: House) -> None:
    auditor, victim = await house.person("auditor"), house.browser()
    form = {"username": auditor.username, "password": auditor.password}
    assert (await victim.post("/routing/sign-in", data=form)).status_code == 403
    await victim.sign_in(auditor)
    assert (await victim.post("/routing/sign-out", data={})).status_code == 403
    assert (await victim.get("/routing/v1/orders")).status_code == 200


@pytest.mark.parametrize(
    "next",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "/routing//..\\evil", "javascript:alert(1)",
        "/evil", "/routing@evil.example", "/routing.evil.example", "/routing/\r\nSet-Cookie: x=1", "/intakes/",
        "http:/routing/", " /routing/", "/routing/ x",
    ],
)  # fmt: skip
async def test_nobody_is_sent_elsewhere_after_signing_in(house: House, next: str) -> None:
    assert safe_next(next) == HOME
    auditor, browser = await house.person("auditor"), house.browser()
    assert (await browser.sign_in(auditor, next=next)).headers["location"] == HOME


def forged(kid: str, facts: dict[str, object], alg: str) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': alg, 'typ': 'pass+jwt', 'kid': kid})}.{part(facts)}."


async def passed(house: House, browser: Browser, pass_: str) -> int:
    browser.cookies.set("gridloop_pass", pass_, domain="house.local", path="/intake")
    return (await browser.get("/intake/v1/cases")).status_code


async def known_signer(house: House) -> Somebody:
    auditor = await house.person("auditor")
    await house.browser().sign_in(auditor)
    await house.carry()
    return auditor


async def test_no_pass_but_routings_own_is_taken(house: House) -> None:
    auditor = await known_signer(house)
    key = passes.signing_key(house.apps["routing"].state.answer_key)
    facts = {"sub": str(auditor.person), "sid": "s-1", "csrf": "c", "mfa": False}
    life = timedelta(minutes=5)
    assert await passed(house, house.browser(), passes.sign(key, Kind.PASS, facts, life)) == 200
    with stopped(now() - timedelta(minutes=6)):
        over = passes.sign(key, Kind.PASS, facts, life)
    strange = passes.sign(passes.signing_key(b"another secret"), Kind.PASS, facts, life)
    other_kind = passes.sign(key, Kind.TOKEN, facts, life)
    other_house = passes.sign(key, Kind.PASS, {**facts, "aud": ["feedback"]}, life)
    other_issuer = passes.sign(key, Kind.PASS, {**facts, "iss": "feedback"}, life)
    kid = passes.signer_of(key).id
    claims = {**facts, "iss": "routing", "aud": ["intake"], "iat": 0, "exp": int(now().timestamp()) + 99}
    unsigned = [forged(kid, claims, alg) for alg in ("none", "HS256", "Ed25519")]
    for bad in (over, other_kind, other_house, other_issuer, "a.b.c", "", *unsigned):
        assert await passed(house, house.browser(), bad) == 401, bad
    head, _, tail = passes.sign(key, Kind.PASS, facts, life).partition(".")
    assert await passed(house, house.browser(), f"{head}.{'A' + tail[1:]}") == 401
    assert await passed(house, house.browser(), strange) == 503


async def test_those_who_are_judged_cannot_send_themselves_in_as_a_judge(house: House) -> None:
    await known_signer(house)
    caller, browser = await house.caller(), house.browser()
    key = passes.signing_key(house.apps["routing"].state.answer_key)
    facts = {"sub": str(caller.person), "sid": "s-1", "csrf": "c", "mfa": True}
    made = passes.sign(key, Kind.PASS, facts, timedelta(minutes=5))
    browser.cookies.set("gridloop_pass", made, domain="house.local", path="/feedback")
    assert (await browser.get("/feedback/v1/surveys")).status_code == 401
    facts = {"sub": str(caller.person), "key": caller.key.split("_")[1], "scope": None}
    made = passes.sign(key, Kind.TOKEN, facts, timedelta(minutes=5))
    by_token = house.browser(authorization=f"Bearer {made}")
    assert (await by_token.get("/feedback/v1/surveys")).status_code == 401


async def test_nothing_that_opens_a_door_is_kept_as_it_is(house: House) -> None:
    officer, browser = await house.person("officer", STREET), house.browser()
    await browser.sign_in(officer)
    kept = ""
    for table in ("accounts", "sessions", "audit", "sign_in_attempts", "pgqueuer"):
        for row in await house.rows(f"select * from {table}"):
            kept += "".join(
                bytes(v).decode("latin-1") if isinstance(v, memoryview | bytes) else str(v) for v in row.values()
            )
    assert officer.totp
    for secret in (PASSWORD, officer.totp, browser.cookies["gridloop_session"]):
        assert secret not in kept


async def test_cookies_are_for_the_browser_alone_and_for_https_where_there_is_https(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = await house.person("auditor")
    monkeypatch.setattr(house.settings, "public_url", "https://house")
    browser = house.browser()
    browser.base_url = httpx.URL("https://house")
    answer = await browser.sign_in(auditor)
    cookies = [value for name, value in answer.headers.multi_items() if name == "set-cookie"]
    assert {cookie.partition("=")[0] for cookie in cookies} == {"gridloop_session", "gridloop_pass", "gridloop_device"}
    for cookie in cookies:
        assert {"HttpOnly", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
        assert "Path=/;" not in cookie
