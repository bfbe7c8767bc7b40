"""What routing advises on a form, within a second; without it the form is as good as before."""

import asyncio
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
NOTHING: Advice = {"match": None, "grids": [], "outlines": [], "repeats": []}
FEWEST = 4
"""How many letters tell enough to look for the same."""


async def advice(request: Request, sent: Mapping[str, str], *, with_map: bool = False) -> Advice | None:
    """None where routing does not answer in time. Words go without the reporter's name and number."""
    peers: Peers = request.app.state.peers
    under = request.state.actor.of(Role.CLERK)[0].unit if with_map else None
    wanted: dict[str, Any] = {"form": _form(sent), "grid": sent.get("grid", "").strip()[:60] or None, "under": under}
    found, repeats = await asyncio.gather(
        _asked(peers, "/v1/advice", wanted), _repeats(peers, wanted["form"], request.state.actor.of(Role.CLERK)[0].path)
    )
    return None if found is None else {**found, "repeats": repeats}


async def _asked(peers: Peers, path: str, wanted: Mapping[str, Any]) -> Advice | None:
    try:
        found: Advice = await peers.call("routing", "POST", path, wanted, within=WITHIN)
    except PeerFailed:
        return None
    return found


async def _repeats(peers: Peers, form: Mapping[str, Any], desk: str) -> list[Mapping[str, Any]]:
    """Open cases of this desk's place that are likely the same: by the words alone, not by who else has called."""
    if len(form.get("description", "")) < FEWEST:
        return []
    named = {"text": "description", "address": "address", "grid": "grid_code", "issue": "issue_code"}
    heard = {name: form[field][:5000] for name, field in named.items() if field in form}
    found = await _asked(peers, "/v1/advice/repeats", {"heard": heard, "desk": desk})
    return list(found["items"]) if found else []


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
