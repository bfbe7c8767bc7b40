"""Templates are data: whole, in both languages, and with no place for anything personal."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from front_desk import House
from pydantic import ValidationError
from typer.testing import CliRunner

from intake.notices.commands import app
from intake.notices.occasions import ALLOWED, Occasion, occasion_of
from intake.notices.wording import EXAMPLES, Wording, newest, read, text_messages
from intake.reporters import Identity


def told() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(newest().read_text("utf-8"))
    return found


def test_no_placeholder_names_a_person_a_number_or_a_place() -> None:
    allowed = frozenset().union(*ALLOWED.values())
    assert allowed == {"case_no", "link", "code", "question"}
    assert allowed.isdisjoint({field.name for field in fields(Identity)})
    assert set(ALLOWED) == set(Occasion)


@pytest.mark.parametrize(
    "text",
    [
        "{name}您好，{case_no} {link}",
        "{case_no}",
        "{case_no} {link.__class__}",
        "{case_no} {link!r}",
        "{case_no} {link:>9}",
        "{case_no} {link} {0}",
        "{case_no} {link} {",
    ],
)
def test_a_template_with_another_placeholder_is_refused_before_anything_is_sent(text: str) -> None:
    faulty = told()
    faulty["templates"]["closed"]["zh"] = text
    with pytest.raises(ValidationError):
        Wording.model_validate(faulty)


def test_a_version_without_one_of_the_templates_is_refused() -> None:
    faulty = told()
    del faulty["templates"]["deferred"]
    with pytest.raises(ValidationError, match="no template for deferred"):
        Wording.model_validate(faulty)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("occasion", list(Occasion))
def test_every_template_says_the_case_number_in_both_languages(occasion: Occasion, language: Any) -> None:
    assert EXAMPLES["case_no"] in read(newest()).preview(occasion, language)


def test_a_text_message_has_seventy_characters_and_parts_of_a_long_one_sixty_seven() -> None:
    assert [text_messages("字" * size) for size in (1, 70, 71, 134, 135)] == [1, 1, 2, 2, 3]
    assert [text_messages("a" * size) for size in (160, 161, 306, 307)] == [1, 2, 2, 3]


@pytest.mark.parametrize(
    ("move", "state", "occasion"),
    [
        ("route", "handle.dispatched", None),
        ("approve", "feedback.surveying", "answered"),
        ("approve", "closed", "answered"),
        ("judge", "closed", "closed"),
        ("judge", "handle.dispatched", "handled_again"),
        ("judge", "handle.deferred", "deferred"),
        ("defer", "handle.deferred", "deferred"),
        ("chase", "handle.deferred", None),
        ("appeal", "handle.dispatched", "appeal_heard"),
        ("appeal", "discover.triage", "appeal_heard"),
        ("decline", "closed", "closed"),
        ("hand_over", "closed", "closed"),
        ("withdraw", "closed", "closed"),
        ("follow", "closed", "closed"),
        ("settle_on_spot", "closed", None),
        ("note", "handle.working", None),
    ],
)
def test_what_a_move_is_to_the_reporter(move: str, state: str, occasion: str | None) -> None:
    assert occasion_of(move, state) == occasion


async def test_the_api_previews_a_template_with_made_up_values(house: House) -> None:
    listed = (await house.as_("administrator").get("/v1/notices/templates")).json()
    assert [each["key"] for each in listed["items"]] == list(Occasion)
    seen = (await house.as_("clerk").get("/v1/notices/templates/survey_link?language=en")).json()
    assert (seen["version"], seen["placeholders"], seen["text_messages"]) == (listed["version"], ["case_no", "link"], 1)
    assert EXAMPLES["link"] in seen["preview"]
    assert (await house.as_("officer").get("/v1/notices/templates")).status_code == 403


def test_the_command_previews_a_citys_own_file_and_says_what_is_wrong_with_a_faulty_one(tmp_path: Path) -> None:
    own, run = tmp_path / "own.yaml", CliRunner().invoke
    changed = told() | {"version": "own-1"}
    changed["templates"]["answered"]["zh"] = "【样例街道】{case_no} 有答复：{link}"
    own.write_text(yaml.safe_dump(changed, allow_unicode=True), "utf-8")
    shown = run(app, ["preview", "answered", "--file", str(own)])
    assert shown.exit_code == 0
    assert "answered own-1 zh · " in shown.output
    assert "【样例街道】2025030100000426 有答复：" in shown.output
    assert run(app, ["list"]).output.splitlines()[1].split() == ["registered", "case_no", "code", "link"]
    faulty = tmp_path / "faulty.yaml"
    changed["templates"]["answered"]["zh"] = "{phone} {case_no} {link}"
    faulty.write_text(yaml.safe_dump(changed, allow_unicode=True), "utf-8")
    refused = run(app, ["preview", "--file", str(faulty)])
    assert refused.exit_code == 2
    assert "no other placeholder" in refused.output
