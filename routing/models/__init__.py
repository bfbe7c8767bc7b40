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
from routing.models.clocks import CalendarDay, CalendarNotice, Reminder, Ring
from routing.models.deliberation import (
    Ballot,
    Deliberation,
    DeliberationGrid,
    DeliberationOption,
    Statement,
    VotingCode,
)
from routing.models.erasures import ErasedCase
from routing.models.events import CaseEvent, EventWaiting
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
from routing.models.photos import Photo
from routing.models.projects import (
    Allotment,
    Milestone,
    Needed,
    Project,
    ProjectCase,
    ProjectGroup,
    ProjectMember,
    Resource,
)
from routing.models.repeats import PartedPair
from routing.models.worklists import OPEN_STATES, OrderText, SavedView

__all__ = [
    "ACCESS_CHANGES",
    "LIST_NUMBERS",
    "OPEN_STATES",
    "AddressRow",
    "Allotment",
    "Ballot",
    "Base",
    "CalendarDay",
    "CalendarNotice",
    "CaseEvent",
    "CatalogueState",
    "ClassifierRow",
    "Deliberation",
    "DeliberationGrid",
    "DeliberationOption",
    "Dispute",
    "DutyRow",
    "ErasedCase",
    "EventWaiting",
    "GridRow",
    "IssueRow",
    "ListProposal",
    "ListState",
    "ListVersion",
    "Milestone",
    "Needed",
    "Order",
    "OrderText",
    "OrderUnit",
    "OrganisationRow",
    "PartedPair",
    "Photo",
    "Project",
    "ProjectCase",
    "ProjectGroup",
    "ProjectMember",
    "Proposal",
    "ProposalState",
    "Reminder",
    "Resource",
    "ResponsibilityRow",
    "Ring",
    "SavedView",
    "Statement",
    "StationRow",
    "TeamRole",
    "VotingCode",
]
