"""清单的行: the rows of one version, to search, and of a draft to edit one by one."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from routing import drafts
from routing.api import catalogue
from routing.api import drafts as api
from routing.api.drafts import Version
from routing.list_faces import DutyTold, IssueTold, VersionSeen
from routing.list_shelves import lists_at
from routing.lists import Issue, Lists, Power, Responsibility, ScopeKind
from routing.lists.rows import ANY_ISSUE, Grade
from routing.pages.lists import STATES, may
from routing.pages.office import PAGES, told
from services.limits import LimitUnit
from services.problems import Problem
from services.staff_pages import fields, page_router

rows_pages = page_router()
LINES = ("phrases", "questions", "keywords", "co")
CHOICES: dict[str, Any] = {
    "grades": {Grade.SIMPLE: "简单", Grade.COMPLEX: "复杂", Grade.URGENT: "紧急"},
    "units": {LimitUnit.WORK_HOURS: "工作小时", LimitUnit.WORKING_DAYS: "工作日", LimitUnit.HOURS: "小时"},
    "powers": {Power.ENFORCE: "执法", Power.COORDINATE: "协调", Power.INFORM: "告知"},
    "scopes": {ScopeKind.ANYWHERE: "任何地方", ScopeKind.KIND: "一类网格", ScopeKind.SUBTREE: "一个网格及以下"},
}


async def _read(request: Request, version: int) -> tuple[VersionSeen, Lists]:
    async with request.app.state.database.unit() as session:
        found = await drafts.find(session, version)
        return VersionSeen.model_validate(found), await lists_at(session, version)


@rows_pages.get("/lists/{version}/issues", response_model=None)
async def issues(request: Request, version: Version) -> Response:
    (seen, lists), asked = await _read(request, version), request.query_params
    known, parent = await catalogue.catalogue_of(request), asked.get("parent")
    rows = [each for each in lists.issues if not parent or each.class_code == parent]
    sought = await catalogue.sought(
        known, asked.get("q"), rows, lambda each: (each.name, each.code), lambda each: each.phrases
    )
    page, following = catalogue.paged(sought, asked.get("cursor"), 50)
    return PAGES.render(
        request, "issues.html", version=seen, rows=page, next=following, q=asked.get("q") or "", parent=parent,
        classes=lists.issues.classes, may=may(request), states=STATES, **CHOICES,
    )  # fmt: skip


@rows_pages.get("/lists/{version}/responsibilities", response_model=None)
async def duties(request: Request, version: Version) -> Response:
    (seen, lists), asked = await _read(request, version), request.query_params
    known, issue = await catalogue.catalogue_of(request), asked.get("issue")
    rows = list(lists.responsibilities.rows)
    if issue and issue in lists.issues:
        lineage = lists.issues.find(issue).lineage
        rows = [row for row in rows if row.issue in lineage]
    sought = await catalogue.sought(
        known, asked.get("q"), rows, lambda each: (each.row, each.issue, each.lead, each.scope or "", *each.co)
    )
    page, following = catalogue.paged(sought, asked.get("cursor"), 50)
    names = {each.code: each.name for each in lists.issues} | {"*": "任何事项"}
    return PAGES.render(
        request, "duty-rows.html", version=seen, rows=page, next=following, q=asked.get("q") or "", issue=issue,
        names=names, may=may(request), states=STATES, **CHOICES,
    )  # fmt: skip


@rows_pages.get("/lists/{version}/issues/{code}", response_model=None)
async def issue(request: Request, version: Version, code: str) -> Response:
    seen, lists = await _read(request, version)
    held = lists.issues.find(code) if code in lists.issues else None
    return _form(request, "issue.html", seen, lists, code, _shown(held) if held else {}, new=held is None)


@rows_pages.get("/lists/{version}/responsibilities/{row}", response_model=None)
async def duty(request: Request, version: Version, row: str) -> Response:
    seen, lists = await _read(request, version)
    held = next((each for each in lists.responsibilities.rows if each.row == row), None)
    return _form(request, "duty.html", seen, lists, row, _shown(held) if held else {}, new=held is None)


@rows_pages.post("/lists/{version}/issues/{code}", response_model=None)
async def keep_issue(request: Request, version: Version, code: str) -> Response:
    """`new` is the code of a row that is not there yet; `remove` takes the row out."""
    sent = await fields(request)
    name = sent.get("name_in_path") or code
    try:
        if sent.get("remove"):
            await api.remove_issue(request, version, code)
        else:
            await api.put_issue(request, version, name, told(IssueTold, _facts(sent, IssueTold)))
    except Problem as problem:
        seen, lists = await _read(request, version)
        return _form(request, "issue.html", seen, lists, name, sent, new=code == "new", problem=problem)
    return RedirectResponse(f"/routing/lists/{version}/issues?done=1", 303)


@rows_pages.post("/lists/{version}/responsibilities/{row}", response_model=None)
async def keep_duty(request: Request, version: Version, row: str) -> Response:
    sent = await fields(request)
    name = sent.get("name_in_path") or row
    try:
        if sent.get("remove"):
            await api.remove_row(request, version, row)
        else:
            await api.put_row(request, version, name, told(DutyTold, _facts(sent, DutyTold)))
    except Problem as problem:
        seen, lists = await _read(request, version)
        return _form(request, "duty.html", seen, lists, name, sent, new=row == "new", problem=problem)
    return RedirectResponse(f"/routing/lists/{version}/responsibilities?done=1", 303)


def _form(
    request: Request,
    template: str,
    seen: VersionSeen,
    lists: Lists,
    name: str,
    sent: Mapping[str, str],
    *,
    new: bool,
    problem: Problem | None = None,
) -> Response:
    editable = may(request)["edit"] and seen.state in ("draft", "checked")
    return PAGES.render(
        request, template, version=seen, name="" if name == "new" else name, sent=sent, new=new, editable=editable,
        problem=problem, states=STATES, **_options(lists),
    )  # fmt: skip


def _options(lists: Lists) -> dict[str, Any]:
    """What the form's choices offer: code and name."""
    named = [(each.code, f"{each.code} {each.name}") for each in lists.issues]
    return {
        "parents": [("", "—"), *((each.code, f"{each.code} {each.name}") for each in lists.issues.classes)],
        "issue_options": [(ANY_ISSUE, "任何事项"), *named],
        **{
            f"{name.removesuffix('s')}_options": [(code.value, words) for code, words in choices.items()]
            for name, choices in CHOICES.items()
        },
    }


def _shown(row: Issue | Responsibility) -> dict[str, str]:
    """A row as the form's texts: parts stand one a line."""
    facts = asdict(row)
    limit = facts.pop("limit")
    texts = {name: _text(value) for name, value in facts.items()}
    return texts | ({"amount": str(limit["amount"]), "unit": str(limit["unit"])} if limit else {})


def _text(value: Any) -> str:
    match value:
        case tuple():
            return "\n".join(value)
        case bool():
            return "1" if value else ""
        case _:
            return "" if value is None else str(value)


def _facts(sent: Mapping[str, str], model: type[IssueTold] | type[DutyTold]) -> dict[str, Any]:
    """The form's texts as the body that the API takes."""
    facts: dict[str, Any] = {name: text.strip() for name, text in sent.items() if name in model.model_fields}
    for name in LINES:
        if name in facts:
            facts[name] = [line.strip() for line in facts[name].splitlines() if line.strip()]
    for name in ("evidence", "public", "handed_down"):
        if name in model.model_fields:
            facts[name] = sent.get(name) == "1"
    if sent.get("amount"):
        facts["limit"] = {"amount": sent["amount"], "unit": sent.get("unit")}
    return facts
