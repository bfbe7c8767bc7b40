"""Who is responsible: the place, the issue, the row that wins, and why. Pure: a question and a snapshot, then a match.

It never guesses: without a sure place, a sure issue and a row, the match is not sure and a dispatcher decides.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from routing.catalogue import Catalogue
from routing.city import Unit, UnknownDuty, resolve
from routing.classifying import IssueGuess
from routing.lists import Decision, Issue, IssueList, Loser, OverlappingRows, Responsibility, decide, may_lead
from routing.places import PlaceGuess
from services.limits import Limit
from services.messages import Place

POSSIBLE = 0.25
"""Rows of a sure class count as possible from this part of the likeliest row's share on."""
MOST_LOSERS = 8
ACCUSES = re.compile(r"(?:投诉|举报|控告|状告|反映)(?P<whom>[^，。；,.;！!？?]{0,30})")
CONDUCT = "21"
"""The class of how officials behave or answer."""


@dataclass(frozen=True)
class Question:
    """What is known of a report: its redacted words, the issue if the desk gave one, the place as told."""

    text: str
    issue: str | None = None
    place: Place = field(default_factory=Place)
    item_type: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Match:
    """The answer. `sure` is false where a dispatcher has to decide; then `lead` is empty."""

    issue: str | None
    issue_sure: bool
    grid: str | None
    sure: bool
    lead: str | None
    co_units: tuple[str, ...]
    grade: str | None
    duty_limit: Limit | None
    power: str | None
    confidence: float
    place: PlaceGuess
    guess: IssueGuess | None
    explanation: dict[str, Any]


def match(question: Question, catalogue: Catalogue, *, day: date, threshold: float) -> Match:
    """Place, issue and duty of a report, with the reasons. The same question on the same day under the same versions
    of lists and model has the same answer."""
    place = catalogue.places.guess(question.text, question.place)
    issue, guess, sure_issue = _issue(question, catalogue, place.grid, day, threshold)
    duty = _duty(issue, place.grid, catalogue, day) if issue and place.grid and sure_issue else None
    around = _around(duty, issue, question.text, catalogue) if duty else None
    lead = around or (duty.lead if duty else None)
    confidence = min(place.confidence, guess.confidence if guess else 1.0) if lead else 0.0
    return Match(
        issue=issue.code if issue else None,
        issue_sure=sure_issue,
        grid=place.grid,
        sure=lead is not None,
        lead=lead.code if lead else None,
        co_units=tuple(unit.code for unit in duty.co_units if unit.code != (lead and lead.code)) if duty else (),
        grade=issue.grade.value if issue else None,
        duty_limit=duty.row.limit if duty else None,
        power=duty.row.power.value if duty else None,
        confidence=round(confidence, 4),
        place=place,
        guess=guess,
        explanation=_explanation(catalogue, day, place, issue, guess, duty, around, sure_issue),
    )


def reserved(catalogue: Catalogue, *, issue: str | None, grid: str | None, unit: str, day: date) -> bool:
    """Whether the law reserves the matter to a department, so that this unit at the grass roots must not lead it.

    A row that hands the very matter down at this place on this day to this unit lifts the rule.
    """
    if issue is None or issue not in catalogue.lists.issues:
        return False
    found = catalogue.lists.issues.find(issue)
    for candidate in _candidates(found, grid, catalogue, day) if grid else ():
        row = candidate.row
        if candidate.in_force and row.hands_down(found) and _resolved(row.lead, str(grid), catalogue) == unit:
            return False
    return may_lead(found, None, True) is not None


def answer_of_list(
    catalogue: Catalogue, *, issue: str, grid: str, day: date
) -> tuple[str | None, Unit | None, list[dict[str, str]]]:
    """The row that wins for an issue at a place, the unit it means there, and the rows that lost."""
    duty = _duty(catalogue.lists.issues.find(issue), grid, catalogue, day)
    if duty is None:
        return None, None, []
    return duty.row.row, duty.lead, [_lost(each) for each in duty.decision.losers]


@dataclass(frozen=True)
class Duty:
    """The winning row at a place, with its units."""

    row: Responsibility
    lead: Unit
    co_units: tuple[Unit, ...]
    decision: Decision


def _issue(
    question: Question, catalogue: Catalogue, grid: str | None, day: date, threshold: float
) -> tuple[Issue | None, IssueGuess | None, bool]:
    """The issue, the model's guess where it was asked, and whether it is sure enough to send somebody."""
    issues = catalogue.lists.issues
    if question.issue and question.issue in issues:
        return issues.find(question.issue), None, True
    guess = catalogue.classifier.classify(question.text)
    rows = _rows(guess, issues)
    best = rows[0] if rows else None
    sure = guess.confidence >= threshold and best is not None and not question.issue
    if sure and guess.issue != best.code:  # type: ignore[union-attr]
        sure = grid is not None and len({_lead_of(row, grid, catalogue, day) for row in rows}) == 1
    return best, guess, sure


def _rows(guess: IssueGuess, issues: IssueList) -> list[Issue]:
    """The rows of its class that the model takes for possible, the likeliest first; one where it is sure of the row."""
    if guess.issue in issues and len(guess.issue) > len(guess.class_code):
        return [issues.find(guess.issue)]
    inside = [(code, share) for code, share in guess.candidates if code.startswith(guess.class_code) and code in issues]
    most = max((share for _, share in inside), default=0.0)
    return [issues.find(code) for code, share in inside if share >= POSSIBLE * most]


