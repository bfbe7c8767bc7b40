"""One trace from the hotline's POST to the provider's callback and back: three services, their queues, one id."""

import asyncio
import json
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

from feedback import offers
from routing.telling import in_sample
from services import presets, tracing
from services.database import Database
from services.demo.doors import Doors
from services.settings import Settings

FROM_THEM = "00f067aa0ba902b7"
NAME, PHONE, STREET = "欧阳样例", "13800001234", "弄堂口"
REPORT = {
    "channel": "hotline", "item_type": "complaint", "issue_code": "05-01", "grid_code": "310101023011",
    "description": f"{STREET}垃圾堆了三天没人清运。", "reporter": {"name": NAME, "phone": PHONE},
}  # fmt: skip
SETTLED = {**REPORT, "channel": "walk_in", "settled": {"done": "当场联系保洁清运"}}


class Watched:
    """The spans of one trace, as they end."""

    def __init__(self, kept: InMemorySpanExporter) -> None:
        self.kept, self.trace = kept, secrets.token_hex(16)

    @property
    def spans(self) -> list[ReadableSpan]:
        return [span for span in self.kept.get_finished_spans() if f"{span.context.trace_id:032x}" == self.trace]

    @property
    def rooms(self) -> set[str]:
        return {str(span.resource.attributes["service.name"]).removeprefix("gridloop-") for span in self.spans}

    def named(self, name: str) -> ReadableSpan:
        return next(span for span in self.spans if span.name == name)

    async def until(self, *wanted: str) -> None:
        """Until each of these has ended, and all three rooms have had their part."""
        async with asyncio.timeout(30):
            while not set(wanted) <= {span.name for span in self.spans} or len(self.rooms) < 3:
                await asyncio.sleep(0.05)

    async def post(self, doors: Doors, report: dict[str, Any]) -> str:
        """A report whose sender has a trace already."""
        who, sent_in = ("clerk" if "settled" in report else "hotline"), f"00-{self.trace}-{FROM_THEM}-01"
        answer = await doors.ask(who, "POST", "/intake/v1/cases", report, traceparent=sent_in)
        return str(answer.json()["case_no"])


@pytest.fixture
def watched() -> Iterator[Watched]:
    kept = InMemorySpanExporter()
    tracing.export_to(SimpleSpanProcessor(kept))
    yield Watched(kept)
    tracing.export_to(None)


async def test_a_reports_trace_goes_over_the_queues_through_all_three_rooms(doors: Doors, watched: Watched) -> None:
    case_no = await watched.post(doors, REPORT)
    await watched.until("receive report.received", "move route", "receive order.moved", "job to_feedback")
    first, route = watched.named("POST /v1/cases"), watched.named("move route")
    assert first.parent is not None
    assert f"{first.parent.span_id:016x}" == FROM_THEM
    assert route.attributes is not None
    assert route.attributes["gridloop.case_no"] == case_no
    assert route.attributes["gridloop.to_state"] == "handle.dispatched"


async def test_the_trace_goes_on_to_the_survey_provider_and_with_its_callback_back_to_the_case(
    doors: Doors, house: Settings, watched: Watched
) -> None:
    """The provider need not say anything of the trace: feedback knows in which one it asked."""
    case_no = await surveyed(doors, watched)
    header, events = await offered(house, case_no)
    assert header.split("-")[1] == watched.trace
    assert [event["traceparent"].split("-")[1] for event in events] == [watched.trace]
    answer = {"case_no": case_no, "round": 1, "kind": "settled", "called_at": events[0]["timestamp"]}
    assert await doors.call_back(answer | {"contacted": True, "solved": "解决", "satisfied": "满意"}) == "recorded"
    await watched.until("call survey provider", "judge", "receive verdict.given")
    callback = next(span for span in watched.kept.get_finished_spans() if span.name == "POST /v1/callbacks")
    assert [link.context.trace_id for link in watched.named("judge").links] == [callback.context.trace_id]


async def surveyed(doors: Doors, watched: Watched) -> str:
    """A case that was settled at the desk and came into the sample that is asked."""
    percent = presets.load("shanghai").routing.settled_sample_percent
    while not in_sample(case_no := await watched.post(doors, SETTLED), "settled", percent):
        pass
    async with asyncio.timeout(30):
        while not (found := await doors.find(f"/feedback/v1/surveys/{case_no}")) or not found["surveys"]:
            await asyncio.sleep(0.1)
    return case_no


async def offered(house: Settings, case_no: str) -> tuple[str, list[dict[str, Any]]]:
    """The offer of this survey as the provider is sent it: the header, and the events."""
    got: list[httpx.Request] = []

    def provider(request: httpx.Request) -> httpx.Response:
        got.append(request)
        return httpx.Response(204)

    settings = house.model_copy(update={"survey_url": "http://provider.example/jobs"})
    database = Database(house.database_for("feedback"), "feedback", pool_size=1)
    async with database.unit() as session:
        handle = "update surveys set relay = 'rl_of_the_test' where case_no = :case_no"
        await session.execute(text(handle), {"case_no": case_no})
    async with database.unit() as session:
        assert await offers.gather(session) == 1
        batch = await session.scalar(text("select batch from offers join surveys on id = survey where case_no = :no"),
                                     {"no": case_no})  # fmt: skip
    await offers.Sender(settings, database, transport=httpx.MockTransport(provider))(str(batch).encode())
    await database.close()
    return got[0].headers["traceparent"], json.loads(got[0].content)


async def test_no_span_holds_anything_of_a_person_or_anybodys_words(doors: Doors, watched: Watched) -> None:
    await watched.post(doors, REPORT)
    await watched.until("receive order.moved", "move route")
    found = watched.kept.get_finished_spans()
    told = [(name, value) for span in found for name, value in (span.attributes or {}).items()]
    assert {name for name, _ in told} <= tracing.ATTRIBUTES
    assert "gridloop.case_no" in dict(told)
    words = json.dumps([told, [span.name for span in found]], ensure_ascii=False)
    assert all(each not in words for each in (NAME, PHONE, STREET))
    assert not any(span.events for span in found)
