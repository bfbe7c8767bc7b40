"""How the figures of the analysis stand on a page: what a line is called, its numbers, what is drawn of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from routing.analysis import figures, rising
from routing.analysis.cases import COUNTED
from routing.api.analysis import Asked, AskedPlaces, AskedRising
from routing.pages.desks import wording

SHARES = frozenset({"share", "adjusted"})
HOURS = frozenset({"median_hours", "p90_hours", "total_hours"})


@dataclass(frozen=True)
class Shown:
    """`called` are the columns that name a line, `numbers` those beside them; `drawn` is the whole and the part."""

    name: str
    means: str
    asked: type[Asked]
    headings: Mapping[str, str]
    line: str
    called: Sequence[str]
    numbers: Sequence[str]
    drawn: tuple[str, str]
    none: str
    own: Mapping[str, str] = field(default_factory=dict)
    """Headings in place of the file's."""

    def heading(self, column: str) -> str:
        return self.own.get(column) or self.headings[column]


FIGURES: Mapping[str, Shown] = {
    "rising": Shown(
        "上升",
        "上一个整周（周一至周日）与此前各周相比：每个网格每类事项的件数，和按往期可以预期的件数。"
        "“偶然概率”不超过 5% 的标为上升。",
        AskedRising,
        rising.COLUMNS,
        "事项与网格",
        ("issue_name", "grid_name"),
        ("count", "expected", "past", "adjusted"),
        ("count", "expected"),
        "这一周没有达到 3 件的事项，不作比较。",
        {"adjusted": "偶然概率"},
    ),
    "repeat-places": Shown(
        "重复地点",
        "同一网格同一事项反复出现的地方：共几件，其中几件并单，几件在前一件办结之后又来。",
        AskedPlaces,
        figures.REPEAT_PLACES,
        "网格与事项",
        ("grid_name", "issue_name"),
        ("cases", "merged", "again", "first_at", "last_at"),
        ("cases", "again"),
        "这段时间里没有反复出现的地方。",
        {"merged": "其中并单"},
    ),
    "slow-steps": Shown(
        "慢环节",
        "每个状态停留多久：离开过的次数和时长，以及还停在其中的件。发现阶段算派单的单位，之后算主办单位；转派重新起算。",
        Asked,
        figures.SLOW_STEPS,
        "单位与状态",
        ("unit_name", "state"),
        ("spells", "median_hours", "p90_hours", "total_hours", "still"),
        ("p90_hours", "median_hours"),
        "这段时间里没有受理过件。",
    ),
    "disputes-by-row": Shown(
        "退单出自哪一行",
        "责任清单的哪一行派出去又被退回：派出几次，退单几次，裁定的结果。多的行，多半要改清单。",
        Asked,
        figures.DISPUTED_ROWS,
        "责任清单行",
        ("row", "lists"),
        ("given", "disputed", "share", "elsewhere", "kept", "not_accepted", "open"),
        ("given", "disputed"),
        "这段时间里没有退单。",
    ),
    "share-in-area": Shown(
        "片区内办结",
        "落在每个片区的件里，由片区或片区以下的单位办成的有多少。",
        Asked,
        figures.IN_AREA,
        "片区",
        ("area_name",),
        ("handled", "inside", "share"),
        ("handled", "inside"),
        "这段时间里没有片区内的件办成。",
    ),
    "visits": Shown(
        "走访情况",
        "走访中发现的件，其中几件当场办结，几件转给别的单位。",
        Asked,
        figures.VISITS,
        "网格",
        ("grid_name",),
        ("found", "settled", "share", "handed_on"),
        ("found", "settled"),
        "这段时间里没有走访发现的件。",
    ),
}
BY_HAND = "人工派单或裁定"


def named(figure: str, line: Mapping[str, Any]) -> list[str]:
    """What a line is called, in parts."""
    if figure == "disputes-by-row":
        listed = f"{line['row']}（{line['lists']} 版）" if line["lists"] else line["row"]
        return [each for each in (line.get("matter"), listed) if each] if line["row"] else [BY_HAND]
    if figure == "slow-steps":
        return [line["unit_name"] or line["unit"] or "—", wording.STATES.get(line["state"], line["state"])]
    return [str(line[column] or "—") for column in FIGURES[figure].called]


def told(column: str, value: Any, zone: ZoneInfo) -> str:
    """A number as it is read: shares and chances in per cent, hours with one place, moments as days."""
    if value is None:
        return "—"
    if column in SHARES:
        return "< 0.1%" if column == "adjusted" and value < 0.001 else f"{100 * value:.1f}%"
    if column in HOURS:
        return "< 0.1" if 0 < value < 0.05 else f"{value:.1f}"
    return value.astimezone(zone).strftime("%Y-%m-%d") if isinstance(value, datetime) else str(value)


def line_of(figure: str, column: str, line: Mapping[str, Any]) -> dict[str, str] | None:
    """How an address names the line behind a number; None where the number counts no cases."""
    counting = COUNTED[figure].get(column)
    if counting is None or not line[column]:
        return None
    return {f"of_{name}": str(line[name]) for name in counting.line if line[name] is not None}


def filters_told(asked: BaseModel) -> dict[str, str]:
    """The filters as an address says them."""
    plain = asked.model_dump(mode="json", exclude_none=True, exclude_defaults=True, exclude={"format"})
    return {name: str(value) for name, value in plain.items()}
