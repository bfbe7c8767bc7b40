"""What feedback hands to the composition root: a described app, its handlers, the first administrator's command."""

import asyncio

import httpx
import pytest
from call_centre import Centre
from typer.testing import CliRunner

from feedback.commands import ROOM, app
from services.access import ROLES
from services.contract import contract
from services.messages import ROUTES
from services.settings import Settings


def test_every_message_for_feedback_has_a_handler() -> None:
    assert set(ROOM.handlers(Settings())) == {kind.type for kind, (_, to) in ROUTES.items() if "feedback" in to}


def test_the_contract_describes_every_route_in_chinese_where_it_matters() -> None:
    told = contract({"feedback": ROOM.app})
    for method, path in ROLES["feedback"]:
        assert (f"/feedback{path}:" in told) == path.startswith("/v1/")
        assert method.lower() in told
    for words in ("/feedback/v1/callbacks:", "部分解决", "楼道已经清理干净", "webhook-signature", "一批回访"):
        assert words in told


async def test_the_first_administrator_is_appointed_by_command(
    centre: Centre, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.feedback_database_url
    monkeypatch.setenv("GRIDLOOP_FEEDBACK_DATABASE_URL", settings.feedback_database_url)
    result = await asyncio.to_thread(CliRunner().invoke, app, ["appoint", "张测评（虚构）"])
    assert result.exit_code == 0, result.output
    centre.keys["first"] = result.output.strip()
    made = await centre.as_("first").post("/v1/people", json={"name": "李回访（虚构）", "roles": ["caller"]})
    assert made.status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status"), [("PUT", "/v1/callbacks", 405), ("GET", "/v1/nothing", 404), ("GET", "/readyz", 200)]
)
async def test_the_frameworks_own_errors_are_problem_documents(
    centre: Centre, method: str, path: str, status: int
) -> None:
    answer: httpx.Response = await centre.as_().request(method, path)
    assert answer.status_code == status
    assert (answer.headers["content-type"] == "application/problem+json") is (status != 200)
