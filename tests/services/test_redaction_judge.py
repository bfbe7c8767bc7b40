"""The judge behind the rules only adds, takes its marks as settled, needs no scikit-learn, and is learned alike."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.cli import main
from services.redaction import redact
from services.redaction.judging import Weights, judged, weights
from services.redaction.learning import learn
from services.redaction.sheet import cover, fold

HERE = Path(__file__).parent
ISSUES = HERE.parents[1] / "routing" / "starter" / "issues.csv"
LEFT_OUT = "n"
"""The set that nothing was learned from."""


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / f"redaction_{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", ["f", "l", LEFT_OUT])
def test_whatever_the_rules_hide_is_hidden_with_the_judge_too(name: str) -> None:
    for case in cases(name):
        rules = {at for span in redact(case["text"], judge=None).spans for at in range(span.start, span.end)}
        both = {at for span in redact(case["text"]).spans for at in range(span.start, span.end)}
        assert rules <= both, case["id"]


def test_the_judge_hides_what_the_rules_left_on_texts_that_it_did_not_learn_from() -> None:
    asked = [(case["text"], string) for case in cases(LEFT_OUT) for string in case["must_hide"]]
    left = sum(string in redact(text, judge=None).text for text, string in asked)
    still = sum(string in redact(text).text for text, string in asked)
    assert still <= left * 2 / 3


def test_where_marks_stand_the_judge_finds_nothing_more() -> None:
    for case in cases(LEFT_OUT):
        once = redact(case["text"])
        assert not list(judged(cover(fold(case["text"]), once.spans))), case["id"]
        assert not list(judged(fold(once.text))), case["id"]


def test_the_issue_list_which_names_nobody_loses_hardly_a_word() -> None:
    with ISSUES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    texts = [text for row in rows for text in (row["name"], row["questions"], *row["phrases"].split("|")) if text]
    sheets = [cover(fold(text), redact(text, judge=None).spans) for text in texts]
    assert len(texts) > 1000
    assert sum(len(list(judged(sheet))) for sheet in sheets) <= len(texts) / 200


@pytest.mark.parametrize(
    "text", ["", "，", "小", "于", "一" * 5000, "王小" * 2000, "3-2-501" * 700, "阿" * 3000, "\ue000" * 3000]
)
def test_the_judge_reads_any_text_to_its_end_and_its_places_are_apart(text: str) -> None:
    end = 0
    for span in judged(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end


def test_reading_a_text_needs_no_learning_library() -> None:
    program = (
        "import sys; from services.redaction import redact; redact('护工花婶来电'); print('sklearn' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_same_texts_teach_the_same_and_what_they_teach_is_whole_numbers() -> None:
    taught = cases("d") + cases("e") + [{"text": "路灯不亮，楼道堆物"}]
    first, second = learn(taught), learn(taught)
    assert first == second
    assert len(first.name) > 100
    assert all(isinstance(weight, int) for weight in (*first.name.values(), *first.door.values()))


def test_the_command_writes_weights_that_the_judge_can_read(tmp_path: Path) -> None:
    output = tmp_path / "judged.json"
    files = [str(HERE / f"redaction_{name}.jsonl") for name in ("d", "e")]
    result = CliRunner().invoke(main, ["cases", "learn-redaction", str(output), *files])
    assert result.exit_code == 0, result.output
    assert "110 texts" in result.output
    assert Weights(**json.loads(output.read_text("utf-8"))) == learn(cases("d") + cases("e"))


def test_the_weights_that_ship_are_some_thousands_and_none_is_a_whole_name() -> None:
    shipped = weights()
    assert 1000 < len(shipped.name) + len(shipped.door) < 6000
    hidden = {string for name in "fgh" for case in cases(name) for string in case["must_hide"] if len(string) == 3}
    assert not hidden & {feature[1:] for feature in shipped.name}
