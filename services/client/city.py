"""What can be done through the client, in the words of the trade: cases, orders and their moves, figures, maps."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Unpack, cast

import httpx

from services.client.answers import (
    Case,
    CaseStatus,
    Feature,
    Figures,
    GridsImported,
    Order,
    OrderFace,
    OrderLine,
    Responsible,
)
from services.client.asking import Asker
from services.client.bodies import Amendment, NewCase

CASES, ORDERS, MAPS = "/intake/v1/cases", "/routing/v1/orders", "/routing/v1/maps"
PROPOSED = 202


@dataclass(frozen=True)
class Moved:
    """The order after a move; `proposal` is set where it waits for a second person."""

    order: OrderFace
    proposal: str | None = None


class Gridloop(Asker):
    """One installation, or one service of it, seen with one key."""

    async def post_case(self, *, wait: int = 0, once: str | None = None, **told: Unpack[NewCase]) -> CaseStatus:
        """Register a report; with `wait` the answer comes when it is routed, at most so many seconds (10) later."""
        prefer = {"Prefer": f"wait={wait}"} if wait else None
        return cast(CaseStatus, (await self.ask("POST", CASES, told, once=once, headers=prefer)).json())

    async def case(self, case_no: str) -> Case:
        return cast(Case, await self.read(f"{CASES}/{case_no}"))

    def cases(self, **filters: Any) -> AsyncIterator[CaseStatus]:
        """Newest first; filters are those of `GET /intake/v1/cases`."""
        return self.every(CASES, **filters)

    async def amend(self, case_no: str, **told: Unpack[Amendment]) -> CaseStatus:
        return await self._follow(case_no, "amendments", dict(told))

    async def withdraw(self, case_no: str, reason: str) -> CaseStatus:
        return await self._follow(case_no, "withdrawal", {"reason": reason})

    async def chase(self, case_no: str, description: str | None = None) -> CaseStatus:
        return await self._follow(case_no, "chases", {"description": description} if description else {})

    async def appeal(self, case_no: str, reason: str) -> CaseStatus:
        return await self._follow(case_no, "appeals", {"reason": reason})

    async def _follow(self, case_no: str, what: str, told: dict[str, Any]) -> CaseStatus:
        return cast(CaseStatus, (await self.ask("POST", f"{CASES}/{case_no}/{what}", told)).json())

    async def who(self, **asked: Any) -> Responsible:
        """Who answers for a matter (`text` or `issue`) at a place (`address`, `grid`, or `lon` and `lat`). No key."""
        return cast(Responsible, await self.read("/routing/v1/responsible", **asked))

    async def order(self, case_no: str) -> Order:
        return cast(Order, await self.read(f"{ORDERS}/{case_no}"))

    def orders(self, **filters: Any) -> AsyncIterator[OrderLine]:
        """Filters are those of `GET /routing/v1/orders`."""
        return self.every(ORDERS, **filters)

    async def move(self, order: OrderFace, name: str, *, once: str | None = None, **told: Any) -> Moved:
        """Make a move on the order as it was read. `Refused.lost_race` where somebody was faster."""
        path = f"{ORDERS}/{order['case_no']}/{name}"
        answer = await self.ask("POST", path, told, version=order["version"], once=once)
        found = answer.json()
        return Moved(found["order"], found["proposal"]) if answer.status_code == PROPOSED else Moved(found)

    async def figures(self, **choice: Any) -> Figures:
        """The rates of a choice of cases; filters are those of `GET /feedback/v1/figures`."""
        return cast(Figures, await self.read("/feedback/v1/figures", **choice))

    async def import_grids(self, data: bytes, media: str, *, dry_run: bool = False) -> GridsImported:
        """Change the grids by a file of one of the media types of docs/maps.md and docs/grids.md."""
        path, headers = "/routing/v1/grids/imports", {"Content-Type": media}
        answer = await self.ask("POST", path, content=data, headers=headers, query={"dry_run": str(dry_run).lower()})
        return cast(GridsImported, answer.json())

    async def features(self, collection: str, **query: Any) -> AsyncIterator[Feature]:
        """All features of a collection of the map data, page by page."""
        path, asked = f"{MAPS}/collections/{collection}/items", {key: str(value) for key, value in query.items()}
        while True:
            page = await self.read(path, **asked)
            for feature in page["features"]:
                yield feature
            following = [link["href"] for link in page["links"] if link["rel"] == "next"]
            if not following:
                return
            asked = dict(httpx.URL(following[0]).params)
