"""The edge that notices leave by, played: what was sent to whom, and the sender that uses it."""

from typing import Any

import httpx
from front_desk import House

from intake.notices.choices import Way
from intake.notices.contents import Contents
from intake.notices.delivery import Notice, Notifiers
from intake.notices.planning import JOB
from intake.notices.sending import Sender
from intake.notices.wording import wording_of
from services.messaging import Peers

LINK = "http://127.0.0.1:8311/feedback/s/once-only"
PUBLIC = "https://city.example/"


class Phone:
    """Takes everything: occasion, address and words."""

    name = "phone"

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []

    async def send(self, to: str, notice: Notice) -> str | None:
        self.sent.append((notice.occasion.value, to, notice.text))
        return f"m-{len(self.sent)}"


def link(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"url": LINK, "expires_at": "2025-03-20T00:00:00+08:00"})


def sender(
    house: House, phone: Any = None, answer: Any = link, *, ways: Notifiers | None = None, **more: Any
) -> Sender:
    state = house.app.state
    peers = Peers(state.settings, "intake", transport=httpx.MockTransport(answer))
    contents = Contents(house.database, peers, state.vault, key=state.answer_key, public_url=PUBLIC)
    return Sender(
        house.database, state.vault, contents=contents, notifiers=ways or {Way.SMS: phone},
        wording=wording_of(state.settings), consent=more.get("consent", "opt_out"),
    )  # fmt: skip


async def jobs(house: House, occasion: str = "") -> list[bytes]:
    """The payloads that wait, of one occasion or all."""
    rows = await house.rows("select payload from pgqueuer where entrypoint = :name order by id", name=JOB)
    return [bytes(row["payload"]) for row in rows if occasion in bytes(row["payload"]).decode()]
