"""Every id of feedback, asked for by auditors of another street, by other callers, by another body's administrator.

The evaluation body is one for the whole city: its callers and evaluators may know of every survey, rating and finding.
What belongs to one of them is a survey that was taken, and what needs a second person.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from call_centre import CASE, CITY, DAY, PATHS, STREET, Centre, event
from sqlalchemy import insert

from feedback import staff
from feedback.models import Finding
from services.access import ROLES
from services.identity import digest, mint
from services.ids import new_id
from services.messages import AccessChanged, GrantFact, KeyFact, PersonFact, UnitFact
from services.roles import Role

OTHER, OTHER_PATH = "310101010", "/31/310101/310101010/"
NO_CASE = "2025030100000433"
EXCLUSION = {
    "case_no": CASE, "rates": ["satisfaction"], "ground": "not_ours", "reason": "非本市职责", "evidence": "核查单 12",
}  # fmt: skip
CORRECTION = {"solved": "unsolved", "satisfied": "dissatisfied", "reason": "回听录音，诉求人说的是没有解决"}
HEARD = {"solved": "solved", "satisfied": "satisfied"}


async def auditor_at(centre: Centre, code: str, path: str, *, ended: datetime | None = None) -> str:
    """An auditor in a unit, by the name under which the centre keeps the key."""
    person, (key, half, _), name = uuid4(), mint(), f"auditor at {code} {ended}"
    told = AccessChanged(
        units=(UnitFact(code=code, name=code, level="-", parent=None, path=path),),
        people=(PersonFact(id=person, name=name),),
        grants=(GrantFact(id=uuid4(), person=person, role=Role.AUDITOR, unit=code, ended_at=ended),),
        keys=(KeyFact(id=half, person=person, digest=digest(key)),),
    )  # fmt: skip
    await centre.hear(told, 9)
    centre.keys[name] = key
    return name


async def somebody_more(centre: Centre, name: str, role: Role) -> UUID:
    async with centre.database.unit() as session:
        person, _ = await staff.appoint(session, name=name, roles=[role])
        _, centre.keys[name] = await staff.hand_key(session, person=person)
    return person


async def theirs(centre: Centre) -> dict[str, str]:
    """One of everything, about a case that the street led."""
    await centre.moved()
    await centre.handled()
    assert await centre.results(event()) == ["recorded"]
    (rating,) = await centre.rows("select id from answers")
    evaluator = centre.as_("evaluator")
    corrected = await evaluator.post(f"/v1/ratings/{rating['id']}/corrections", json=CORRECTION)
    excluded = await evaluator.post("/v1/exclusions", json=EXCLUSION)
    assert (corrected.status_code, excluded.status_code) == (202, 202), (corrected.text, excluded.text)
    finding = {
        "id": new_id(), "test": "all_satisfied", "method": "2026.1", "subject": STREET, "period_start": DAY,
        "period_end": DAY, "statistic": {}, "p_value": 0.001, "cases": [CASE], "found_at": DAY, "version": 1,
    }  # fmt: skip
    async with centre.database.unit() as session:
        await session.execute(insert(Finding).values(finding))
    return {
        "case_no": CASE,
        "survey": str(uuid4()),
        "finding": str(finding["id"]),
        "rating": str(rating["id"]),
        "correction": corrected.json()["id"],
        "number": excluded.json()["id"],
    }


async def test_an_auditor_of_another_street_gets_at_nothing_by_its_id(centre: Centre) -> None:
    known = await theirs(centre)
    mine = centre.as_(await auditor_at(centre, STREET, PATHS[STREET]))
    client = centre.as_(await auditor_at(centre, OTHER, OTHER_PATH))
    opened = [
        path
        for (method, path), roles in ROLES["feedback"].items()
        if Role.AUDITOR in roles and method == "GET" and ("{case_no}" in path or "{finding}" in path)
    ]
    assert len(opened) == 4
    for path in opened:
        at = path.format(**known)
        nothing = path.format(case_no=NO_CASE, finding=uuid4())
        assert (await mine.get(at)).status_code == 200, path
        answers = [await client.get(each) for each in (at, nothing)]
        assert [each.status_code for each in answers] == [404, 404], path
        if path.startswith("/v1"):
            assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("path", ["/v1/surveys", "/v1/anomalies", "/v1/exclusions", "/evaluation"])
async def test_a_list_shows_an_auditor_what_the_own_subtree_led_and_nothing_else(centre: Centre, path: str) -> None:
    await theirs(centre)
    named = {"/v1/surveys": CASE, "/v1/exclusions": CASE, "/v1/anomalies": STREET, "/evaluation": CASE}[path]
    top, street = centre.as_("auditor"), centre.as_(await auditor_at(centre, STREET, PATHS[STREET]))
    other = centre.as_(await auditor_at(centre, OTHER, OTHER_PATH))
    for client, seen in ((top, True), (street, True), (other, False)):
        answer = await client.get(path)
        assert (answer.status_code, named in answer.text) == (200, seen)


async def test_figures_reports_and_their_cases_of_another_street_are_not_there(centre: Centre) -> None:
    await theirs(centre)
    other = centre.as_(await auditor_at(centre, OTHER, OTHER_PATH))
    period = {"from": "2025-03-01", "to": "2025-04-01"}
    for path, more in (
        ("/v1/figures", period),
        ("/v1/figures/by/unit", period),
        ("/v1/figures/export", period | {"format": "csv"}),
        ("/v1/figures/cases", period | {"rate": "satisfaction"}),
        ("/v1/figures/cases/export", period | {"rate": "satisfaction", "format": "csv"}),
        ("/v1/reports/2025-03", {}),
        ("/evaluation/figures", {"month": "2025-03"}),
        ("/evaluation/figures/cases", {"month": "2025-03", "rate": "satisfaction"}),
    ):
        for unit in (STREET, CITY):
            assert (await other.get(path, params=more | {"unit": unit})).status_code == 404, path
        own = await other.get(path, params=more)
        assert (own.status_code, CASE in own.text) == (200, False), path


async def test_an_auditor_whose_role_is_over_gets_at_nothing_at_all(centre: Centre) -> None:
    known = await theirs(centre)
    gone = centre.as_(await auditor_at(centre, STREET, PATHS[STREET], ended=DAY))
    for (method, path), roles in ROLES["feedback"].items():
        if (
            Role.AUDITOR in roles
            and "{" in path
            and method == "GET"
            and not path.startswith(("/v1/figures", "/v1/rep"))
        ):
            assert (await gone.get(path.format(**known))).status_code == 403, path


async def test_a_survey_that_another_caller_took_is_not_yours_to_answer_for(centre: Centre) -> None:
    await centre.handled()
    survey = (await centre.survey())["id"]
    await somebody_more(centre, "second caller", Role.CALLER)
    assert (await centre.as_("caller").post(f"/v1/calls/{survey}/take")).status_code == 200
    other, mine = centre.as_("second caller"), centre.as_("caller")
    assert (await mine.get(f"/v1/calls/{survey}")).json()["errand"]
    assert (await other.get(f"/v1/calls/{survey}")).json()["errand"] is None
    assert (await other.get("/v1/calls")).json()["items"] == []
    tried: list[tuple[str, Any, int]] = [
        ("take", None, 409), ("attempts", {"result": "no_answer"}, 409), ("answers", HEARD, 409),
    ]  # fmt: skip
    for verb, body, status in tried:
        assert (await other.post(f"/v1/calls/{survey}/{verb}", json=body)).status_code == status, verb
        form = {"result": "no_answer", **HEARD}
        assert (await other.post(f"/calls/{survey}/{verb}", data=form)).status_code == status, verb
    assert "errand" not in (await other.get(f"/calls/{survey}")).text
    for path in (f"/v1/calls/{uuid4()}", f"/calls/{uuid4()}"):
        assert (await other.get(path)).status_code == 404
    assert await centre.rows("select 1 from answers") + await centre.rows("select 1 from attempts") == []


async def test_an_id_of_nothing_is_404_for_who_may_decide(centre: Centre) -> None:
    """Ratings with their photos, corrections, exclusions, findings: pages as well as API."""
    evaluator, why = centre.as_("evaluator"), {"reason": "样例理由，四字以上", "evidence": "核查单 12"}
    review = {"decision": "explained", "reason": "抽查录音 10 件，均属实"}
    bodies = {"photo": None, "corrections": CORRECTION, "review": review}
    asked = 0
    for (method, path), roles in ROLES["feedback"].items():
        named = {name for name in ("rating", "correction", "number", "finding") if f"{{{name}}}" in path}
        if Role.EVALUATOR not in roles or not named:
            continue
        at, body = path.format(**{name: uuid4() for name in named}), bodies.get(path.rpartition("/")[2], why)
        form = {"data": body} if path.startswith("/evaluation") and method == "POST" else {"json": body}
        if body and method == "POST" and "undoing" not in path and form.get("json") == why:
            form = {"json": {"reason": why["reason"]}}
        answer = await evaluator.request(method, at, **form)
        assert answer.status_code == 404, (method, path, answer.text)
        asked += 1
    assert asked >= 10


async def test_what_one_proposed_is_not_ones_own_to_complete(centre: Centre) -> None:
    known = await theirs(centre)
    own, other = centre.as_("evaluator"), await somebody_more(centre, "second evaluator", Role.EVALUATOR)
    why = {"reason": "样例理由，四字以上"}
    for path in (f"/v1/corrections/{known['correction']}/refusal", f"/v1/exclusions/{known['number']}/refusal"):
        assert (await own.post(path, json=why)).status_code == 409
        assert (await centre.as_("second evaluator").post(path, json=why)).status_code == 200
    (ruled,) = await centre.rows("select by_person from exclusion_rulings")
    assert ruled["by_person"] == other


@pytest.mark.parametrize("verb", ["account", "account/reset", "subject", ""])
async def test_people_and_keys_of_those_who_are_judged_are_not_ours_to_keep(centre: Centre, verb: str) -> None:
    """The evaluation body's administrator has no hand on them, nor the city's on the evaluation body's."""
    (judged,) = await centre.rows("select id from people where name = 'supervisor'")
    (judge,) = await centre.rows("select id from people where name = 'evaluator'")
    method = {"account": "POST", "account/reset": "POST", "subject": "PUT", "": "DELETE"}[verb]
    body = {
        "account": {"username": "yangli"},
        "account/reset": {},
        "subject": {"issuer": "https://sign-in.example", "subject": "s-1"},
    }.get(verb)
    for person in (judged["id"], uuid4()):
        path = f"/v1/people/{person}/{verb}".rstrip("/")
        assert (await centre.as_("administrator").request(method, path, json=body)).status_code == 404, verb
    path = f"/v1/people/{judge['id']}/{verb}".rstrip("/")
    assert (await centre.as_("city administrator").request(method, path, json=body)).status_code in (403, 404), verb
    (key,) = await centre.rows("select id from keys where person = :p", p=judged["id"])
    assert (await centre.as_("administrator").delete(f"/v1/keys/{key['id']}")).status_code == 404
