"""What other systems do: go through everything in order and take the first that fits. Here to compare with.

It is given what it can have without an index: outlines are tried by their bounds first, names and words as substrings.
It weighs nothing, explains nothing, and answers where the matcher would ask.
"""

from datetime import date

from shapely import Point

from routing.catalogue import Catalogue
from routing.city import Grid, resolve
from routing.geodesy import to_wgs84
from routing.lists import Issue, Responsibility, ScopeKind
from routing.matching import Question
from services.messages import Location


class Scan:
    """Rows and polygons as plain sequences."""

    def __init__(self, catalogue: Catalogue, day: date) -> None:
        self._catalogue, self._day = catalogue, day
        self._outlined = [(grid, grid.geometry.bounds) for grid in catalogue.city.grids if grid.geometry is not None]
        self._named = [grid for grid in reversed(catalogue.city.grids) if grid.geometry is None]

    def lead(self, question: Question) -> str | None:
        """The unit of the first row that fits the first place and the first issue found."""
        grid, issue = self._place(question), self._issue(question)
        if grid is None or issue is None:
            return None
        row = self._row(issue, grid)
        return resolve(row.lead, grid, self._catalogue.city).code if row else None

    def _place(self, question: Question) -> str | None:
        if question.place.location:
            return self._ground(question.place.location)
        told = question.place.address or question.text
        return self._house(told) or next((grid.code for grid in self._named if grid.name in told), None)

    def _ground(self, location: Location) -> str | None:
        x, y = to_wgs84(location)
        for grid, (west, south, east, north) in self._outlined:
            if west <= x <= east and south <= y <= north and _covers(grid, x, y):
                return grid.code
        return None

    def _house(self, told: str) -> str | None:
        for address in self._catalogue.city.addresses:
            if address.name in told:
                digits = "".join(filter(str.isdigit, told.partition(address.name)[2][:6]))
                if address.low is None or (digits and address.covers(int(digits))):
                    return address.grid
        return None

    def _issue(self, question: Question) -> Issue | None:
        issues = self._catalogue.lists.issues
        if question.issue:
            return next((issue for issue in issues if issue.code == question.issue), None)
        return next((issue for issue in issues if any(word in question.text for word in issue.keywords)), None)

    def _row(self, issue: Issue, grid: str) -> Responsibility | None:
        chain = self._catalogue.city.chain(grid)
        scopes: dict[ScopeKind, set[str | None]] = {
            ScopeKind.SUBTREE: set[str | None](each.code for each in chain),
            ScopeKind.KIND: set[str | None](each.kind for each in chain),
            ScopeKind.ANYWHERE: set[str | None]([None]),
        }
        lineage = issue.lineage
        for row in self._catalogue.lists.responsibilities.rows:
            if row.issue in lineage and row.scope in scopes[row.scope_kind] and row.in_force(self._day):
                return row
        return None


def _covers(grid: Grid, x: float, y: float) -> bool:
    return grid.geometry is not None and grid.geometry.intersects(Point(x, y))
