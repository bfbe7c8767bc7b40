"""What is answered, as types over plain JSON: nothing is converted, and a field a later version adds does no harm.

A test holds each of them against the contract.
"""

from typing import Any, TypedDict

Json = dict[str, Any]


class Named(TypedDict):
    code: str
    name: str | None


class Deadlines(TypedDict):
    """RFC 3339, with offset."""

    case_due: str | None
    contact_due: str | None
    state_due: str | None


class CaseStatus(TypedDict):
    """How a case stands, as intake knows it."""

    case_no: str
    external_id: str | None
    channel: str
    item_type: str
    state: str
    stage: str | None
    outcome: str | None
    round: int
    issue: Named | None
    grid: Named | None
    unit: Named | None
    co_units: list[Named]
    grade: str | None
    deadlines: Deadlines
    received_at: str
    public_answer: str | None
    merged_into: str | None
    split_from: str | None
    as_of: str


class TimelineEntry(TypedDict):
    at: str
    source: str
    move: str
    state: str | None
    note: str | None


class Case(CaseStatus):
    """With its redacted words and everything that happened."""

    description: str | None
    timeline: list[TimelineEntry]


class OrderFace(TypedDict):
    """How an order stands, as routing works it. `version` goes back with the next move."""

    case_no: str
    version: int
    state: str
    stage: str | None
    outcome: str | None
    round: int
    channel: str
    item_type: str
    issue: Named | None
    grade: str | None
    tags: list[str]
    grid: Named | None
    lead: Named | None
    co_units: list[Named]
    desk: str
    officer: str | None
    deadlines: Json
    received_at: str
    state_since: str
    accepted_at: str | None
    contacted_at: str | None
    handled_at: str | None
    closed_at: str | None
    supervised: bool
    confidential: bool
    merged_into: str | None
    rings: bool
    moves: list[str] | None


class OrderLine(OrderFace):
    """In a list."""

    summary: str


class Order(OrderFace):
    """With its words, its proposals and why it came to whom it came."""

    text: str
    explanation: Json | None
    proposals: list[Json]
    timeline: list[Json]


class Responsible(TypedDict):
    """Who answers for it here; where it is not `sure`, what it could be."""

    sure: bool
    sentence: str
    issue: Named | None
    grid: Named | None
    chain: list[str]
    lead: Json | None
    co_units: list[str]
    limit: str | None
    issue_candidates: list[Named]
    grid_candidates: list[Json]
    call: str | None


class Rate(TypedDict):
    """A rate with what it is made of; over nothing its value is null."""

    value: float | None
    numerator: float
    denominator: int
    excluded: dict[str, int]


class Figures(TypedDict):
    formula: str
    cases: int
    rates: dict[str, Rate]
    as_of: str


class GridsImported(TypedDict):
    """What a file of grids changed, or would change."""

    dry_run: bool
    day: str
    added: Json
    changed: Json
    ended: Json
    unchanged: int
    open_orders: int
    rows_astray: list[str]


class Feature(TypedDict):
    """GeoJSON, WGS-84."""

    type: str
    id: str
    geometry: Json | None
    properties: Json
