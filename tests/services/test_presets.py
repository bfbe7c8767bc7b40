"""The city presets: complete, frozen, each value with a source."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from services import presets
from services.clocks import elapsed, now, wind
from services.limits import Limit, LimitUnit


def days(amount: int) -> Limit:
    return Limit(amount, LimitUnit.WORKING_DAYS)


def hours(amount: int) -> Limit:
    return Limit(amount, LimitUnit.HOURS)


def test_shanghai_is_one_five_fifteen() -> None:
    routing = presets.load("shanghai").routing
    assert [routing.limits.of_item(kind) for kind in ("inquiry", "suggestion", "praise")] == [days(1)] * 3
    assert [routing.limits.of_item(kind) for kind in ("request", "complaint")] == [days(5)] * 2
    assert routing.limits.complex == days(15)
    assert (routing.contact, routing.supervised) == (days(1), days(3))
    assert routing.deemed_acceptance == Limit(4, LimitUnit.WORK_HOURS)


def test_beijing_counts_days_and_hours() -> None:
    routing = presets.load("beijing").routing
    assert (routing.limits.request, routing.limits.complex) == (hours(7 * 24), hours(15 * 24))
    assert (routing.limits.emergency, routing.limits.utilities) == (hours(2), hours(24))
    assert (routing.dispatch.emergency, routing.dispatch.utilities, routing.dispatch.other) == (
        hours(1),
        hours(2),
        hours(24),
    )


@pytest.mark.parametrize("name", presets.available())
def test_every_preset_runs_a_clock_on_its_own_calendar(name: str) -> None:
    preset = presets.load(name)
    clock = wind(now(), preset.routing.deemed_acceptance, preset.calendar(), preset.work_hours)
    assert elapsed(clock.started_at, clock.due_at, preset.calendar(), preset.work_hours) == timedelta(hours=4)
    assert preset.name == name
    assert preset.feedback.rule.startswith(name)


@pytest.mark.parametrize("name", presets.available())
def test_every_value_of_a_preset_says_where_it_comes_from(name: str) -> None:
    lines = (presets.FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    values = [line for line in lines if not line.startswith("#") and line.partition(":")[2].strip()]
    assert values
    assert [line for line in values if "  # " not in line] == ["zone: Asia/Shanghai"]


def test_an_unknown_preset_names_those_there_are() -> None:
    with pytest.raises(presets.UnknownPreset, match="beijing, shanghai"):
        presets.load("../shanghai")


def test_a_preset_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        presets.load("shanghai").routing.rounds = 9


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rounds: 3", "rounds: 0"),
        ("rounds: 3", "laps: 3"),
        ("contact: 1 working_days", "contact: 1 fortnight"),
        ("contact: 1 working_days", "contact: soon"),
        ("basically_satisfied: 0.8", "basically_satisfied: 8"),
        ('"13:00-18:00"', '"11:00-18:00"'),
        ("Asia/Shanghai", "Asia/Nowhere"),
    ],
)
def test_a_preset_with_a_wrong_value_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (presets.FOLDER / "shanghai.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "mine.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ValidationError):
        presets.read(tmp_path / "mine.yaml")
