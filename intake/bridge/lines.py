"""The lines of a bulk request: read one by one, so that a bad one costs nobody else their case."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ValidationError

from intake import reports
from intake.channels import Channel
from intake.reports import ExternalIdTaken
from intake.schemas import NewCase
from services.problem_answers import fault_of
from services.problems import FieldFault, Invalid, Problem, invalid

MOST = 10_000
Status = Literal["registered", "repeated", "refused"]


class TooManyLines(Problem):
    """A bulk request has at most 10,000 lines."""

    status = 413
    title = "Too many lines"
    remedy = "Send the lines in several requests; what is sent twice is registered once."


class LineResult(BaseModel):
    """What became of a line: `registered` (it is a case now), `repeated` (it was one before), or `refused`."""

    line: int
    status: Status
    external_id: str | None = None
    case_no: str | None = None
    problem: dict[str, Any] | None = None


@dataclass
class Line:
    """One report of a bulk request, from its bytes to its number."""

    number: int
    told: NewCase | None = field(default=None, repr=False)
    digest: bytes = b""
    result: LineResult | None = None

    @property
    def external_id(self) -> str:
        assert self.told
        assert self.told.external_id
        return self.told.external_id

    def settle(self, status: Status, case_no: str) -> None:
        self.result = LineResult(line=self.number, status=status, external_id=self.external_id, case_no=case_no)

    def refuse(self, problem: Problem) -> None:
        known = self.told.external_id if self.told else None
        self.result = LineResult(line=self.number, status="refused", external_id=known, problem=problem.document())

    def same_as(self, digest: bytes, case_no: str) -> None:
        """This external_id has a case already: the same body is a repeat, another one is refused."""
        if digest == self.digest:
            self.settle("repeated", case_no)
        else:
            self.refuse(ExternalIdTaken(case_no=case_no))


def read(body: bytes, key: bytes) -> list[Line]:
    """The lines that say something. Raises TooManyLines."""
    found = [(number, raw) for number, raw in enumerate(body.split(b"\n"), start=1) if raw.strip()]
    if len(found) > MOST:
        raise TooManyLines(limit=MOST)
    if not found:
        raise invalid("(body)", "is newline-delimited JSON, one report to a line", "send at least one line")
    return [_read(number, raw, key) for number, raw in found]


def _read(number: int, raw: bytes, key: bytes) -> Line:
    line = Line(number)
    try:
        line.told = NewCase.model_validate_json(raw)
        _refuse_unfit(line.told)
        line.digest = reports.digest_of(key, line.told)
    except ValidationError as error:
        line.refuse(Invalid(faults=list(_faults(error))))
    except Problem as problem:
        line.refuse(problem)
    return line


def _refuse_unfit(told: NewCase) -> None:
    if told.channel is not Channel.HOTLINE:
        raise invalid("channel", "is hotline in a bulk request", "post other channels one by one")
    if told.external_id is None:
        raise invalid("external_id", "is needed in a bulk request", "send your own number, so that a repeat is known")


def _faults(error: ValidationError) -> Iterator[FieldFault]:
    for each in error.errors(include_url=False, include_input=False):
        yield fault_of(each)


def open_lines(lines: Sequence[Line]) -> list[Line]:
    """Those without a result yet, each external_id once: of two alike the first decides."""
    first: dict[str, Line] = {}
    for line in lines:
        if line.result is None:
            first.setdefault(line.external_id, line)
    return list(first.values())


def settle_doubles(lines: Sequence[Line]) -> None:
    """A line whose external_id stood in an earlier line of the same request."""
    cases = {line.external_id: line for line in lines if line.result and line.result.case_no}
    refused = {line.external_id: line for line in lines if line.told and line.told.external_id and line.result}
    for line in lines:
        if line.result is not None:
            continue
        if first := cases.get(line.external_id):
            assert first.result
            assert first.result.case_no
            line.same_as(first.digest, first.result.case_no)
        else:
            problem = refused[line.external_id].result
            line.result = problem and problem.model_copy(update={"line": line.number})
