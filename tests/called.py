"""A story whose survey calls the test itself reports, one by one; in the demo a provider calls."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from services.demo.stories import PATIENCE, PAUSE, Story

SURVEYING = "feedback.surveying"


@dataclass
class Called(Story):
    """The provider's part, as the script says: the n-th call that counts says the n-th line, the last goes on."""

    calls_made: int = 0

    async def surveyed(self) -> None:
        """Report the next call; the survey's message may still be on its way to feedback."""
        call = self.calls[min(self.calls_made, len(self.calls) - 1)]
        at = datetime.now(UTC).isoformat()
        data = {"case_no": self.case_no, "round": self.order["round"], "called_at": at, **call}
        if await self.doors.call_back(data) != "recorded":
            await asyncio.sleep(PAUSE)
            return
        self.calls_made += 1
        since = time.monotonic()
        while call["contacted"] and self.order.get("state") == SURVEYING and time.monotonic() - since < PATIENCE:
            await asyncio.sleep(PAUSE)
            await self.look()
