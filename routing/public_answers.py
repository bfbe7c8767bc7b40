"""What anybody may know of a match: who is responsible, where to walk in, in one sentence. No person, no reasons
that repeat the words of whoever asks. Pure."""

from routing.catalogue import Catalogue
from routing.city import City, Grid, Station
from routing.explaining import PLACE_OPEN
from routing.lists import Issue
from routing.matching import Match
from services.limits import Limit, LimitUnit

HOTLINE = "12345"
MOST_ISSUES = 5
COUNTED: dict[LimitUnit, str] = {
    LimitUnit.WORK_HOURS: "个工作小时",
    LimitUnit.WORKING_DAYS: "个工作日",
    LimitUnit.HOURS: "小时",
}


def station_of(grid: str, city: City) -> Station | None:
    """Where people of a place walk in: its own station, that of the grid which covers it, or the nearest above."""
    here: str | None = grid
    while here is not None:
        if here in city.stations_by_grid:
            return city.stations_by_grid[here]
        found = city.grid(here)
        here = found.covered_by or found.parent
    return None


def limit_of(found: Match, catalogue: Catalogue) -> Limit | None:
    """Of the row, or of the issue; none where nobody leads, for a row elsewhere may have another."""
    if found.issue is None or found.lead is None:
        return None
    return found.duty_limit or catalogue.lists.issues.find(found.issue).limit


def likely_issues(found: Match, catalogue: Catalogue) -> list[Issue]:
    """What it could be about, the likeliest first; none where that is sure."""
    if found.issue_sure or found.guess is None:
        return []
    issues = catalogue.lists.issues
    codes = [code for code, _ in found.guess.candidates if code in issues]
    return [issues.find(code) for code in codes[:MOST_ISSUES]]


def likely_grids(found: Match, city: City) -> list[tuple[Grid, str]]:
    """Where it could be, each with the names of what it lies in: namesakes are told apart by nothing else."""
    if found.grid:
        return []
    chains = [city.chain(code) for code in found.place.candidates]
    return [(chain[0], "".join(each.name for each in reversed(chain[1:]))) for chain in chains]


def sentence(found: Match, catalogue: Catalogue) -> str:
    """Who, for what and where, in which time, and where to go; else what is open, and whom to call."""
    if found.lead is None or found.grid is None or found.issue is None:
        return f"{_open(found, catalogue)}，请拨打{HOTLINE}。"
    city = catalogue.city
    matter = f"{city.grid(found.grid).name}的“{catalogue.lists.issues.find(found.issue).name}”"
    around = "因诉求涉及原责任单位，回避并上提，" if found.explanation["around"] else ""
    helpers = "、".join(city.unit(code).name for code in found.co_units)
    limit = limit_of(found, catalogue)
    told = f"{matter}，{around}由{city.unit(found.lead).name}负责"
    told += f"，{helpers}协办" if helpers else ""
    told += f"，时限{limit.amount}{COUNTED[limit.unit]}" if limit else ""
    station = station_of(found.grid, city)
    return told + (f"；可到{station.name}（{station.address}，电话{station.phone}）。" if station else "。")


def _open(found: Match, catalogue: Catalogue) -> str:
    """What is missing for an answer."""
    missing = []
    if found.grid is None:
        missing.append(f"地点不明确（{PLACE_OPEN.get(found.place.reason, '')}）")
    if not found.issue_sure:
        missing.append("事项拿不准")
    if missing or found.grid is None:
        return "，".join(missing)
    if found.explanation["around"]:
        return "诉求涉及责任单位本身，由谁办理要另行决定"
    if not catalogue.city.grid(found.grid).level.grassroots:
        return "地点范围过大，要说到街道或居村才能确定"
    return "清单没有定下这件事由谁负责"
