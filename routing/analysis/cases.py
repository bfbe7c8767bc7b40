"""Which cases a number of a figure counts, and how often each of them: the figure's own tables, one line of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy.ext.asyncio import AsyncSession

from routing.analysis.figures import DONE, ENDED, ROWED, RULED, SPELLS
from routing.analysis.scope import LED, Scope, read


@dataclass(frozen=True)
class Counting:
    """What a line is named by (column of the figure, column of the table), and the condition of each number."""

    tables: str
    source: str
    line: Mapping[str, str]
    numbers: Mapping[str, str]


_PLACED = "strpos(s.grid_path, '/' || CAST(:of_{} AS text) || '/') > 0"
_VISITED = """scoped AS s LEFT JOIN timeline AS t ON t.case_no = s.case_no AND t.move = 'settle_on_spot'"""
_HANDED_OUT, _DISPUTED = "handed_out AS s", "disputes_told AS s"
_ROW = {"row": "s.list_row", "lists": "s.lists"}
COUNTED: Mapping[str, Mapping[str, Counting]] = MappingProxyType(
    {
        "rising": {
            "count": Counting("", "scoped AS s", {"issue": "s.issue", "grid": ""}, {"count": _PLACED.format("grid")})
        },
        "repeat-places": dict.fromkeys(
            ("cases", "merged", "again"),
            Counting(
                ENDED,
                "scoped AS s LEFT JOIN ended AS e ON e.grid = s.grid AND e.issue = s.issue",
                {"grid": "s.grid", "issue": "s.issue"},
                {
                    "cases": "true",
                    "merged": "s.merged_into IS NOT NULL",
                    "again": "s.merged_into IS NULL AND s.received_at > e.closed_at",
                },
            ),
        ),
        "slow-steps": dict.fromkeys(
            ("spells", "still"),
            Counting(
                LED + SPELLS,
                "spells AS s",
                {"unit": "s.unit", "state": "s.to_state"},
                {"spells": "s.until IS NOT NULL", "still": "s.until IS NULL"},
            ),
        ),
        "disputes-by-row": {
            "given": Counting(LED + ROWED, _HANDED_OUT, _ROW, {"given": "true"}),
            **dict.fromkeys(
                ("disputed", *RULED), Counting(LED + ROWED, _DISPUTED, _ROW, {"disputed": "true", **RULED})
            ),
        },
        "share-in-area": dict.fromkeys(
            ("handled", "inside"),
            Counting(
                LED + DONE,
                "done AS d JOIN scoped AS s ON s.case_no = d.case_no LEFT JOIN units AS u ON u.code = d.unit",
                {"area": ""},
                {
                    "handled": _PLACED.format("area"),
                    "inside": f"{_PLACED.format('area')} AND strpos(u.path, '/' || CAST(:of_area AS text) || '/') > 0",
                },
            ),
        ),
        "visits": dict.fromkeys(
            ("found", "settled", "handed_on"),
            Counting(
                "",
                _VISITED,
                {"grid": "s.grid"},
                {
                    "found": "s.channel = 'visit'",
                    "settled": "s.channel = 'visit' AND t.case_no IS NOT NULL",
                    "handed_on": "s.channel = 'visit' AND t.case_no IS NULL",
                },
            ),
        ),
    }
)
"""By figure and number; what no entry is for is no count of cases. A name without a table's column is in the number's
condition."""


async def cases(
    session: AsyncSession, scoped: Scope, figure: str, number: str, line: Mapping[str, str | None]
) -> dict[str, int]:
    """The cases behind a number of a line, each as often as it is counted there. Raises LookupError for no such number.

    The scope is the figure's; of what rises it is the last whole week alone.
    """
    counting = COUNTED[figure][number]
    columns = {name: column for name, column in counting.line.items() if column}
    same = [f"{column} IS NOT DISTINCT FROM CAST(:of_{name} AS text)" for name, column in columns.items()]
    query = f"""{counting.tables}
        SELECT s.case_no, count(*) AS times FROM {counting.source}
        WHERE {" AND ".join([*same, f"({counting.numbers[number]})"])} GROUP BY s.case_no
    """  # noqa: S608 - our own tables and conditions; what is asked for is bound
    found = await read(session, query, scoped, **{f"of_{name}": line.get(name) for name in counting.line})
    return {str(row["case_no"]): int(row["times"]) for row in found}
