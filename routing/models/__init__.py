"""routing's rows: the catalogue (places, units, lists) and the orders."""

from routing.models.base import Base
from routing.models.catalogue import (
    LIST_NUMBERS,
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
from routing.models.orders import (
    ACCESS_CHANGES,
    Dispute,
    ListProposal,
    Order,
    OrderUnit,
    Proposal,
    ProposalState,
    TeamRole,
)
from routing.models.repeats import PartedPair

__all__ = [
    "ACCESS_CHANGES",
    "LIST_NUMBERS",
    "AddressRow",
    "Base",
    "CatalogueState",
    "ClassifierRow",
    "Dispute",
    "DutyRow",
    "GridRow",
    "IssueRow",
    "ListProposal",
    "ListState",
    "ListVersion",
    "Order",
    "OrderUnit",
    "OrganisationRow",
    "PartedPair",
    "Proposal",
    "ProposalState",
    "ResponsibilityRow",
    "StationRow",
    "TeamRole",
]
