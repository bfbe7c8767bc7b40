"""routing's rows: the catalogue (places, units, lists) and the orders."""

from routing.models.base import Base
from routing.models.catalogue import (
    AddressRow,
    CatalogueState,
    ClassifierRow,
    DutyRow,
    GridRow,
    IssueRow,
    ListState,
    ListVersion,
    OrganisationRow,
    ResponsibilityRow,
    StationRow,
)

__all__ = [
    "AddressRow",
    "Base",
    "CatalogueState",
    "ClassifierRow",
    "DutyRow",
    "GridRow",
    "IssueRow",
    "ListState",
    "ListVersion",
    "OrganisationRow",
    "ResponsibilityRow",
    "StationRow",
]
