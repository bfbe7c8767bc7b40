"""A pattern that is tried only where it can match finds what the plain one finds, on the project's own texts."""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from services.redaction import handles
from services.redaction.quick import Quick
from services.redaction.sheet import fold

likeliest_module = import_module("services.redaction.likeliest")
unannounced_module = import_module("services.redaction.unannounced")
MODULES = ("digits", "doors", "likeliest", "likeness", "names", "offices", "runs", "titles", "unannounced")
CASES = sorted(Path(__file__).parent.glob("redaction_*.jsonl"))
SHEETS = [fold(json.loads(line)["text"]) for path in CASES for line in path.read_text("utf-8").splitlines()[::12]]
OF_HANDLES = [(name, getattr(handles, name)) for name in vars(handles) if name.isupper() and name.startswith("_")]


def _found() -> dict[str, Quick]:
    found = {}
    for module in MODULES:
        for name, value in vars(import_module(f"services.redaction.{module}")).items():
            if isinstance(value, Quick):
                found[f"{module}.{name}"] = value
    for trust, phrases in import_module("services.redaction.names")._PHRASES:
        found[f"names.{trust.name}"] = phrases
    return found


PATTERNS = _found()


def _spans(found: Iterator[re.Match[str]]) -> list[object]:
    return [(match.span(), match.regs, match.lastgroup) for match in found]


@pytest.mark.parametrize("name", sorted(PATTERNS))
def test_a_quick_pattern_finds_the_same_as_the_plain_one(name: str) -> None:
    quick = PATTERNS[name]
    for sheet in SHEETS:
        assert _spans(quick.finditer(sheet)) == _spans(quick.plain.finditer(sheet))
        assert str(quick.search(sheet, 3)) == str(quick.plain.search(sheet, 3))


@pytest.mark.parametrize("name", sorted(name for name, pattern in OF_HANDLES if isinstance(pattern, str)))
def test_the_patterns_of_handles_find_the_same_whatever_the_case(name: str) -> None:
    pattern = getattr(handles, name)
    quick, plain = Quick(pattern, re.IGNORECASE), re.compile(pattern, re.IGNORECASE)
    for sheet in SHEETS:
        for each in (sheet, sheet.upper().replace("I", "\u0131").replace("S", "\u017f").replace("K", "\u212a")):
            assert _spans(quick.finditer(each)) == _spans(plain.finditer(each))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?:ab|c)?d", "xd abd"),
        ("(?=x)|y", "axby"),
        ("(?:a|)b*", "cab"),
        ("(?<=q)(?:z|[^z])", "qa qz"),
        ("(a)\\1|\\Z", "aab"),
        ("(?!a)[ab]", "ab"),
        (".+?b", "aab"),
    ],
)
def test_a_pattern_that_may_begin_with_anything_or_nothing_is_tried_everywhere(pattern: str, text: str) -> None:
    quick = Quick(pattern)
    assert _spans(quick.finditer(text)) == _spans(re.compile(pattern).finditer(text)) != []


def test_a_name_is_only_looked_for_where_one_can_begin() -> None:
    read = 0
    for sheet in SHEETS:
        perhaps = {place.start() for place in likeliest_module._perhaps().finditer(sheet)}
        for run in likeliest_module._RUN.finditer(sheet):
            start, end = run.span()
            without = set(range(start, end)) - perhaps
            assert not [at for at in without if list(likeliest_module._names(sheet, start, at, end))]
            read += len(without)
    assert read > 1000


def test_a_name_that_nothing_announces_is_only_looked_for_where_one_can_begin() -> None:
    for sheet in SHEETS:
        perhaps = {place.start() for place in unannounced_module._PERHAPS.finditer(sheet)}
        assert not [at for at in set(range(len(sheet))) - perhaps if unannounced_module._name(sheet, at)]
