"""Limits by key and address, protecting headers, and what HTTP asks of every route."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fortress import Fortress, routes, rule

from services.clocks import now, stopped
from services.limits_of_use import Leases
from services.secret_files import told_outside
from services.settings import Settings

POST = {"channel": "hotline", "item_type": "complaint", "description": "路灯不亮，夜里看不见路。"}


@pytest.fixture
def limited(fortress: Fortress) -> Iterator[Callable[..., None]]:
    """Sets a limit of intake's, with nothing counted before in this process; all that is asked is of one minute."""
    state = fortress.apps["intake"].state
    before = state.settings

    def limit(**limits: int) -> None:
        state.settings, state.leases = state.settings.model_copy(update=limits), Leases()

    with stopped(now()):
        yield limit
    state.settings, state.leases = before, Leases()


async def statuses(fortress: Fortress, who: str | None, number: int, **headers: str) -> list[int]:
    client = fortress.as_(who, **headers)
    return [(await client.get("/intake/v1/cases")).status_code for _ in range(number)]


async def test_a_key_asks_so_often_in_a_minute_over_all_workers(
    fortress: Fortress, limited: Callable[..., None]
) -> None:
    limited(key_rate_per_minute=3)
    assert (await statuses(fortress, "hotline", 5)).count(200) == 3
    fortress.apps["intake"].state.leases = Leases()  # as another process has it
    assert await statuses(fortress, "hotline", 1) == [429]
    answer = await fortress.as_("hotline").get("/intake/v1/cases")
    assert (rule(answer), 1 <= int(answer.headers["retry-after"]) <= 60) == ("too-many-requests", True)
    assert await statuses(fortress, "clerk", 1) == [200]


async def test_a_lease_gives_no_more_than_the_limit(fortress: Fortress, limited: Callable[..., None]) -> None:
    limited(key_rate_per_minute=120)
    assert (await statuses(fortress, "hotline", 123)).count(429) == 3


async def test_an_address_has_its_own_limit_whatever_keys_it_sends(
    fortress: Fortress, limited: Callable[..., None]
) -> None:
    limited(address_rate_per_minute=4)
    assert await statuses(fortress, "hotline", 2) + await statuses(fortress, "clerk", 3) == [200] * 4 + [429]


async def test_guessing_keys_is_slowed_and_does_not_fill_the_audit(
    fortress: Fortress, limited: Callable[..., None]
) -> None:
    limited(guesses_per_minute=3)
    guessed = await statuses(fortress, None, 6, authorization="Bearer gl_000000000000_guess")
    assert guessed == [401] * 3 + [429] * 3
    assert len(await fortress.rows("intake", "select 1 from audit where action = 'refused'")) == 3
    assert await statuses(fortress, "hotline", 1) == [200]


@pytest.mark.parametrize(
    "path", ["/intake/v1/cases", "/routing/healthz", "/feedback/sign-in", "/intake/docs", "/intake/x"]
)
async def test_every_answer_protects_the_browser(fortress: Fortress, path: str) -> None:
    headers = (await fortress.as_(None).get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "strict-transport-security" not in headers
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    ["/intake/v1/cases", "/intake/open311/v2/requests.json", "/intake/open311/v2/requests/1.xml", "/routing/session"],
)
async def test_answers_are_kept_by_no_cache(fortress: Fortress, path: str) -> None:
    assert (await fortress.as_("hotline").get(path)).headers["cache-control"] == "no-store"


async def test_files_that_say_nothing_of_anybody_may_be_kept(fortress: Fortress) -> None:
    assert "cache-control" not in (await fortress.as_(None).get("/routing/static/staff.css")).headers


async def test_allow_names_every_method_of_a_path(fortress: Fortress) -> None:
    by_path: dict[str, set[str]] = {}
    for route in routes():
        by_path.setdefault(f"{route.service} {route.path}", {route.at()}).add(route.method)
    client = fortress.as_("hotline")
    for names in by_path.values():
        at = next(name for name in names if name.startswith("/"))
        if not at.split("/", 2)[2].startswith("v1/"):
            continue
        answer = await client.request("PATCH", at)
        told = set(answer.headers["allow"].split(", "))
        assert (answer.status_code, names - {at} <= told) == (405, True), (at, told)
        assert ("HEAD" in told) is ("GET" in told)


async def test_head_answers_as_get_does_without_its_body(fortress: Fortress) -> None:
    for path in ("/intake/v1/cases", "/intake/healthz", "/routing/sign-in"):
        client = fortress.as_("hotline")
        head, got = await client.head(path), await client.get(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", None])
async def test_what_is_no_json_is_415(fortress: Fortress, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = await fortress.as_("hotline").post("/intake/v1/cases", content=b'{"channel": "hotline"}', headers=headers)
    assert answer.status_code == 415, answer.text


def test_secrets_come_from_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, other = "k" * 20 + "ABCDEFGHIJ", "z" * 20 + "ABCDEFGHIJ"
    (tmp_path / "gridloop_answer_key").write_text(f"{secret}\n", encoding="utf-8")
    (tmp_path / "link").write_text(other, encoding="utf-8")
    monkeypatch.setenv("GRIDLOOP_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("GRIDLOOP_LINK_INTAKE_ROUTING_FILE", str(tmp_path / "link"))
    settings = Settings()
    assert settings.need("answer_key", "test") == secret
    assert settings.link_secret("routing", "intake") == other
    assert told_outside("answer_key")
    assert not told_outside("survey_secret")
    monkeypatch.setenv("GRIDLOOP_ANSWER_KEY", other)
    assert Settings().need("answer_key", "test") == other
    monkeypatch.setenv("GRIDLOOP_SURVEY_SECRET_FILE", str(tmp_path / "not there"))
    with pytest.raises(FileNotFoundError):
        Settings()
