"""What routing counts: moves once they are committed, refusals, the matcher's answers, and what is overdue."""

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from grid_centre import CITY, COMMITTEE, Centre
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from routing import steps
from routing.metering import overdue
from services import metrics, queue_readings
from services.clocks import now, stopped
from services.database import Database
from services.metrics import REGISTRIES, Readings

Grown = Callable[[str], float]


@pytest.fixture
def grown() -> Grown:
    """How much a counter has grown in this test: `gridloop_moves_total move=accept,result=made`."""

    def value(named: str) -> float:
        name, _, labels = named.partition(" ")
        given = dict(pair.split("=") for pair in labels.split(",")) if labels else {}
        return REGISTRIES["routing"].get_sample_value(name, given) or 0.0

    before: dict[str, float] = {}
    for family in REGISTRIES["routing"].collect():
        for sample in family.samples:
            before[f"{sample.name} {','.join(f'{k}={v}' for k, v in sample.labels.items())}".strip()] = sample.value
    return lambda named: value(named) - before.get(named, 0.0)


async def test_a_move_counts_once_it_is_made_and_is_timed(centre: Centre, grown: Grown) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    await centre.made(officer, case_no, "accept")
    assert grown("gridloop_moves_total move=register,result=made") == 1
    assert grown("gridloop_moves_total move=route,result=made") == 1
    assert grown("gridloop_moves_total move=accept,result=made") == 1
    assert grown("gridloop_move_seconds_count move=accept") == 1
    assert grown("gridloop_messages_total kind=report.received,result=done") == 1


async def test_a_refused_move_counts_as_refused(centre: Centre, grown: Grown) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()
    await centre.made(officer, case_no, "accept")
    assert (await centre.move(officer, case_no, "accept")).status_code == 409
    assert grown("gridloop_moves_total move=accept,result=refused") == 1
    assert grown("gridloop_moves_total move=accept,result=made") == 1


async def test_what_waits_for_a_second_person_counts_as_proposed(centre: Centre, grown: Grown) -> None:
    dispatcher = await centre.desk("dispatcher", CITY)
    case_no = await centre.report(issue=None, grid=None, text="请帮我看看这件事该找谁")
    told = {"reason": "属于已进入诉讼的合同纠纷", "legal_route": "请向人民法院提起诉讼"}
    assert (await centre.move(dispatcher, case_no, "decline", told)).status_code == 202
    assert grown("gridloop_moves_total move=decline,result=proposed") == 1
    assert grown("gridloop_moves_total move=decline,result=made") == 0


async def test_a_move_that_breaks_counts_as_failed_and_nothing_of_it_as_made(
    centre: Centre, grown: Grown, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = await centre.desk("officer", COMMITTEE)
    case_no = await centre.report()

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(steps, "tell_moved", broken)
    assert (await centre.move(officer, case_no, "accept")).status_code == 500
    assert grown("gridloop_moves_total move=accept,result=failed") == 1
    assert grown("gridloop_moves_total move=accept,result=made") == 0


async def test_the_matcher_is_counted_by_its_answer_and_the_model_by_whether_it_abstained(
    centre: Centre, grown: Grown
) -> None:
    await centre.report()
    assert grown("gridloop_matches_total result=dispatched") == 1
    assert grown("gridloop_model_answers_total result=sure") == 0
    await centre.report(issue=None, text="有事反映")
    assert grown("gridloop_matches_total result=issue_unsure") == 1
    assert grown("gridloop_model_answers_total result=abstained") == 1


async def test_overdue_orders_are_read_by_state_and_the_clock_by_how_far_it_is_behind(centre: Centre) -> None:
    case_no = await centre.report()
    due = await centre.value(case_no, "due_at")
    told = [await read(centre, at) for at in (due - timedelta(minutes=1), due + timedelta(hours=2))]
    state = await centre.value(case_no, "state")
    assert [each[("gridloop_orders_overdue", state)] for each in told] == [0, 1]
    assert [each[("gridloop_clock_waiting", "")] for each in told][1] == 1
    assert told[1][("gridloop_clock_behind_seconds", "")] >= 7000
    assert ("gridloop_orders_overdue", "closed") not in told[1]


async def read(centre: Centre, at: object) -> dict[tuple[str, str], float]:
    with stopped(at):
        async with centre.database.unit() as session:
            families = await overdue(session)
    return {(each.name, each.labels.get("state", "")): each.value for family in families for each in family.samples}


async def test_the_queue_is_read_by_what_is_due_and_what_is_put_off(centre: Centre) -> None:
    await centre.report()
    async with centre.database.unit() as session:
        put_off = "update pgqueuer set execute_after = now() + interval '2 days' where entrypoint = 'to_intake'"
        await session.execute(text(put_off))
    async with centre.database.unit() as session:
        loads = await queue_readings.loads(session)
    assert (loads["to_intake"].due, loads["to_intake"].oldest_seconds) == (0, 0)
    assert loads["to_intake"].later > 0
    assert loads["to_feedback"].due > 0


async def test_a_service_tells_all_of_it_at_one_address_and_names_no_case(centre: Centre) -> None:
    case_no = await centre.report()
    auditor = centre.client(await centre.desk("auditor", CITY))
    assert (await auditor.get(f"/v1/orders/{case_no}")).status_code == 200
    told = (await auditor.get("/metrics")).text
    families = {family.name: family for family in text_string_to_metric_families(told)}
    assert families["gridloop_database_up"].samples[0].value == 1
    assert {"gridloop_moves", "gridloop_requests", "gridloop_queue_jobs", "gridloop_orders_overdue"} <= set(families)
    assert {"/v1/orders/{case_no}"} <= {each.labels["route"] for each in families["gridloop_requests"].samples}
    assert case_no not in told


async def test_where_the_database_is_away_the_rest_is_told_all_the_same() -> None:
    lost = Database("postgresql+psycopg://nobody@127.0.0.1:1/none", "routing", pool_size=1)
    told = (await Readings(lost, [queue_readings.queue, overdue]).text()).decode()
    await lost.close()
    assert "gridloop_database_up 0.0" in told
    assert "gridloop_queue" not in told


async def test_a_reading_serves_for_a_moment_however_often_it_is_asked(centre: Centre) -> None:
    readings, asked = Readings(centre.database, []), []

    async def reading(_: object) -> list[object]:
        asked.append(now())
        return []

    readings.readings.append(reading)
    await asyncio.gather(*(readings.text() for _ in range(5)))
    assert len(asked) == 1


def test_a_worker_tells_what_it_counts_at_a_port_of_its_own() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with metrics.WORK["routing"].trying("sweep"):
        pass
    with metrics.served("routing", "127.0.0.1", port):
        told = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    assert 'gridloop_jobs_total{entrypoint="sweep",result="done"}' in told
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
