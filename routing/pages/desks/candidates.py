"""Who could have a case in triage, and why: the matcher's own answers for the matters and places it could not choose
between, then the rows that lost. Nothing here ranks by anything but the matcher."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from routing.catalogue import Catalogue
from routing.city import UnknownCode, UnknownDuty, resolve
from routing.matching import Match, Question, match
from routing.models import Order
from routing.terms import Terms
from services.messages import Place

MOST = 9
"""As many as there are keys."""
MOST_ISSUES, MOST_PLACES = 5, 3
POSSIBLE = ("broader_issue", "weaker_scope", "wider_grid")


@dataclass(frozen=True)
class Choice:
    """A unit that could have it; with the matter and the place that it would be for."""

    unit: str
    unit_name: str
    issue: str
    issue_name: str
    grid_name: str
    share: float | None
    """How likely the model takes this matter to be; None where the matter is known."""
    why: str
    row: str | None
    first: bool = True
    """Whether the row leads at this place; the others lost to it."""

    @property
    def value(self) -> str:
        return f"{self.unit}|{self.issue}"


def choices(order: Order, catalogue: Catalogue, terms: Terms) -> list[Choice]:
    """At most nine, the likeliest first; none where neither place nor matter could be guessed."""
    day = order.received_at.astimezone(terms.calendar.zone).date()
    found: dict[str, Choice] = {}
    asked = [
        (issue, share, _asked(order, catalogue, terms, issue, grid, day))
        for issue, share in _issues(order, catalogue)
        for grid in _places(order, catalogue)
    ]
    for make in (_leads, _losers):
        for issue, share, answer in asked:
            for choice in make(answer, catalogue, issue, share):
                found.setdefault(choice.value, choice)
    return list(found.values())[:MOST]


def _asked(order: Order, catalogue: Catalogue, terms: Terms, issue: str, grid: str, day: date) -> Match:
    place = Place(grid=grid)
    question = Question(order.text, issue, place, order.item_type, order.channel, settled=True)
    return match(question, catalogue, day=day, threshold=terms.issue_threshold)


def _issues(order: Order, catalogue: Catalogue) -> Sequence[tuple[str, float | None]]:
    """The order's own issue; where it has none, those the model thinks of, by likelihood."""
    issues = catalogue.lists.issues
    if order.issue and order.issue in issues:
        return [(order.issue, None)]
    told = order.explanation.get("issue", {})
    guessed = {str(code): float(share) for code, share in told.get("candidates", ())}
    if told.get("code") and told["code"] not in guessed:
        guessed = {str(told["code"]): float(told.get("confidence", 0.0)), **guessed}
    likely = sorted(guessed.items(), key=lambda pair: -pair[1])
    return [(code, share) for code, share in likely if code in issues and issues.find(code).parent][:MOST_ISSUES]


def _places(order: Order, catalogue: Catalogue) -> list[str]:
    if order.grid:
        return [order.grid] if order.grid in catalogue.city else []
    told = order.explanation.get("place", {}).get("candidates", ())
    return [code for code in told if code in catalogue.city][:MOST_PLACES]


def _leads(answer: Match, catalogue: Catalogue, issue: str, share: float | None) -> Iterator[Choice]:
    lead, duty = answer.found.lead, answer.found.duty
    if lead is not None and answer.grid:
        why = str(answer.explanation["sentence"])
        row = duty.row.row if duty else None
        yield _choice(catalogue, lead.code, issue, answer.grid, share, why, row, first=True)


def _losers(answer: Match, catalogue: Catalogue, issue: str, share: float | None) -> Iterator[Choice]:
    for lost in answer.explanation["lost"]:
        if lost["loss"] not in POSSIBLE or not answer.grid:
            continue
        try:
            unit = resolve(lost["lead"], answer.grid, catalogue.city)
        except (UnknownDuty, UnknownCode):
            continue
        yield _choice(catalogue, unit.code, issue, answer.grid, share, lost["reason"], lost["row"], first=False)


def _choice(
    catalogue: Catalogue,
    unit: str,
    issue: str,
    grid: str,
    share: float | None,
    why: str,
    row: str | None,
    *,
    first: bool,
) -> Choice:
    city, issues = catalogue.city, catalogue.lists.issues
    names = city.unit(unit).name, issues.find(issue).name, city.grid(grid).name
    return Choice(unit, names[0], issue, names[1], names[2], share, why, row, first)
