"""What the tests of drafts share: an editor, two publishers, and the calls they make most."""

from dataclasses import dataclass
from typing import Any

import httpx
from grid_centre import CITY, Centre, Desk

from routing.lists import Lists, starter_lists
from routing.lists.workbook import read_csv, write_csv, write_workbook

XLSX = {"content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
ROW = {
    "issue": "04-04", "scope_kind": "subtree", "scope": "310101023", "lead": "@street", "power": "coordinate",
    "valid_from": "2024-01-01",
}  # fmt: skip
"""Noise from next door, in one street: the street leads, where the starter list says the committee."""


@dataclass
class Office:
    centre: Centre
    editor: Desk
    publisher: Desk
    other: Desk

    @classmethod
    async def opened(cls, centre: Centre) -> "Office":
        desks = [await centre.desk(role, CITY) for role in ("editor", "publisher", "publisher")]
        return cls(centre, *desks)

    async def ask(self, desk: Desk, method: str, path: str, **options: Any) -> httpx.Response:
        return await self.centre.client(desk).request(method, f"/v1/lists{path}", **options)

    async def upload(self, lists: Lists, **options: Any) -> httpx.Response:
        return await self.ask(self.editor, "POST", "", content=write_workbook(lists), headers=XLSX, **options)

    async def drafted(self) -> int:
        """A copy of the published lists."""
        answer = await self.ask(self.editor, "POST", "", json={"from": 1})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["number"])

    async def put_row(self, number: int, name: str = "T1", **facts: Any) -> httpx.Response:
        return await self.ask(self.editor, "PUT", f"/{number}/responsibilities/{name}", json={**ROW, **facts})

    async def checked(self, number: int) -> dict[str, Any]:
        answer = await self.ask(self.editor, "POST", f"/{number}/check")
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    async def publish(self, desk: Desk, number: int, **body: Any) -> httpx.Response:
        return await self.ask(desk, "POST", f"/{number}/publication", json=body)

    async def state(self, number: int) -> str:
        return str((await self.ask(self.publisher, "GET", f"/{number}")).json()["state"])


def without(*rows: str) -> Lists:
    """The starter lists without these rows of responsibility."""
    issues, duties = write_csv(starter_lists())
    kept = [line for line in duties.splitlines(keepends=True) if line.partition(",")[0] not in rows]
    return read_csv(issues, "".join(kept))


def few() -> Lists:
    """Two classes, so that a model is made in no time; one row for everything."""
    issues, duties = write_csv(starter_lists())
    wanted = [line for line in issues.splitlines(keepends=True) if line.split(",")[0][:2] in ("code", "co", "04", "06")]
    head = duties.splitlines(keepends=True)[0]
    anything = {"row": "A1", "issue": "*", "scope_kind": "anywhere", "lead": "@district.urban_management"}
    told = {**anything, "power": "coordinate", "handed_down": "no", "valid_from": "2024-01-01"}
    line = ",".join(told.get(name, "") for name in head.strip().split(","))
    return read_csv("".join(wanted), head + line + "\n")
