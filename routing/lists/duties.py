"""How the lists name who is responsible: a duty, which routing.city resolves at the place, or a unit's code."""

import re
from collections.abc import Mapping

from routing.city import DUTY_LEVELS, Level

Functions = Mapping[Level, frozenset[str]]

FUNCTIONS: Functions = {
    Level.CITY: frozenset(
        "power water_supply gas telecom transport metro ecology market police traffic_police fire medical_insurance tax "
        "justice letters supervision provident_fund finance housing education health civil_affairs labour "
        "culture_tourism sport emergency planning construction water greening urban_management postal".split()
    ),
    Level.DISTRICT: frozenset(
        "housing construction urban_management greening ecology market labour education sport culture_tourism health "
        "civil_affairs police traffic_police fire emergency planning water commerce letters medical_insurance "
        "urban_renewal justice supervision data transport".split()
    ),
    Level.STREET: frozenset(
        "management safety services autonomy development party enforcement affairs property civil health".split()
    ),
}
"""The departments and offices a list may name at each level. A city with others passes its own to the readers."""

UNIT_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]*")


def level_of(duty: str) -> Level | None:
    """The level a duty falls to; None for a unit's code, of which only the city knows the level."""
    return Level(duty[1:].partition(".")[0]) if duty.startswith("@") else None


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
    return None if not dot or function in offices else f"{name} 一级没有此职能，可用：{'、'.join(sorted(offices)) or '无'}"