def _lead_of(issue: Issue, grid: str, catalogue: Catalogue, day: date) -> str | None:
    duty = _duty(issue, grid, catalogue, day)
    return duty.lead.code if duty else None


def _candidates(issue: Issue, grid: str, catalogue: Catalogue, day: date) -> Iterable[Any]:
    chain = catalogue.city.chain(grid)
    codes, kinds = [each.code for each in chain], [each.kind for each in chain]
    return catalogue.lists.responsibilities.candidates(issue.code, codes, kinds, day)


def _duty(issue: Issue, grid: str, catalogue: Catalogue, day: date) -> Duty | None:
    """The row that wins; None where no row may lead or two are equal, which a person must see."""
    city = catalogue.city
    try:
        decision = decide(
            issue, tuple(_candidates(issue, grid, catalogue, day)), lambda lead: resolve(lead, grid, city).grassroots
        )
        if decision.winner is None:
            return None
        row = decision.winner.row
        lead = resolve(row.lead, grid, city)
        return Duty(row, lead, tuple(resolve(duty, grid, city) for duty in row.co), decision)
    except (OverlappingRows, UnknownDuty):
        return None


def _resolved(duty: str, grid: str, catalogue: Catalogue) -> str | None:
    try:
        return resolve(duty, grid, catalogue.city).code
    except UnknownDuty:
        return None


def _around(duty: Duty, issue: Issue | None, text: str, catalogue: Catalogue) -> Unit | None:
    """The unit above, where the words accuse the very unit that would lead (the accused never handles it)."""
    if duty.lead.parent is None or not _accused(duty.lead, issue, text):
        return None
    return catalogue.city.unit(duty.lead.parent)


def _accused(unit: Unit, issue: Issue | None, text: str) -> bool:
    names = {unit.name, *_short(unit.name)}
    told = [found["whom"] for found in ACCUSES.finditer(text)]
    if any(name in whom for whom in told for name in names):
        return True
    return issue is not None and issue.code.startswith(CONDUCT) and any(name in text for name in names)


def _short(name: str) -> Iterable[str]:
    """What people call a unit: its name without the suffix and with the everyday one."""
    for suffix, spoken in (("办事处", ""), ("居委会", "居委"), ("居委会", "居委会"), ("村委会", "村委")):
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            yield name.removesuffix(suffix) + spoken


def _explanation(
    catalogue: Catalogue,
    day: date,
    place: PlaceGuess,
    issue: Issue | None,
    guess: IssueGuess | None,
    duty: Duty | None,
    around: Unit | None,
    sure_issue: bool,
) -> dict[str, Any]:
    """All that decided, as JSON; `sentence` says it to a person."""
    return {
        "day": day.isoformat(),
        "lists": catalogue.lists_version,
        "model": catalogue.classifier.version,
        "place": {
            "grid": place.grid,
            "reason": place.reason.value,
            "confidence": place.confidence,
            "candidates": list(place.candidates),
            "evidence": [asdict(each) for each in place.evidence],
        },
        "issue": _issue_reason(issue, guess, sure_issue),
        "row": duty.row.row if duty else None,
        "legal_basis": duty.row.legal_basis if duty else None,
        "lost": [_lost(each) for each in duty.decision.losers[:MOST_LOSERS]] if duty else [],
        "around": duty.lead.code if duty and around else None,
        "sentence": _sentence(catalogue, place, issue, guess, duty, around, sure_issue),
    }


def _issue_reason(issue: Issue | None, guess: IssueGuess | None, sure: bool) -> Mapping[str, Any]:
    if guess is None:
        return {"code": issue.code if issue else None, "reason": "given"}
    return {
        "code": issue.code if issue else None,
        "reason": "text" if sure else "unsure",
        "confidence": guess.confidence,
        "classes": [list(each) for each in guess.classes],
        "candidates": [list(each) for each in guess.candidates],
        "also": list(guess.also),
        "evidence": [gram for gram, _ in guess.evidence],
    }


def _lost(loser: Loser) -> dict[str, str]:
    row = loser.candidate.row
    return {"row": row.row, "lead": row.lead, "loss": loser.loss.value, "reason": loser.reason}


def _sentence(
    catalogue: Catalogue,
    place: PlaceGuess,
    issue: Issue | None,
    guess: IssueGuess | None,
    duty: Duty | None,
    around: Unit | None,
    sure_issue: bool,
) -> str:
    """One sentence in Chinese: what it is, where, whose, by which row; or what is missing."""
    where = f"地点在{catalogue.city.grid(place.grid).name}" if place.grid else "地点不明确"
    what = f"事项为「{issue.name}」" if issue and sure_issue else "事项拿不准"
    if guess is not None and guess.evidence and sure_issue:
        what += f"（依据：{'、'.join(gram for gram, _ in guess.evidence[:3])}）"
    if duty is None:
        reason = "清单中没有可以主办的行" if place.grid and issue and sure_issue else "请派单员判断"
        return f"{where}，{what}；{reason}。"
    by = f"按责任清单{duty.row.row}行由{duty.lead.name}主办"
    if around is not None:
        return f"{where}，{what}；{by}，因诉求涉及该单位，上提一级由{around.name}办理。"
    basis = f"（{duty.row.legal_basis}）" if duty.row.legal_basis else ""
    return f"{where}，{what}；{by}{basis}。"
