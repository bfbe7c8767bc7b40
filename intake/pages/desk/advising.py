"""What routing advises on a form, within a second; without it the form is as good as before."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from intake import reporters
from intake.reporters import Identity
from services.messaging import PeerFailed, Peers
from services.roles import Role

WITHIN = 1.0
FORM = ("description", "address", "grid_code", "issue_code", "item_type")
Advice = Mapping[str, Any]
NOTHING: Advice = {"match": None, "grids": [], "outlines": []}


async def advice(request: Request, sent: Mapping[str, str], *, with_map: bool = False) -> Advice | None:
    """None where routing does not answer in time. Words go without the reporter's name and number."""
    peers: Peers = request.app.state.peers
    under = request.state.actor.of(Role.CLERK)[0].unit if with_map else None
    wanted = {"form": _form(sent), "grid": sent.get("grid", "").strip()[:60] or None, "under": under}
    try:
        found: Advice = await peers.call("routing", "POST", "/v1/advice", wanted, within=WITHIN)
    except PeerFailed:
        return None
    return found


def _form(sent: Mapping[str, str]) -> dict[str, Any]:
    identity = Identity(sent.get("name", "").strip() or None, sent.get("phone", "").strip() or None)
    text = {name: sent[name].strip()[:300] for name in FORM if sent.get(name, "").strip()}
    if "description" in text:
        text["description"] = reporters.hide(sent["description"].strip()[:10_000], identity)
    if "address" in text:
        text["address"] = reporters.hide(text["address"], identity)
    form: dict[str, Any] = dict(text)
    try:
        form["location"] = {"lon": float(sent["lon"]), "lat": float(sent["lat"]), "crs": "WGS-84"}
    except (KeyError, ValueError):
        return form
    return form
