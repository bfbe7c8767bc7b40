"""The sample people of an installation sign in with what `credentials.json` says, at the house as it is served."""

import html
import re

import httpx
import pytest
from one_time import unused_code

from services import standalone
from services.settings import Settings


def form_of(page: httpx.Response, **filled: str) -> tuple[str, dict[str, str]]:
    found = re.search(r'<form[^>]*method="post" action="([^"]*/sign-in[^"]*)"[^>]*>(.*?)</form>', page.text, re.S)
    assert found
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', found[2])
    return html.unescape(found[1]), {**dict(hidden), **filled}


@pytest.mark.parametrize(
    ("role", "home", "read"),
    [
        ("officer", "routing", "/routing/v1/orders"),
        ("auditor", "routing", "/intake/v1/cases"),
        ("caller", "feedback", "/feedback/v1/surveys"),
    ],
)
async def test_a_sample_person_signs_in(house: Settings, port: int, role: str, home: str, read: str) -> None:
    account = standalone.sample_accounts(house)[role]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=60) as browser:
        action, data = form_of(
            await browser.get(f"/{home}/sign-in"), username=account["username"], password=account["password"]
        )
        answer = await browser.post(action, data=data)
        if "totp_secret" in account:
            action, data = form_of(
                await browser.get(answer.headers["location"]), code=await unused_code(account["totp_secret"])
            )
            answer = await browser.post(action, data=data)
        assert answer.headers["location"] == f"/{home}/account"
        for _ in range(100):
            found = await browser.get(read)
            if found.status_code != 503:
                break
        assert found.status_code == 200


def test_who_needs_a_second_factor_has_one_there(house: Settings) -> None:
    accounts = standalone.sample_accounts(house)
    assert {name for name, account in accounts.items() if "totp_secret" in account} == {
        "officer", "supervisor", "caller", "administrator", "evaluation_administrator",
    }  # fmt: skip
    assert len({account["password"] for account in accounts.values()}) == len(accounts) == 12
    assert "hotline" not in accounts
    assert (house.data_dir / standalone.CREDENTIALS).stat().st_mode & 0o777 == 0o600
