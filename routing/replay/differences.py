"""What a draft of the lists would change about past orders: values, and how they are told."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from routing.city import City
from routing.lists import Power
from services.limits import Limit

NOBODY = "无人主办"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order as it was: what it was about, where and when, and the unit that led it, if any."""

    case_no: str
    issue: str
    grid: str
    day: date
    lead: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a list says to an order. Where nobody leads, `lead` is empty and `why` says why."""

    lead: str | None
    co_units: tuple[str, ...] = ()
    limit: Limit | None = None
    power: Power | None = None
    row: str | None = field(default=None, compare=False)
    why: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.lead}（条目 {self.row}）" if self.lead else f"{NOBODY}：{self.why}"


class Change(StrEnum):
    """What a draft does to an order: nothing, other terms for the same lead, or another lead."""

    SAME = "same"
    TERMS = "terms"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Example:
    """One changed order, with both answers."""

    order: PastOrder
    before: Answer
    after: Answer

    def __str__(self) -> str:
        order = self.order
        return f"{order.case_no}（{order.issue}，{order.grid}，{order.day}）：{self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class UnitChange:
    """The orders a unit would have led, under either list; None is nobody."""

    unit: str | None
    before: int
    after: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class IssueChange:
    """How many orders of an issue there were, and for how many the lead or only the terms would change."""

    issue: str
    orders: int
    lead: int
    terms: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """The orders that would go to another unit, by both units; None is nobody."""

    before: str | None
    after: str | None
    orders: int
    issues: tuple[str, ...]
    examples: tuple[Example, ...]

    def told(self, city: City) -> str:
        sides = (city.unit(unit).name if unit else NOBODY for unit in (self.before, self.after))
        issues = self.issues[0] if len(self.issues) == 1 else f"{self.issues[0]} 等 {len(self.issues)} 项"
        return f"{' → '.join(sides)}：{self.orders} 件（{issues}）。例：{self.examples[0]}"


@dataclass(frozen=True, slots=True)
class Differences:
    """What a draft would change. Orders whose grid the city does not have cannot be decided and are only counted.

    `as_led_before` and `as_led_after` count the orders for which a list names the unit that really led.
    """

    orders: int
    unplaced: int
    lead: int
    terms: int
    as_led_before: int
    as_led_after: int
    by_unit: tuple[UnitChange, ...]
    by_issue: tuple[IssueChange, ...]
    flows: tuple[Flow, ...]

    def told(self, city: City, most: int = 20) -> tuple[str, ...]:
        """The totals and the greatest changes by the units' names, each with an example."""
        lines = [
            f"{self.orders} 件：{self.lead} 件换主办，{self.terms} 件只换协办、时限或权限，{self.unplaced} 件无法重判"
        ]
        lines += [flow.told(city) for flow in self.flows[:most]]
        if len(self.flows) > most:
            rest = sum(flow.orders for flow in self.flows[most:])
            lines.append(f"另有 {len(self.flows) - most} 种去向，共 {rest} 件")
        return tuple(lines)
