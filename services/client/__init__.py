"""A client of gridloop in Python: thin, typed, asynchronous, over httpx. docs/client.md is its guide.

async with Gridloop("http://127.0.0.1:8311", key) as city:
    case = await city.post_case(channel="hotline", item_type="complaint", description="…", wait=3)
"""

from services.client.answers import (
    Case,
    CaseStatus,
    Feature,
    Figures,
    GridsImported,
    Json,
    Order,
    OrderFace,
    OrderLine,
    Responsible,
)
from services.client.asking import Asker
from services.client.bodies import Amendment, NewCase
from services.client.city import Gridloop, Moved
from services.client.refused import Fault, Refused

__all__ = [
    "Amendment",
    "Asker",
    "Case",
    "CaseStatus",
    "Fault",
    "Feature",
    "Figures",
    "Gridloop",
    "GridsImported",
    "Json",
    "Moved",
    "NewCase",
    "Order",
    "OrderFace",
    "OrderLine",
    "Refused",
    "Responsible",
]
