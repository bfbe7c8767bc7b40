"""Between the hotline's codes and ours: inwards with a report, outwards with a state. An unknown code fails nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from intake.bridge.records import Kind, MappingRow, MappingVersion
from intake.channels import ItemType
from intake.models import Report
from intake.schemas import HotlineCodes, NewCase
from services.redaction import redact

INWARDS = (Kind.ISSUE, Kind.AREA, Kind.ITEM_TYPE)
PLAIN = ItemType.REQUEST
"""What a report is until a dispatcher says otherwise, where nobody knows the code of its type."""
DISTRICT_DIGITS = 6


@dataclass(frozen=True)
class Told:
    """A code as it was told, and ours; none where nobody knows it."""

    kind: Kind
    code: str
    ours: str | None

    def row(self, report: Report) -> dict[str, Any]:
        """As it is kept with the case; an unknown code could be anything, also somebody's number."""
        code = self.code if self.ours else redact(self.code).text
        facts = {"case_no": report.case_no, "client": report.by_person, "at": report.as_of}
        return {**facts, "kind": self.kind.value, "code": code, "ours": self.ours}


@dataclass(frozen=True)
class CodeMap:
    """A client's published mapping: theirs to ours for what comes in, ours to theirs for states."""

    inwards: Mapping[tuple[str, str], str] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)

    def state(self, state: str, outcome: str | None) -> str | None:
        """Their code of a state: that of state and outcome, else of the state, else of its stage."""
        names = (f"{state}.{outcome}" if outcome else state, state, state.partition(".")[0])
        return next((self.states[name] for name in names if name in self.states), None)

    def translate(self, codes: HotlineCodes) -> list[Told]:
        given = {Kind.ISSUE: codes.issue, Kind.AREA: codes.area, Kind.ITEM_TYPE: codes.item_type}
        return [Told(kind, code, self.inwards.get((kind, code))) for kind, code in given.items() if code]


async def mapping_of(session: AsyncSession, client: UUID, kinds: Iterable[Kind] = tuple(Kind)) -> CodeMap:
    """What is published for this client; an empty one where nothing is."""
    current = MappingVersion.client == client, MappingVersion.state == "published"
    rows = select(MappingRow).join(MappingVersion, MappingVersion.number == MappingRow.version)
    found = (await session.scalars(rows.where(*current, MappingRow.kind.in_(list(kinds))))).all()
    inwards = {(row.kind, row.theirs): row.ours for row in found if row.kind != Kind.STATE}
    return CodeMap(inwards, {row.ours: row.theirs for row in found if row.kind == Kind.STATE})


async def translated(session: AsyncSession, client: UUID, told: NewCase) -> tuple[NewCase, list[Told]]:
    """The report in our codes, and what became of theirs; the plain report costs no statement."""
    codes = told.hotline_codes
    if codes is None:
        return told, []
    given = [code for code in (codes.issue, codes.area, codes.item_type) if code]
    rows = select(MappingRow.kind, MappingRow.theirs, MappingRow.ours).join(
        MappingVersion, MappingVersion.number == MappingRow.version
    )
    rows = rows.where(MappingVersion.client == client, MappingVersion.state == "published")
    rows = rows.where(MappingRow.theirs.in_(given), MappingRow.kind.in_(INWARDS))
    found = CodeMap({(kind, theirs): ours for kind, theirs, ours in await session.execute(rows)})
    return apply(found, told)


def apply(mapping: CodeMap, told: NewCase) -> tuple[NewCase, list[Told]]:
    """Pure: fills the fields of ours that were left empty."""
    if told.hotline_codes is None:
        return told, []
    codes = mapping.translate(told.hotline_codes)
    ours = {code.kind: code.ours for code in codes if code.ours}
    area = ours.get(Kind.AREA)
    district, grid = (area, None) if area and len(area) == DISTRICT_DIGITS else (None, area)
    type_told = any(code.kind is Kind.ITEM_TYPE for code in codes)
    item_type = ItemType(ours[Kind.ITEM_TYPE]) if Kind.ITEM_TYPE in ours else (PLAIN if type_told else None)
    filled = {
        "issue_code": told.issue_code or ours.get(Kind.ISSUE),
        "district_code": told.district_code or district,
        "grid_code": told.grid_code or grid,
        "item_type": told.item_type or item_type,
    }
    return told.model_copy(update=filled), codes


def unmapped(codes: Sequence[Told]) -> tuple[str, ...]:
    """The kinds of the codes that nobody knows."""
    return tuple(code.kind.value for code in codes if code.ours is None)
