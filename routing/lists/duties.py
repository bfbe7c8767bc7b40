"""How the lists name who is responsible: a duty, which routing.city resolves at the place, or a unit's code."""

import re
from collections import defaultdict
from collections.abc import Mapping

from routing.city import DUTY_LEVELS, Level
from routing.starter.tables import rows

Functions = Mapping[Level, frozenset[str]]

UNIT_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


def _starter_functions() -> Functions:
    functions = defaultdict(set)
    for row in rows("functions"):
        functions[Level(row["level"])].add(row["function"])
    return {level: frozenset(names) for level, names in functions.items()}


FUNCTIONS = _starter_functions()
"""The departments and offices a list may name at each level. A city with others passes its own to the readers."""


def level_of(duty: str) -> Level | None:
    """The level a duty falls to; None for a unit's code, of which only the city knows the level, and for no duty."""
    name = duty[1:].partition(".")[0]
    return Level(name) if duty.startswith("@") and name in DUTY_LEVELS else None


def grassroots(duty: str) -> bool:
    """Whether the duty itself says that it falls to the street or below."""
    level = level_of(duty)
    return level is not None and level.grassroots


def what_is_wrong(duty: str, functions: Functions) -> str | None:
    """The remedy for a duty nobody can have, or None. An office that a level lacks would silently become its parent."""
    if not duty.startswith("@"):
        return None if UNIT_CODE.fullmatch(duty) else "填写职责（如 @area、@district.housing）或单位代码"
    name, dot, function = duty[1:].partition(".")
    if name not in DUTY_LEVELS:
        return f"@ 之后填写层级：{'、'.join(sorted(DUTY_LEVELS))}"
    offices = functions.get(Level(name), frozenset())
    if dot and function not in offices:
        return f"{name} 一级没有此职能，可用：{'、'.join(sorted(offices)) or '无'}"
    return None
