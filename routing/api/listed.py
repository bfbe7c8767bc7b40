"""The two lists, to read: issues, and who answers for them."""

from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict

from routing.api.catalogue import Cursor, Limited, Named, Search, catalogue_of, grid_at, named, paged, sought, today
from routing.catalogue import Catalogue
from routing.lists import Issue, Responsibility
from routing.matching import answer_of_list
from services.guarding import router
from services.problems import NotFound, invalid

api = router(tags=["lists"])


class IssueSeen(BaseModel):
    """A row of the issue list (问题清单)."""

    model_config = ConfigDict(from_attributes=True)
    code: str
    parent: str | None
    name: str
    grade: str
    limit: str
    filing_condition: str
    closing_condition: str
    evidence: bool
    reserved_to: str | None
    reserved_basis: str | None
    public: bool
    phrases: list[str]
    questions: list[str]
    keywords: list[str]

    @classmethod
    def of(cls, issue: Issue) -> "IssueSeen":
        facts = {name: getattr(issue, name) for name in cls.model_fields}
        lists = {name: list(facts[name]) for name in ("phrases", "questions", "keywords")}
        return cls(**{**facts, **lists, "limit": str(issue.limit)})


class IssuePage(BaseModel):
    items: list[IssueSeen]
    next: str | None


@api.get("/v1/issues", response_model=IssuePage, summary="The issue list (问题清单)")
async def issues(
    request: Request, parent: str | None = None, q: Search = None, cursor_: Cursor = None, limit: Limited = 50
) -> IssuePage:
    catalogue = await catalogue_of(request)
    rows = [each for each in catalogue.lists.issues if not parent or each.parent == parent]
    found = await sought(catalogue, q, rows, lambda each: (each.name, each.code), lambda each: each.phrases)
    page, following = paged(found, cursor_, limit)
    return IssuePage(items=[IssueSeen.of(each) for each in page], next=following)


@api.get("/v1/issues/{code}", response_model=IssueSeen, summary="One issue")
async def issue(request: Request, code: Annotated[str, Path()]) -> IssueSeen:
    found = (await catalogue_of(request)).lists.issues
    if code not in found:
        raise NotFound
    return IssueSeen.of(found.find(code))


class DutySeen(BaseModel):
    """A row of the responsibility list (责任清单)."""

    row: str
    issue: str
    scope_kind: str
    scope: str | None
    lead: str
    co: list[str]
    power: str
    limit: str | None
    legal_basis: str | None
    handed_down: bool
    valid_from: date
    valid_to: date | None

    @classmethod
    def of(cls, row: Responsibility) -> "DutySeen":
        facts = {name: getattr(row, name) for name in cls.model_fields}
        return cls(**{**facts, "co": list(row.co), "limit": str(row.limit) if row.limit else None})


class DutyPage(BaseModel):
    """`winner`, `lead` and `lost` answer for one issue at one place; without both they are empty."""

    items: list[DutySeen]
    next: str | None
    winner: str | None = None
    lead: Named | None = None
    lost: list[dict[str, str]] = []


@api.get("/v1/responsibilities", response_model=DutyPage, summary="The responsibility list (责任清单)")
async def responsibilities(
    request: Request,
    issue: Annotated[str | None, Query(description="Only rows that fit this issue.")] = None,
    grid: Annotated[str | None, Query(description="With an issue: which row wins at this place.")] = None,
    cursor_: Cursor = None,
    limit: Limited = 50,
) -> DutyPage:
    catalogue = await catalogue_of(request)
    rows = catalogue.lists.responsibilities.rows
    if issue:
        if issue not in catalogue.lists.issues:
            raise invalid("issue", "is a code of the issue list", "look it up under /v1/issues")
        lineage = catalogue.lists.issues.find(issue).lineage
        rows = tuple(row for row in rows if row.issue in lineage)
    page, following = paged(rows, cursor_, limit)
    answer = DutyPage(items=[DutySeen.of(row) for row in page], next=following)
    return _decided(answer, catalogue, issue, grid, today(request)) if issue and grid else answer


def _decided(answer: DutyPage, catalogue: Catalogue, issue: str, grid: str, day: date) -> DutyPage:
    if grid_at(grid, catalogue) is None:
        raise invalid("grid", "is the code of a grid", "look it up under /v1/grids")
    row, lead, lost = answer_of_list(catalogue, issue=issue, grid=grid, day=day)
    return answer.model_copy(update={"winner": row, "lead": named(lead), "lost": lost})
