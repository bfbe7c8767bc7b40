"""Whether every issue has exactly one lead everywhere and always: the proof over a list, a city and time. Pure."""

from routing.coverage.checking import check
from routing.coverage.findings import Coverage, Example, Finding, Interval
from routing.coverage.leading import Cause, Lead, Nobody, Spot, who_leads

__all__ = ["Cause", "Coverage", "Example", "Finding", "Interval", "Lead", "Nobody", "Spot", "check", "who_leads"]
