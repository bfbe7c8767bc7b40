"""Figures of each part of a whole (units, grids, issues, channels), and the cases behind a figure.

Only units and grids with enough answers get a place in an order; nothing is ever counted by person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.fates import Choice, chosen, raw_lines
from feedback.figures import Opened, kept_by, opened
from feedback.formulas import Formulas
from services.identity import Unit
from services.problems import invalid

RANKED = ("unit", "grid")


@dataclass(frozen=True)
class Piece:
    """One part of the whole, with its figures and its place where it has one."""

    code: str
    name: str
    figures: Opened
    rank: int | None = None


@dataclass(frozen=True)
class Behind:
    """Which cases of a choice are asked for: those of one fate, or of a rate's numerator, denominator or exclusions."""

    rate: str
    part: str


async def pieces(
    session: AsyncSession, choice: Choice, facet: str, formulas: Formulas, *, as_of: datetime
) -> list[Piece]:
    """The children of the node that the choice names in this tree (of its top where it names none), by code."""
    parent = choice.named().get(facet, "")
    if not parent and facet in RANKED:
        parent = await top(session, choice, facet, as_of=as_of)
    counts = await kept_by(session, choice, facet, parent, as_of=as_of)
    names = await named(session, counts) if facet in RANKED else {}
    found = {code: opened(each, formulas) for code, each in counts.items()}
    places = ranks(found) if facet in RANKED else {}
    return [Piece(code, names.get(code, code), each, places.get(code)) for code, each in found.items()]


async def top(session: AsyncSession, choice: Choice, facet: str, *, as_of: datetime) -> str:
    """The city's own node where there is one, so that its districts are the parts and not the city itself."""
    roots = list(await kept_by(session, choice.within(**{facet: None}), facet, "", as_of=as_of))
    return roots[0] if len(roots) == 1 else ""


def ranks(found: Mapping[str, Opened]) -> dict[str, int]:
    """Places by the composite; who has too few answers, or none of some rate, has no place. Equals share one."""
    whole = {code: each.composite for code, each in found.items()}
    values = {code: made.value for code, made in whole.items() if made and made.value is not None and not made.small}
    return {code: 1 + sum(other > value for other in values.values()) for code, value in values.items()}


async def named(session: AsyncSession, codes: Mapping[str, Any]) -> dict[str, str]:
    """What units are called; a grid without an organisation of its code stays a code."""
    rows = await session.execute(select(Unit.code, Unit.name).where(Unit.code.in_(list(codes))))
    return {row.code: row.name for row in rows}


def fates_of(behind: Behind, formulas: Formulas) -> list[str] | None:
    """The fates of a part; None where it is all but those of the denominator. Raises Invalid for unknown ones."""
    if behind.rate not in formulas.rates:
        raise invalid("rate", f"is one of {', '.join(formulas.rates)}", "name a rate of this formula")
    weights = formulas.parts(behind.rate)
    if behind.part == "numerator":
        return [part for part, weight in weights.items() if weight]
    if behind.part == "denominator":
        return list(weights)
    return None if behind.part == "excluded_all" else [behind.part]


def cases_behind(
    choice: Choice, behind: Behind, formulas: Formulas, *, as_of: datetime, only: Sequence[str] | None = None
) -> Select[Any]:
    """The cases of a figure (among `only` those), by the filter of its count, in the order they were received in."""
    these = None if only is None else select(func.unnest(cast(list(only), ARRAY(Text))))
    lines = raw_lines(as_of, choice.zone, only=these).subquery("raw")
    fate, fates = lines.c[behind.rate], fates_of(behind, formulas)
    wanted = fate.in_(fates) if fates is not None else fate.not_in(list(formulas.parts(behind.rate)))
    own = (lines.c.case_no, lines.c.received_at, lines.c.channel, lines.c.issue, lines.c.grid_code, lines.c.lead_code)
    found = select(*own, fate.label("fate")).where(*chosen(choice, lines.c), wanted)
    return found.order_by(lines.c.received_at, lines.c.case_no)
