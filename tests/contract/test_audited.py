"""The dependency audit: a weakness fails the build, and silence of the advisory service is said to be silence."""

import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

AUDITED = Path(__file__).parents[2] / ".ci/audited.py"
WEAK = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
SOUND = {"name": "b", "version": "1", "vulns": []}
SILENT = {"name": "c", "skip_reason": "not found"}


@pytest.fixture
def judged() -> Callable[..., tuple[list[str], bool]]:
    found: Callable[..., tuple[list[str], bool]] = runpy.run_path(str(AUDITED))["judged"]
    return found


@pytest.mark.parametrize(
    ("packages", "holds", "required"),
    [([SOUND], True, True), ([SOUND, WEAK], False, False), ([SOUND, SILENT], True, False), ([], True, False)],
)
def test_a_weakness_fails_and_silence_fails_where_an_answer_is_required(
    judged: Callable[..., tuple[list[str], bool]], packages: list[dict[str, Any]], holds: bool, required: bool
) -> None:
    report = json.dumps({"dependencies": packages}) if packages else ""
    assert judged(report, required=False)[1] is holds
    assert judged(report, required=True)[1] is required
    lines, _ = judged(report, required=False)
    assert any("told nothing" in line for line in lines) is (packages != [SOUND] and packages != [SOUND, WEAK])
    assert any(line.startswith("a 1: CVE-1") for line in lines) is (WEAK in packages)
