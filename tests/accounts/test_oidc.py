"""Signing in with a real identity provider on loopback: it says who somebody is there, we say who that is here."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from front_door import HOST, STREET, Browser, House, Somebody
from provider import CLIENT, SECRET, Provider
from pydantic import SecretStr


@pytest.fixture(scope="module")
async def serving() -> AsyncIterator[Provider]:
    provider, ended, begun = Provider(), asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(provider.serve(ended, begun))
    await begun.wait()
    yield provider
    ended.set()
    await task


@pytest.fixture
def provider(serving: Provider, house: House, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """The provider, and routing told of it."""
    for name, value in {
        "oidc_issuer": serving.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SecretStr(SECRET),
        "public_url": HOST,
    }.items():  # fmt: skip
        monkeypatch.setattr(house.settings, name, value)
    serving.client.redirects = {f"{HOST}/routing/oidc/callback"}
    serving.subject, serving.nonce, serving.audience, serving.amr = "p-4711", "", CLIENT, ["pwd"]
    return serving


async def named(house: House, who: Somebody, subject: str, issuer: str) -> httpx.Response:
    administrator = await house.person("administrator")
    client = house.browser(authorization=f"Bearer {administrator.key}")
    body = {"issuer": issuer, "subject": subject}
    return await client.put(f"/routing/v1/people/{who.person}/subject", json=body)


async def returned(browser: Browser, *, next: str = "/routing/account") -> str:
    """Out to the provider; the address it sends the browser back to."""
    out = await browser.get("/routing/oidc/start", params={"next": next})
    assert out.status_code == 303
    async with httpx.AsyncClient(trust_env=False) as there:
        back = await there.get(out.headers["location"])
    assert back.status_code == 302, back.text
    return str(back.headers["location"])


async def test_a_named_subject_signs_in_and_lands_where_they_were_going(house: House, provider: Provider) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    assert (await named(house, auditor, "p-4711", provider.issuer)).status_code == 200
    assert "单位统一身份认证" in (await browser.get("/routing/sign-in")).text
    answer = await browser.get(await returned(browser, next="/routing/v1/orders"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/routing/v1/orders")
    assert (await browser.get("/routing/v1/orders")).status_code == 200
    (made,) = await house.audited("sign_in.made")
    assert (made["subject"], made["facts"]["method"]) == (str(auditor.person), "oidc")


async def test_whoever_was_signed_in_at_this_browser_before_is_signed_out(house: House, provider: Provider) -> None:
    auditor, editor, browser = await house.person("auditor"), await house.person("editor"), house.browser()
    for who, subject in ((auditor, "p-4711"), (editor, "p-4712")):
        assert (await named(house, who, subject, provider.issuer)).status_code == 200
    assert (await browser.get(await returned(browser))).status_code == 303
    before = browser.cookies.get("gridloop_session")
    provider.subject = "p-4712"
    assert (await browser.get(await returned(browser))).status_code == 303
    assert browser.cookies.get("gridloop_session") != before
    left = house.browser(cookie=f"gridloop_session={before}")
    assert (await left.get("/routing/v1/orders")).status_code == 401


async def test_a_subject_that_nobody_named_is_nobody(house: House, provider: Provider) -> None:
    browser = house.browser()
    answer = await browser.get(await returned(browser))
    assert answer.status_code == 403
    assert await house.rows("select 1 from sessions") == []
    (refused,) = await house.audited("sign_in.refused")
    assert refused["facts"] == {"wrong": "subject"}


async def test_a_second_factor_is_shown_there_or_here(house: House, provider: Provider) -> None:
    officer = await house.person("officer", STREET)
    await named(house, officer, "p-4711", provider.issuer)
    browser = house.browser()
    answer = await browser.get(await returned(browser))
    assert answer.headers["location"].startswith("/routing/sign-in/code")
    page = await browser.get(answer.headers["location"])
    assert (await browser.form(page, "/code", code=officer.code())).headers["location"] == "/routing/account"
    provider.amr, browser = ["pwd", "otp"], house.browser()
    assert (await browser.get(await returned(browser))).headers["location"] == "/routing/account"


@pytest.mark.parametrize("lie", ["nonce", "audience"])
async def test_an_id_token_for_another_sign_in_or_client_is_not_believed(
    house: House, provider: Provider, lie: str
) -> None:
    auditor, browser = await house.person("auditor"), house.browser()
    await named(house, auditor, "p-4711", provider.issuer)
    setattr(provider, lie, "somebody-else")
    assert (await browser.get(await returned(browser))).status_code == 502
    assert await house.rows("select 1 from sessions") == []


async def test_a_return_that_this_browser_did_not_leave_for_is_refused(house: House, provider: Provider) -> None:
    auditor, attacker, victim = await house.person("auditor"), house.browser(), house.browser()
    await named(house, auditor, "p-4711", provider.issuer)
    address = await returned(attacker)
    assert (await victim.get(address)).status_code == 400
    await victim.get("/routing/oidc/start")
    assert (await victim.get(address)).status_code == 400
    assert (await attacker.get(address)).status_code == 303
    state = parse_qs(urlsplit(address).query)["state"][0]
    attacker.cookies.set("gridloop_oidc", state, domain="house.local", path="/routing/oidc")
    assert (await attacker.get(address)).status_code == 400


async def test_without_a_provider_there_is_no_way_to_it(house: House) -> None:
    assert (await house.browser().get("/routing/oidc/start")).status_code == 404
