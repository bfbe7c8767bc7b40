"""The rules are data with a source each; a city's own file names the same classes; the clocks state what they do."""

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from intake.keeping.erasing import Part
from services.retention.rules import FILE, Rules, RulesIncomplete, read, rules
from services.settings import Settings


def test_every_class_says_how_long_from_when_by_what_and_why() -> None:
    found = read(FILE)
    assert {rule.part for rule in found.values() if rule.by == "case"} == {part.value for part in Part}
    assert found["reporter"].keep == timedelta(days=3 * 365)
    assert all(rule.source for rule in found.values())


def test_logs_are_kept_six_months_at_least() -> None:
    found = read(FILE)
    assert min(found[name].keep for name in ("audit", "audit_everyday", "disclosures")) >= timedelta(days=180)


def test_what_has_a_clock_of_its_own_keeps_as_long_as_the_rules_say() -> None:
    standing = {name: rule for name, rule in read(FILE).items() if rule.by == "standing"}
    session = standing.pop("sessions")
    assert session.keep == timedelta(hours=Settings().session_hours)
    assert standing.pop("case_events").keep == timedelta(days=Settings().events_kept_days)
    for rule in standing.values():
        module, _, name = str(rule.constant).rpartition(".")
        assert getattr(import_module(module), name) == rule.keep, rule.constant


def own(tmp_path: Path, **changes: object) -> Path:
    told = yaml.safe_load(FILE.read_text("utf-8"))
    for name, change in changes.items():
        told[name] = told.get(name, {}) | change if isinstance(change, dict) else change
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({name: each for name, each in told.items() if each}, allow_unicode=True), "utf-8")
    return file


def test_a_city_sets_its_own_times(tmp_path: Path) -> None:
    file = own(tmp_path, reporter={"keep": "400 days", "source": "本市档案管理办法"})
    found: Rules = rules(Settings(retention_rules=file))
    assert (found["reporter"].keep, found["photos"].keep) == (timedelta(days=400), timedelta(days=365))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"photos": None}, RulesIncomplete),
        ({"cats": {"what": "x", "keep": "1 days", "after": "x", "by": "row", "source": "the city"}}, RulesIncomplete),
        ({"audit": {"by": "row"}}, RulesIncomplete),
        ({"audit_everyday": {"keep": "90 days"}}, ValidationError),
        ({"reporter": {"keep": "for ever"}}, ValidationError),
        ({"reporter": {"source": ""}}, ValidationError),
        ({"reporter": {"part": None}}, ValidationError),
    ],
    ids=["missing", "unknown", "another way", "below six months", "no period", "no source", "no part"],
)
def test_rules_that_do_not_fit_are_refused(tmp_path: Path, changes: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        read(own(tmp_path, **changes))
