"""What the two lists consist of: issues, and rows of responsibility."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum
from functools import cached_property

from services.limits import Limit

ANY_ISSUE = "*"


class Grade(StrEnum):
    """分级分类处置: simple ones are solved fast, complex ones together, urgent ones ring."""

    SIMPLE = "simple"
    COMPLEX = "complex"
    URGENT = "urgent"


class Power(StrEnum):
    """What the lead may do: 执法, 协调, 告知."""

    ENFORCE = "enforce"
    COORDINATE = "coordinate"
    INFORM = "inform"


class ScopeKind(StrEnum):
    ANYWHERE = "anywhere"
    KIND = "kind"
    SUBTREE = "subtree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """A row of the issue list. `reserved_to` is the function of the department that the law reserves it to."""

    code: str
    parent: str | None
    name: str
    grade: Grade
    limit: Limit
    filing_condition: str
    closing_condition: str
    evidence: bool
    reserved_to: str | None
    reserved_basis: str | None
    public: bool
    phrases: tuple[str, ...]
    questions: tuple[str, ...]
    keywords: tuple[str, ...]

    @property
    def class_code(self) -> str:
        """The code of its first-level class, which can be itself."""
        return self.parent or self.code

    @property
    def lineage(self) -> tuple[str, ...]:
        """What a row of responsibility may name to mean this issue, the most specific first."""
        return (self.code, self.parent, ANY_ISSUE) if self.parent else (self.code, ANY_ISSUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """A row of the responsibility list. `lead` and `co` are duties (`@area`) or units' codes.

    It is in force on both days of its validity; without a last day it has no end.
    """

    row: str
    issue: str
    scope_kind: ScopeKind
    scope: str | None
    lead: str
    co: tuple[str, ...]
    power: Power
    limit: Limit | None
    legal_basis: str | None
    handed_down: bool
    valid_from: date
    valid_to: date | None

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def hands_down(self, issue: Issue) -> bool:
        """Whether it lifts the hard rule: it names this very matter, and the legal basis for handing it down."""
        return self.handed_down and self.legal_basis is not None and self.issue == issue.code


def columns(row: type[Issue] | type[Responsibility]) -> tuple[str, ...]:
    """The columns of the sheet that holds such rows; a limit takes two."""
    names = (field.name for field in fields(row))
    return tuple(column for name in names for column in ((name, "limit_unit") if name == "limit" else (name,)))


class UnknownIssue(LookupError):
    """No row of the issue list has this code."""


@dataclass(frozen=True)
class IssueList:
    """The whole issue list, in its own order."""

    issues: tuple[Issue, ...]

    def __iter__(self) -> Iterator[Issue]:
        return iter(self.issues)

    def __len__(self) -> int:
        return len(self.issues)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def find(self, code: str) -> Issue:
        if code not in self._by_code:
            raise UnknownIssue(f"no issue has the code {code!r}")
        return self._by_code[code]

    @cached_property
    def classes(self) -> tuple[Issue, ...]:
        """The first level."""
        return tuple(issue for issue in self.issues if issue.parent is None)

    def under(self, code: str) -> tuple[Issue, ...]:
        """The rows of a first-level class, without the class itself."""
        return tuple(issue for issue in self.issues if issue.parent == code)

    @cached_property
    def _by_code(self) -> dict[str, Issue]:
        return {issue.code: issue for issue in self.issues}
