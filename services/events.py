"""Messages as CloudEvents 1.0 in structured JSON: the envelope around each, and the line a receiver answers with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import uuid4

from cloudevents.core.exceptions import BaseCloudEventException
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from pydantic import BaseModel, ConfigDict

from services import tracing
from services.messages import Message
from services.settings import SERVICES, ServiceName

MESSAGES_PATH = "/v1/messages"
BATCH_TYPE = "application/cloudevents-batch+json"
LONGEST = 256  # characters of an id, a kind, a subject
DIGITS = 10  # of a sequence, which must sort as text
Status = Literal["done", "duplicate", "waiting", "ignored", "failed"]


class NotAnEvent(ValueError):
    """Not a CloudEvent 1.0 as the services send them."""


@dataclass(frozen=True)
class Envelope:
    """What is known of a message before it is read. `sequence` counts per subject and source."""

    id: str
    source: ServiceName
    kind: str
    subject: str
    sequence: int
    time: datetime
    traceparent: str | None = None
    """Where it was said: the trace goes on from there."""


class Line(BaseModel):
    """What became of one event of a batch. Anything but `failed` settles it; the detail is an error's class name."""

    model_config = ConfigDict(frozen=True)
    id: str
    status: Status
    detail: str | None = None


def write(message: Message, source: str, sequence: int, traceparent: str | None = None) -> bytes:
    """The message as one CloudEvent with an id of its own."""
    attributes = {
        "id": str(uuid4()),
        "source": f"/{source}",
        "type": message.type,
        "subject": message.subject,
        "time": datetime.now(UTC),
        "datacontenttype": "application/json",
        "sequence": f"{sequence:0{DIGITS}d}",
        **({"traceparent": traceparent} if traceparent else {}),
    }
    return JSONFormat().write(CloudEvent(attributes, message.model_dump(mode="json")))


def read(raw: Any) -> tuple[Envelope, Any]:
    """The envelope and the data of one event of a JSON batch. Raises NotAnEvent."""
    try:
        attributes = {name: value for name, value in raw.items() if name != "data"}
        attributes["time"] = datetime.fromisoformat(attributes["time"])
        event = CloudEvent(attributes)
        return _envelope(event, attributes["sequence"], attributes.get("traceparent")), raw.get("data")
    except (BaseCloudEventException, AttributeError, KeyError, TypeError, ValueError):
        raise NotAnEvent(NotAnEvent.__doc__) from None


def id_of(raw: Any) -> str:
    """The id of an event, as far as there is one."""
    found = raw.get("id") if isinstance(raw, Mapping) else None
    return found if isinstance(found, str) else ""


def _envelope(event: CloudEvent, sequence: str, sent_in: Any) -> Envelope:
    names = (event.get_id(), event.get_type(), event.get_subject() or "")
    source = event.get_source().removeprefix("/")
    number, time = int(sequence), event.get_time()
    if source not in SERVICES or time is None or not 0 <= number < 10**DIGITS or max(map(len, names)) > LONGEST:
        raise ValueError(source)
    traceparent = sent_in if isinstance(sent_in, str) and tracing.read(sent_in) else None
    return Envelope(names[0], source, names[1], names[2], number, time, traceparent)
