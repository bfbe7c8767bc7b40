"""The State Council's notice comes in, by command or by the administrator, and every clock of the process follows."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from grid_centre import CITY, Centre
from typer.testing import CliRunner

from routing import notices_kept
from routing.calendar_commands import app
from routing.notices_kept import NotOfThisYear, days_of
from routing.terms import terms
from services.limits import Limit, LimitUnit
from services.settings import Settings

HEAD = "date,kind,name,source\n"
NOTICE = [
    {"date": "2040-10-01", "kind": "off", "name": "国庆节", "source": "made up for this test"},
    {"date": "2040-09-29", "kind": "work", "name": "国庆节调休", "source": "made up for this test"},
]


@pytest.fixture(autouse=True)
def calendars_back() -> Iterator[None]:
    """What a test imports is forgotten by this process."""
    yield
    for calendar in notices_kept.calendars():
        calendar.imported.days, calendar.imported.years = {}, frozenset()
    notices_kept._asked.clear()


async def test_an_administrator_imports_a_notice_and_the_clocks_follow(centre: Centre) -> None:
    administrator, clerk = await centre.desk("administrator", CITY), await centre.desk("officer", CITY)
    before = (await centre.client(clerk).get("/v1/calendar/2040")).json()
    assert before["estimated"]
    friday, limit = datetime.fromisoformat("2040-09-28T10:00:00+08:00"), Limit(1, LimitUnit.WORKING_DAYS)
    city = terms(centre.app.state.settings)
    assert city.due(friday, limit).astimezone(city.calendar.zone).date() > date(2040, 9, 29)

    answer = await centre.client(administrator).put("/v1/calendar/2040", json={"days": NOTICE})
    assert answer.status_code == 200, answer.text
    after = (await centre.client(clerk).get("/v1/calendar/2040")).json()
    assert not after["estimated"]
    assert [day["date"] for day in after["days"]] == ["2040-09-29", "2040-10-01"]
    assert city.due(friday, limit).astimezone(city.calendar.zone).date() == date(2040, 9, 29)
    assert [row["action"] for row in await centre.rows("select action from audit")] == ["calendar.imported"]


async def test_another_process_learns_of_it_by_itself(centre: Centre) -> None:
    async with centre.database.unit() as session:
        await notices_kept.keep(session, 2040, days_of_told())
    for calendar in notices_kept.calendars():
        calendar.imported.days, calendar.imported.years = {}, frozenset()
    notices_kept._asked.clear()
    city = terms(centre.app.state.settings).calendar
    assert city.estimated(2040)
    await centre.report()
    assert not city.estimated(2040)
    assert city.is_working(date(2040, 9, 29))


def days_of_told() -> dict[date, notices_kept.Day]:
    return {
        date.fromisoformat(day["date"]): notices_kept.Day(day["kind"] == "work", day["name"], day["source"])
        for day in NOTICE
    }


async def test_only_an_administrator_imports_and_only_a_year_s_own_days(centre: Centre) -> None:
    administrator, editor = await centre.desk("administrator", CITY), await centre.desk("editor", CITY)
    assert (await centre.client(editor).put("/v1/calendar/2040", json={"days": NOTICE})).status_code == 403
    for days in ([*NOTICE, NOTICE[0]], [{**NOTICE[0], "date": "2041-05-01"}]):
        answer = await centre.client(administrator).put("/v1/calendar/2040", json={"days": days})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "days"


async def test_the_command_imports_a_file_and_shows_the_year(
    centre: Centre, routing_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDLOOP_ROUTING_DATABASE_URL", routing_settings.database_for("routing"))
    file = tmp_path / "2040.csv"
    rows = [f"{day['date']},{day['kind']},{day['name']},{day['source']}" for day in NOTICE]
    file.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    run = CliRunner().invoke

    def asked(*arguments: str) -> str:
        found = run(app, list(arguments))
        assert found.exit_code == 0, found.output
        return found.output

    assert "2040: estimated" in await asyncio.to_thread(asked, "show", "2040")
    assert "2040: 1 days off, 1 worked instead" in await asyncio.to_thread(asked, "import", str(file), "--year", "2040")
    shown = await asyncio.to_thread(asked, "show", "2040")
    assert "2040: by notice" in shown
    assert "2040-09-29 work 国庆节调休 · made up for this test" in shown


def test_a_file_of_another_year_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "2040.csv"
    file.write_text(HEAD + "2040-10-01,off,国庆节,made up\n", encoding="utf-8")
    assert len(days_of(file, 2040)) == 1
    with pytest.raises(NotOfThisYear):
        days_of(file, 2042)
    refused = CliRunner().invoke(app, ["import", str(file), "--year", "2042"])
    assert refused.exit_code == 1
