"""The two lists: what can be the matter (问题清单), and who is responsible for it where (责任清单). Pure."""

from routing.lists.duties import FUNCTIONS, Functions, grassroots
from routing.lists.faults import Fault, ListFaults, Rule
from routing.lists.issues import ISSUE_COLUMNS, read_issues
from routing.lists.precedence import (
    Candidate,
    Decision,
    Loser,
    Loss,
    OverlappingRows,
    Specificity,
    decide,
    may_lead,
    specificity,
)
from routing.lists.responsibilities import RESPONSIBILITY_COLUMNS, read_responsibilities
from routing.lists.rows import ANY_ISSUE, Grade, Issue, IssueList, Power, Responsibility, ScopeKind, UnknownIssue
from routing.lists.search import ResponsibilityList
from routing.lists.starter import Lists, starter_lists

__all__ = [
    "ANY_ISSUE",
    "FUNCTIONS",
    "ISSUE_COLUMNS",
    "RESPONSIBILITY_COLUMNS",
    "Candidate",
    "Decision",
    "Fault",
    "Functions",
    "Grade",
    "Issue",
    "IssueList",
    "ListFaults",
    "Lists",
    "Loser",
    "Loss",
    "OverlappingRows",
    "Power",
    "Responsibility",
    "ResponsibilityList",
    "Rule",
    "ScopeKind",
    "Specificity",
    "UnknownIssue",
    "decide",
    "grassroots",
    "may_lead",
    "read_issues",
    "read_responsibilities",
    "specificity",
    "starter_lists",
]
