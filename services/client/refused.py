"""A problem document as one exception: what broke, which field, which rule, what to do."""

from dataclasses import dataclass
from typing import Any

import httpx

LOST_RACE = frozenset({409, 412})
SHOWN = 400


@dataclass(frozen=True)
class Fault:
    """One field that breaks a rule, and what would mend it."""

    field: str
    rule: str
    remedy: str


class Refused(Exception):
    """A service answered with a problem. Nothing was changed; `remedy` and `faults` say what to do.

    Neither it nor its text holds what was sent.
    """

    def __init__(self, answer: httpx.Response) -> None:
        told = _document(answer)
        self.status = answer.status_code
        self.type = str(told.get("type", "about:blank"))
        self.title = str(told.get("title", answer.reason_phrase))
        self.detail = str(told.get("detail", ""))
        self.remedy = str(told.get("remedy", ""))
        self.faults = tuple(_fault(each) for each in told.get("errors", ()) if isinstance(each, dict))
        self.request_id = answer.headers.get("x-request-id", "")
        self.document = told
        request = answer.request
        super().__init__(f"{request.method} {request.url.path}: {self.status} {self._words(answer)}")

    @property
    def slug(self) -> str:
        """The last word of the type, such as `version-stale`."""
        return self.type.rpartition(":")[2]

    @property
    def lost_race(self) -> bool:
        """Whether somebody was faster: read again, look, decide."""
        return self.status in LOST_RACE

    def _words(self, answer: httpx.Response) -> str:
        faults = [f"{each.field}: {each.rule} ({each.remedy})" for each in self.faults]
        told = " · ".join(part for part in (self.slug, self.detail, *faults, self.remedy) if part)
        return told if self.document else answer.text[:SHOWN]


def _document(answer: httpx.Response) -> dict[str, Any]:
    """Empty where somebody between us and the service answered."""
    if "problem+json" not in answer.headers.get("content-type", ""):
        return {}
    found = answer.json()
    return found if isinstance(found, dict) else {}


def _fault(told: dict[str, Any]) -> Fault:
    return Fault(*(str(told.get(name, "")) for name in ("field", "rule", "remedy")))
