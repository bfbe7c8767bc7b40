"""`gridloop doctor` beside a house that runs: it reads the settings from the environment and finds nothing to mend."""

import pytest
from pydantic import SecretStr

from migrations import runner
from services.cli import ROOMS
from services.doctor.examining import examine
from services.doctor.findings import Level
from services.settings import SERVICES, Settings

GIVEN = ("link_", "answer_key", "survey_secret", "master_keys", "intake_", "routing_", "feedback_", "public_url")


async def test_a_whole_house_that_runs_has_nothing_to_mend(
    house: Settings, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in type(house).model_fields:
        value = getattr(house, name)
        if name.startswith(GIVEN) and value:
            plain = value.get_secret_value() if isinstance(value, SecretStr) else value
            monkeypatch.setenv(f"GRIDLOOP_{name.upper()}", str(plain))
    house.data_dir.chmod(0o700)
    known = {name: runner.revisions(name) for name in SERVICES}
    found = await examine(house.data_dir, rooms=ROOMS, revisions=known, host="127.0.0.1", port=port)
    assert [each for each in found if each.level is Level.PROBLEM] == []
    assert {each.check for each in found} >= {"database", "migrations", "keys", "peers", "queue", "calendar", "clock"}
