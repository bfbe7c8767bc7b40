"""What an examination found: one line each, with what to do about it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Level(StrEnum):
    """Good; to be looked at; to be mended before it works."""

    GOOD = "good"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """`check` names what was looked at. No secret and nothing about a person ever stands here."""

    check: str
    level: Level
    what: str
    remedy: str = ""


def good(check: str, what: str) -> Finding:
    return Finding(check, Level.GOOD, what)


def warning(check: str, what: str, remedy: str) -> Finding:
    return Finding(check, Level.WARNING, what, remedy)


def problem(check: str, what: str, remedy: str) -> Finding:
    return Finding(check, Level.PROBLEM, what, remedy)


SIGNS = {Level.GOOD: "ok", Level.WARNING: "look", Level.PROBLEM: "MEND"}


def written(found: Sequence[Finding], *, as_json: bool) -> str:
    """The findings for a person, or for a program."""
    if as_json:
        return json.dumps([asdict(each) for each in found], ensure_ascii=False, indent=2)
    lines = []
    for each in found:
        lines.append(f"{SIGNS[each.level]:4}  {each.check}: {each.what}")
        if each.remedy:
            lines.append(f"      → {each.remedy}")
    problems = sum(each.level is Level.PROBLEM for each in found)
    warnings = sum(each.level is Level.WARNING for each in found)
    return "\n".join([*lines, f"{len(found)} looked at, {problems} to mend, {warnings} to look at"])
