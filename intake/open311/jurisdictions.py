"""Which part of the city a client means: named where several are served, else the only one."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, true

from intake.models import Report
from intake.open311.arguments import Arguments
from services.problems import NotFound, invalid
from services.settings import Settings


class UnknownJurisdiction(NotFound):
    """There is no such jurisdiction_id here."""

    remedy = "Leave it out, or ask for the one that is served; GET discovery names whom to ask."


@dataclass(frozen=True)
class Jurisdiction:
    """`grid` is the code of its part of the city; None is all of it."""

    name: str
    grid: str | None

    @property
    def cases(self) -> ColumnElement[bool]:
        """The cases that lie in it; before there is a grid, as they were posted."""
        if self.grid is None:
            return true()
        placed = Report.grid_path.contains(f"/{self.grid}/", autoescape=True)
        return or_(placed, and_(Report.grid_path.is_(None), Report.told_district == self.grid))


def served(settings: Settings) -> dict[str, Jurisdiction]:
    """By their ids."""
    parts = [part.strip() for part in settings.open311_jurisdictions.split(",") if part.strip()]
    found = {}
    for part in parts or [settings.city_preset]:
        name, _, grid = part.partition("=")
        found[name.strip()] = Jurisdiction(name.strip(), grid.strip() or None)
    return found


def meant(told: Arguments, settings: Settings) -> Jurisdiction:
    """Raises UnknownJurisdiction (404); Invalid (400) where several are served and none is named."""
    known, name = served(settings), told.one("jurisdiction_id")
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name is None:
        raise invalid("jurisdiction_id", "is needed where several are served", "name one of them")
    if name not in known:
        raise UnknownJurisdiction
    return known[name]
