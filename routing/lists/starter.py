"""The two lists that ship with the software; see docs/lists.md for their sources and what is synthetic."""

from dataclasses import dataclass
from importlib.resources import files

from routing.lists.issues import SHEET as ISSUES
from routing.lists.issues import read_issues
from routing.lists.responsibilities import SHEET as RESPONSIBILITIES
from routing.lists.responsibilities import read_responsibilities
from routing.lists.rows import IssueList
from routing.lists.search import ResponsibilityList


@dataclass(frozen=True)
class Lists:
    issues: IssueList
    responsibilities: ResponsibilityList


def starter_lists() -> Lists:
    issues = read_issues(_text(ISSUES))
    return Lists(issues, read_responsibilities(_text(RESPONSIBILITIES), issues))


def _text(sheet: str) -> str:
    return files("routing.starter").joinpath(sheet).read_text("utf-8")
