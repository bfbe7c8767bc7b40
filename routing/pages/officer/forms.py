"""What the officer's forms say, as the bodies of the moves they stand for."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from routing.models import Photo
from routing.schemas import BODIES, ReportDone, Told
from routing.states import Move
from services.clocks import now
from services.problems import FieldFault, Invalid, NotFound

OFFERED = (Move.ACCEPT, Move.CONTACT, Move.REPORT_DONE, Move.DISPUTE, Move.NOTE)
"""What a phone is good for; all else is done at a desk."""
FIELDS: Mapping[Move, tuple[str, ...]] = {
    Move.ACCEPT: (),
    Move.CONTACT: ("at", "how", "result", "words"),
    Move.REPORT_DONE: ("done", "public_answer"),
    Move.DISPUTE: ("reason", "legal_basis", "proposed_unit"),
    Move.NOTE: ("text",),
}


def offered(dashed: str) -> Move:
    """The move of an address. Raises NotFound."""
    found = next((move for move in OFFERED if move.value.replace("_", "-") == dashed), None)
    if found is None:
        raise NotFound
    return found


def body(move: Move, sent: Mapping[str, str], photos: Sequence[Photo]) -> Told:
    """The body of a move. A contact without a time was made just now; photos of this round are evidence."""
    told: dict[str, Any] = {name: sent[name].strip() for name in FIELDS[move] if sent.get(name, "").strip()}
    if move is Move.CONTACT:
        told.setdefault("at", now().isoformat())
    if move is Move.REPORT_DONE:
        told["evidence"] = evidence(sent, photos)
    try:
        return BODIES[move].model_validate(told)
    except ValidationError as error:
        faults = [FieldFault(".".join(map(str, each["loc"])), each["msg"], "fill it in") for each in error.errors()]
        raise Invalid(faults=faults) from None


def evidence(sent: Mapping[str, str], photos: Sequence[Photo]) -> list[dict[str, str]]:
    """Each photo by its id, and what else proves it, in words."""
    words = sent.get("evidence", "").strip()
    most = ReportDone.model_fields["evidence"].metadata[0].max_length
    shown = [{"kind": "photo", "shows": f"现场照片 {photo.id}"} for photo in photos]
    return [*([{"kind": "record", "shows": words}] if words else []), *shown][:most]
