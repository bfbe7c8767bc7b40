"""Counts what a draft would change, by unit, by issue and by where orders would go."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from routing.replay.differences import Answer, Change, Differences, Example, Flow, IssueChange, UnitChange

EXAMPLES = 3


def _change(before: Answer, after: Answer) -> Change:
    if before.lead != after.lead:
        return Change.LEAD
    return Change.SAME if before == after else Change.TERMS


@dataclass
class Tally:
    """Counts, and keeps the first few examples of each."""

    orders: int = 0
    unplaced: int = 0
    as_led: Counter[str] = field(default_factory=Counter)
    before: Counter[str | None] = field(default_factory=Counter)
    after: Counter[str | None] = field(default_factory=Counter)
    issues: dict[str, Counter[Change]] = field(default_factory=lambda: defaultdict(Counter))
    flows: dict[tuple[str | None, str | None], Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[object, list[Example]] = field(default_factory=lambda: defaultdict(list))

    def count(self, case: Example) -> None:
        change, order = _change(case.before, case.after), case.order
        self.orders += 1
        self.issues[order.issue][change] += 1
        self.before[case.before.lead] += 1
        self.after[case.after.lead] += 1
        self.as_led["before"] += order.lead is not None and order.lead == case.before.lead
        self.as_led["after"] += order.lead is not None and order.lead == case.after.lead
        if change is not Change.SAME:
            self._keep(order.issue, case)
        if change is Change.LEAD:
            flow = (case.before.lead, case.after.lead)
            self.flows[flow][order.issue] += 1
            self._keep(flow, case)

    def _keep(self, of: object, case: Example) -> None:
        if len(self.examples[of]) < EXAMPLES:
            self.examples[of].append(case)

    def differences(self) -> Differences:
        return Differences(
            orders=self.orders + self.unplaced,
            unplaced=self.unplaced,
            lead=self._total(Change.LEAD),
            terms=self._total(Change.TERMS),
            as_led_before=self.as_led["before"],
            as_led_after=self.as_led["after"],
            by_unit=tuple(sorted(self._units(), key=lambda unit: (-unit.gained - unit.lost, unit.unit or ""))),
            by_issue=tuple(sorted(self._issues(), key=lambda each: (-each.lead, -each.terms, each.issue))),
            flows=tuple(sorted(self._flows(), key=lambda flow: (-flow.orders, flow.before or "", flow.after or ""))),
        )

    def _total(self, change: Change) -> int:
        return sum(changes[change] for changes in self.issues.values())

    def _units(self) -> Iterator[UnitChange]:
        """Those who would gain or lose an order."""
        gained: Counter[str | None] = Counter()
        lost: Counter[str | None] = Counter()
        for (before, after), issues in self.flows.items():
            lost[before] += issues.total()
            gained[after] += issues.total()
        for unit in gained.keys() | lost.keys():
            yield UnitChange(unit, self.before[unit], self.after[unit], gained[unit], lost[unit])

    def _issues(self) -> Iterator[IssueChange]:
        for issue, changes in self.issues.items():
            lead, terms = changes[Change.LEAD], changes[Change.TERMS]
            if lead or terms:
                yield IssueChange(issue, changes.total(), lead, terms, tuple(self.examples[issue]))

    def _flows(self) -> Iterator[Flow]:
        for (before, after), issues in self.flows.items():
            examples = tuple(self.examples[before, after])
            yield Flow(before, after, issues.total(), tuple(code for code, _ in issues.most_common()), examples)
