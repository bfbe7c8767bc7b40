"""`gridloop cases evaluate-redaction`: figures and single misses from a file of texts with known answers."""

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from services.cli import main

CASES = [
    {
        "id": "a",
        "text": "王女士，电话13800001234，路灯坏了",
        "must_hide": ["13800001234", "王女士"],
        "must_keep": ["路灯"],
    },
    {"id": "b", "text": "楼上602漏水", "must_hide": ["602"], "must_keep": ["楼上602", "这里没有"]},
]


def evaluated(folder: Path, *lines: str) -> tuple[Result, Path]:
    texts, figures = folder / "texts.jsonl", folder / "figures.json"
    texts.write_text("\n".join(lines) + "\n", encoding="utf-8")
    arguments = ["cases", "evaluate-redaction", str(texts), "--json", str(figures), "--data-dir", str(folder / "none")]
    return CliRunner().invoke(main, arguments), figures


def test_the_figures_are_shares_of_the_strings_and_each_miss_is_named(tmp_path: Path) -> None:
    result, file = evaluated(tmp_path, *(json.dumps(case, ensure_ascii=False) for case in CASES))
    assert result.exit_code == 0, result.output
    figures = json.loads(file.read_text("utf-8"))
    assert figures["recall"] == 2 / 3
    assert figures["kept"] == 1.0
    assert figures["absent"] == 1
    assert figures["misses"] == [{"id": "b", "promise": "must_hide", "string": "602", "redacted": "楼上602漏水"}]
    assert "b  must_hide  602" in result.output
    assert "2 texts · recall 0.6667 of 3 · kept 1.0000 of 2" in result.output


def test_it_needs_no_installation_and_makes_none(tmp_path: Path) -> None:
    evaluated(tmp_path, json.dumps(CASES[0]))
    assert not (tmp_path / "none").exists()


def test_without_strings_to_hide_there_is_no_recall(tmp_path: Path) -> None:
    _, file = evaluated(tmp_path, json.dumps({"id": 1, "text": "路灯坏了", "must_hide": [], "must_keep": ["路灯"]}))
    assert json.loads(file.read_text("utf-8"))["recall"] is None


def test_a_line_that_is_no_case_is_named(tmp_path: Path) -> None:
    result, file = evaluated(tmp_path, json.dumps(CASES[0]), "{}")
    assert result.exit_code == 2
    assert "line 2 is no case" in result.output
    assert not file.exists()
