"""Broken fields in Chinese: every rule that the code names has words, pages show them, and a program that asks for
Chinese gets them while all others read English."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from fastapi import FastAPI, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from services import application
from services.problem_answers import fault_of
from services.problem_answers import written as answered
from services.problem_words import (
    FAULTS,
    HAN,
    fault_told,
    field_named,
    in_chinese,
    remedy_told,
    rule_told,
    wants_chinese,
)
from services.problems import FieldFault, Invalid, KeyMissing, NotFound, invalid
from services.staff_pages import problem_page

HOME = Path(application.__file__).parents[1]
ROOMS = ("services", "intake", "routing", "feedback")
OPEN311 = "open311"
"""Speaks a standard of its own, in English."""


def text(node: ast.expr) -> str | None:
    """A text as it is written, with something where a value goes in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "7" for each in node.values)
    return None


def written() -> Iterator[tuple[str, str | None, str | None]]:
    for file in (each for room in ROOMS for each in (HOME / room).rglob("*.py") if OPEN311 not in each.parts):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("invalid", "FieldFault")
            if called and len(node.args) == 3:
                yield f"{file.name}:{node.lineno}", text(node.args[1]), text(node.args[2])


def test_every_rule_and_remedy_of_a_field_has_its_chinese() -> None:
    found = list(written())
    assert len(found) > 60
    assert [(at, rule) for at, rule, _ in found if rule and not rule_told(rule)] == []
    assert [(at, remedy) for at, _, remedy in found if remedy and not remedy_told(remedy)] == []


def test_the_words_hold_no_english_sentence() -> None:
    for kind, table in FAULTS.items():
        for english, chinese in table.items():
            assert HAN.search(chinese), (kind, english)


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=2, max_length=4)
    phone: str = Field("1", pattern=r"\d+")
    at: AwareDatetime | None = None
    days: date | None = None
    amount: int = Field(1, ge=1, le=9)
    kind: Literal["a", "b"] = "a"
    unit: UUID | None = None
    fields: list[str] = Field(default=["x"], min_length=1, max_length=2)


WRONG: list[dict[str, Any]] = [
    {}, {"name": "长" * 9}, {"name": "x"}, {"name": 3}, {"phone": "x"}, {"at": "2025-01-01T00:00:00"}, {"at": "soon"},
    {"days": "soon"}, {"amount": 0}, {"amount": 99}, {"amount": "x"}, {"kind": "c"}, {"unit": "x"}, {"fields": []},
    {"fields": ["a", "b", "c"]}, {"fields": 3}, {"more": 1},
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_the_form_reader_refuses_is_told_in_chinese(number: int) -> None:
    told = WRONG[number] if number == 0 or "name" in WRONG[number] else {"name": "好名", **WRONG[number]}
    with pytest.raises(ValidationError) as broken:
        Form.model_validate(told)
    for error in broken.value.errors():
        fault = fault_of(error)
        assert rule_told(fault.rule), fault.rule
        assert remedy_told(fault.remedy), fault.remedy


def test_a_field_in_a_list_is_named_with_its_place_and_an_unknown_one_by_itself() -> None:
    assert field_named("evidence.1.shows") == "证据说明（第 2 项）"
    assert field_named("reporter.phone") == "电话"
    assert field_named("frobnicate") == "frobnicate"


def test_words_with_a_number_keep_it_and_unknown_ones_say_that_they_are_broken() -> None:
    assert rule_told("String should have at most 40 characters") == "太长，最多 40 个字"
    assert fault_told("reason", "is odd", "be even") == ("理由", "不符合要求", "请核对后重填")
    assert rule_told("须是三位数") == "须是三位数"


def page(language: bytes) -> str:
    scope = {"type": "http", "method": "GET", "path": "/routing/x", "query_string": language, "headers": [],
             "app": FastAPI()}  # fmt: skip
    problem = Invalid(faults=[FieldFault("reason", "says why", "fill it in")])
    return bytes(problem_page(Request(scope), problem).body).decode()


def test_a_page_tells_the_field_the_rule_and_the_remedy_in_its_language() -> None:
    chinese, english = page(b""), page(b"lang=en")
    assert "<strong>理由</strong>：须写明理由。请填写。" in chinese
    assert "says why" not in chinese
    assert "<strong>reason</strong>: says why – fill it in" in english


@pytest.mark.parametrize(
    ("accepted", "chinese"),
    [
        ("", False), ("*", False), ("en", False), ("zh", True), ("zh-CN,zh;q=0.9,en;q=0.8", True),
        ("en,zh;q=0.5", False), ("ZH-Hans", True), ("fr, zh;q=0.1", True), ("zh;q=0", False),
        ("zh;q=nonsense", False), ("zh;q=0.5, en;q=0.5", False),
    ],
)  # fmt: skip
def test_chinese_is_for_who_prefers_it_to_english(accepted: str, chinese: bool) -> None:
    assert wants_chinese(accepted) is chinese


def test_a_problem_in_json_is_chinese_where_that_is_asked_for_and_english_else() -> None:
    problem = invalid("grid", "is the code of a grid", "look it up under /v1/grids").document()
    plain = answered(problem, {"headers": []})
    asked = answered(problem, {"headers": [(b"accept-language", b"zh-CN")]}, {"Retry-After": "3"})
    assert b"Invalid fields" in plain.body
    assert (plain.headers["content-language"], plain.headers["vary"]) == ("en", "Accept-Language")
    assert "没有这个网格".encode() in bytes(asked.body)
    assert (asked.headers["content-language"], asked.headers["retry-after"]) == ("zh", "3")
    made = in_chinese(problem)
    assert {name: made[name] for name in ("type", "status")} == {name: problem[name] for name in ("type", "status")}
    assert (made["title"], made["errors"][0]["field"]) == ("填写有误", "grid")
    assert in_chinese(NotFound().document())["remedy"] == "请核对编号；别的单位负责的不显示。"
    assert in_chinese(KeyMissing().document())["title"] == "请先登录"
