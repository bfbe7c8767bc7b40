"""Who is responsible: the place, the issue, the row that wins, and why. Pure: a question and a snapshot, then a match.

It never guesses: without a sure place, a sure issue and a row, the match is not sure and a dispatcher decides.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from routing.catalogue import Catalogue
from routing.city import Unit
from routing.classifying import IssueGuess
from routing.conflicts import above, highest, unaccused
from routing.duties import Duty, duty_at, reserved, too_wide
from routing.explaining import Found, explain, lost
from routing.lists import Issue, IssueList
from routing.places import PlaceGuess
from services.limits import Limit
from services.messages import Place

__all__ = ["Match", "Question", "answer_of_list", "match", "reserved"]

POSSIBLE = 0.25
"""Rows of a sure class count as possible from this part of the likeliest row's share on."""


@dataclass(frozen=True)
class Question:
    """What is known of a report: its redacted words, the issue if the desk gave one, the place as told."""

    text: str
    issue: str | None = None
    place: Place = field(default_factory=Place)
    item_type: str | None = None
    channel: str | None = None
    settled: bool = False
    """The place's grid is decided already: the words are not read for another."""


class Match(NamedTuple):
    """The answer: what was found, and in which snapshot. All else follows from these."""

    found: Found
    co_units: tuple[str, ...]
    confidence: float
    catalogue: Catalogue

    @property
    def sure(self) -> bool:
        """False where a dispatcher has to decide; then `lead` is empty."""
        return self.found.lead is not None

    @property
    def lead(self) -> str | None:
        return self.found.lead.code if self.found.lead else None

    @property
    def issue(self) -> str | None:
        return self.found.issue.code if self.found.issue else None

    @property
    def issue_sure(self) -> bool:
        return self.found.issue_sure

    @property
    def grade(self) -> str | None:
        return self.found.issue.grade.value if self.found.issue else None

    @property
    def guess(self) -> IssueGuess | None:
        """The model's answer where it was asked."""
        return self.found.guess

    @property
    def place(self) -> PlaceGuess:
        return self.found.place

    @property
    def grid(self) -> str | None:
        return self.found.place.grid

    @property
    def duty_limit(self) -> Limit | None:
        return self.found.duty.row.limit if self.found.duty else None

    @property
    def power(self) -> str | None:
        return self.found.duty.row.power.value if self.found.duty else None

    @property
    def explanation(self) -> dict[str, Any]:
        """Why: written out of what was found when somebody asks."""
        return explain(self.found, self.catalogue)


def match(question: Question, catalogue: Catalogue, *, day: date, threshold: float) -> Match:
    """Place, issue and duty of a report, with the reasons. The same question on the same day under the same versions
    of lists and model has the same answer."""
    place = _place(question, catalogue)
    issue, guess, sure_issue = _issue(question, catalogue, place.grid, day, threshold)
    duty = duty_at(issue, place.grid, catalogue, day) if issue and place.grid and sure_issue else None
    wide = duty is not None and place.grid is not None and too_wide(duty, place.grid, catalogue)
    unknown = _unknown(question, catalogue)
    duty = None if wide or unknown else duty
    lead, around = _lead(duty, issue, question, catalogue)
    co_units = unaccused(duty.co_units, question.text, issue, question.item_type) if duty and issue else ()
    confidence = min(place.confidence, guess.confidence if guess else 1.0) if lead else 0.0
    return Match(
        Found(day, place, issue, guess, sure_issue, duty, wide, lead, around, unknown),
        tuple([unit.code for unit in co_units if unit is not lead]),
        round(confidence, 4),
        catalogue,
    )


def _place(question: Question, catalogue: Catalogue) -> PlaceGuess:
    text = "" if question.settled else question.text
    return catalogue.places.guess(text, question.place)


def _unknown(question: Question, catalogue: Catalogue) -> dict[str, str]:
    """Codes given with the report that do not exist: whoever gave them meant something, so a person looks."""
    unknown: dict[str, str] = {}
    issue, grid = question.issue, question.place.grid
    if issue and issue not in catalogue.lists.issues:
        unknown["issue"] = issue
    if grid and not question.settled and grid not in catalogue.city:
        unknown["grid"] = grid
    return unknown


def answer_of_list(
    catalogue: Catalogue, *, issue: str, grid: str, day: date
) -> tuple[str | None, Unit | None, list[dict[str, str]]]:
    """The row that wins for an issue at a place, the unit it means there, and the rows that lost."""
    duty = duty_at(catalogue.lists.issues.find(issue), grid, catalogue, day)
    return (duty.row.row, duty.lead, [lost(each) for each in duty.decision.losers]) if duty else (None, None, [])


def _issue(
    question: Question, catalogue: Catalogue, grid: str | None, day: date, threshold: float
) -> tuple[Issue | None, IssueGuess | None, bool]:
    """The issue, the model's guess where it was asked, and whether it is sure enough to send somebody."""
    issues = catalogue.lists.issues
    if question.issue and question.issue in issues:
        return issues.find(question.issue), None, True
    guess = catalogue.classify(question.text)
    rows = _rows(guess, issues)
    if not rows:
        return None, guess, False
    sure = guess.confidence >= threshold and not question.issue
    if sure and guess.issue != rows[0].code:
        sure = grid is not None and len({_lead_of(row, grid, catalogue, day) for row in rows}) == 1
    return rows[0], guess, sure


def _rows(guess: IssueGuess, issues: IssueList) -> list[Issue]:
    """The rows of its class that the model takes for possible, the likeliest first; one where it is sure of the row."""
    if guess.issue in issues and guess.issue != guess.class_code:
        return [issues.find(guess.issue)]
    inside = [(code, share) for code, share in guess.candidates if code.startswith(guess.class_code) and code in issues]
    most = max((share for _, share in inside), default=0.0)
    return [issues.find(code) for code, share in inside if share >= POSSIBLE * most]


def _lead_of(issue: Issue, grid: str, catalogue: Catalogue, day: date) -> str | None:
    duty = duty_at(issue, grid, catalogue, day)
    return duty.lead.code if duty else None


def _lead(duty: Duty | None, issue: Issue | None, question: Question, catalogue: Catalogue) -> tuple[Unit | None, bool]:
    """Who leads, and whether that goes around the unit that the row names."""
    if duty is None or issue is None:
        return None, False
    barred = highest(duty.lead, question.text, issue, catalogue.city, question.item_type)
    if barred is None:
        return duty.lead, False
    return above(barred, question.text, issue, catalogue.city, question.item_type), True
