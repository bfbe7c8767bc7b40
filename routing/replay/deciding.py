"""Decides past orders again under two versions of the lists. Pure: nothing is written."""

from collections.abc import Iterable
from datetime import date

from routing.city import City, UnknownCode
from routing.coverage import Lead, Nobody, Spot, who_leads
from routing.lists import Lists
from routing.replay.differences import Answer, Differences, Example, PastOrder
from routing.replay.tally import Tally
from services.limits import Limit


def replay(orders: Iterable[PastOrder], old: Lists, new: Lists, city: City, *, day: date | None = None) -> Differences:
    """Each order on its own day, or, with a day, as if it came on that day: a draft often begins in the future."""
    tally, judges = Tally(), (_Judge(old, city), _Judge(new, city))
    for order in orders:
        try:
            before, after = (judge.answer(order.issue, order.grid, day or order.day) for judge in judges)
        except UnknownCode:
            tally.unplaced += 1
        else:
            tally.count(Example(order, before, after))
    return tally.differences()


class _Judge:
    """Answers from one version of the lists; the same question is decided once."""

    def __init__(self, lists: Lists, city: City) -> None:
        self._lists = lists
        self._city = city
        self._spots: dict[str, Spot] = {}
        self._known: dict[tuple[str, str, date], Answer] = {}

    def answer(self, issue: str, grid: str, day: date) -> Answer:
        """Raises UnknownCode for a grid the city does not have."""
        key = (issue, grid, day)
        if key not in self._known:
            self._known[key] = self._decided(issue, grid, day)
        return self._known[key]

    def _decided(self, code: str, grid: str, day: date) -> Answer:
        if grid not in self._spots:
            self._spots[grid] = Spot.of(grid, self._city)
        if code not in self._lists.issues:
            return Answer(None, why=f"问题清单中没有 {code}")
        issue = self._lists.issues.find(code)
        found = who_leads(issue, self._spots[grid], self._lists.responsibilities, self._city, day)
        if isinstance(found, Nobody):
            return Answer(None, why=found.why)
        return _answer(found, found.row.limit or issue.limit)


def _answer(lead: Lead, limit: Limit) -> Answer:
    co_units = tuple(unit.code for unit in lead.co_units)
    return Answer(lead.unit.code, co_units, limit, lead.row.power, lead.row.row)
