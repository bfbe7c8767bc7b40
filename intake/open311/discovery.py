"""What Open311 is here, where, and whom to ask: two endpoints, one to work with and one to try things out on."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake.open311 import times
from services.access import OPEN311
from services.settings import Settings

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
SPOKEN_SINCE = datetime.fromisoformat("2026-11-24T00:00:00+08:00")
FORMATS = ("text/xml", "application/json")
LIVE, TRIAL = OPEN311


def discovery(settings: Settings, changed_at: datetime | None, zone: ZoneInfo) -> dict[str, Any]:
    """`changed_at` is when the issue list was published, and with it the services."""
    changeset = times.w3c(max(changed_at or SPOKEN_SINCE, SPOKEN_SINCE), zone)
    here = settings.public_url.rstrip("/")
    endpoints = ((LIVE, "production"), (TRIAL, "test"))
    return {
        "changeset": changeset,
        "contact": f"12345 市民服务热线; {here}/intake/docs",
        "key_service": f"The administrator makes a key of the role `hotline`: POST {here}/routing/v1/keys",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{here}/intake{path}",
                "changeset": changeset,
                "type": kind,
                "formats": list(FORMATS),
            }
            for path, kind in endpoints
        ],
    }
