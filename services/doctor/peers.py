"""The other services, as this machine reaches them: whether they answer, are ready, and know the time."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from services.doctor.databases import SKEW, skew
from services.doctor.findings import Finding, good, problem
from services.doctor.machine import WITHIN
from services.settings import ServiceName, Settings


async def peer(
    settings: Settings, service: ServiceName, *, transport: httpx.AsyncBaseTransport | None = None
) -> list[Finding]:
    """What the service says at the address that its peers use."""
    address = f"{settings.peer_url(service)}/{service}"
    setting = f"GRIDLOOP_{service.upper()}_URL"
    try:
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=WITHIN) as client:
            answer = await client.get(f"{address}/readyz")
    except (httpx.HTTPError, httpx.InvalidURL):
        return [problem("peers", f"{service} does not answer at {address}",
                        f"start it (`gridloop serve {service}`), or mend {setting}")]  # fmt: skip
    return [_ready(answer, service, address, setting), *_time(answer, service)]


def _ready(answer: httpx.Response, service: ServiceName, address: str, setting: str) -> Finding:
    if answer.text == "ready\n":
        return good("peers", f"{service} is ready at {address}")
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        return problem("peers", f"{service} answers at {address} and is not ready",
                       "run `gridloop doctor` with its settings: its database or its keys are missing")  # fmt: skip
    return problem("peers", f"what answers at {address} is not {service}", f"mend {setting}")


def _time(answer: httpx.Response, service: ServiceName) -> list[Finding]:
    """The header has whole seconds, so one less is known than of a database."""
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return []
    seconds = (theirs - datetime.now(UTC)).total_seconds() + 0.5
    return [skew(service, seconds)] if abs(seconds) > SKEW + 1 else []
