"""The matcher learns: what people decided makes a candidate, and a candidate never serves before it is published."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from grid_centre import CITY, Centre, Desk
from sqlalchemy import delete, select, update

from routing import catalogue as snapshots
from routing import learning, publishing
from routing.catalogue import Catalogue, current
from routing.classifying import Classifier, Material
from routing.learning import Case, ForeignModel, Lesson, UnknownModel
from routing.learning_commands import told
from routing.lists import IssueList
from routing.models import CatalogueState, ClassifierRow, IssueRow, ListVersion
from routing.shelves import touch
from services.clocks import now

WORDS = "隔壁人家天天半夜在阳台上剁骨头，整栋楼都被震醒，睡不着觉"
SAID, MEANT = "04-04", "18-01"
"""What the desk said it is about, and what the dispatcher makes of it: further apart than a model would go itself."""


@pytest.fixture
async def office(centre: Centre) -> AsyncIterator[Centre]:
    """The centre, with the model it has now after the test as well."""
    snapshots._KEPT.clear()
    async with centre.database.unit() as session:
        serving = str(await session.scalar(select(ListVersion.model).where(ListVersion.state == "published")))
    yield centre
    async with centre.database.unit() as session:
        await session.execute(update(ListVersion).where(ListVersion.state == "published").values(model=serving))
        await session.execute(delete(ClassifierRow).where(ClassifierRow.version != serving))
        await touch(session)
    snapshots._KEPT.clear()


async def serving(centre: Centre) -> Catalogue:
    async with centre.database.unit() as session:
        return await current(session)


async def learn(centre: Centre) -> Lesson:
    async with centre.database.unit() as session:
        return await learning.learn(session, threshold=0.5)


async def publish(centre: Centre, version: str) -> str:
    async with centre.database.unit() as session:
        return await learning.publish_model(session, version)


async def cases(centre: Centre) -> list[Case]:
    async with centre.database.unit() as session:
        catalogue = await current(session)
        return await learning.decided(session, catalogue, catalogue.lists.issues)


async def corrected(centre: Centre, dispatcher: Desk, words: str = WORDS) -> str:
    """A case whose issue a dispatcher has put right."""
    case_no = await centre.report(issue=SAID, text=words)
    await centre.made(dispatcher, case_no, "reclassify", {"issue": MEANT, "reason": "核实后更正"})
    return case_no


async def test_a_corrected_dispatch_changes_the_answer_once_the_candidate_is_published(office: Centre) -> None:
    before = await serving(office)
    assert before.classify(WORDS).class_code != MEANT[:2]
    await corrected(office, await office.desk("dispatcher", CITY))

    lesson = await learn(office)
    assert lesson.model != lesson.serving == before.classifier.version
    assert lesson.examples == 1
    await asyncio.sleep(snapshots.FRESH)
    assert (await serving(office)).classifier.version == before.classifier.version, "a candidate serves"

    assert (await learn(office)).model == lesson.model, "the same examples make the same model"

    assert await publish(office, lesson.model) == before.classifier.version
    await asyncio.sleep(snapshots.FRESH)
    after = await serving(office)
    assert after.classifier.version == lesson.model
    assert after.classify(WORDS).issue == MEANT
    (entry,) = await office.rows("select subject, voice, facts from audit where action = 'model.published'")
    assert (entry["subject"], entry["voice"]) == (lesson.model, "system")
    assert entry["facts"]["replaces"] == before.classifier.version


async def test_it_is_compared_on_new_cases_that_neither_model_has_seen(office: Centre) -> None:
    held = next(words for words in (f"{WORDS}，第{n}次了" for n in range(1, 60)) if _held_back(words))
    await corrected(office, await office.desk("dispatcher", CITY), held)
    found, catalogue = await cases(office), await serving(office)
    assert [case.held_back for case in found] == [True]
    lesson = await asyncio.to_thread(learning.compared, catalogue, "next", found, found, 0.5)
    assert lesson.current is not None
    assert lesson.candidate is not None
    assert lesson.current["issues"] == lesson.candidate["issues"] == 1
    assert lesson.current["top1"] == lesson.candidate["top1"] == 0, "what is held back was learned"
    assert "top1" in told(lesson)


def _held_back(words: str) -> bool:
    return Case("1", words, MEANT, now()).held_back


async def test_without_new_cases_nothing_is_compared(office: Centre) -> None:
    lesson = learning.compared(await serving(office), "next", [], [], 0.5)
    assert lesson.candidate is lesson.current is None
    assert "nothing to compare" in told(lesson)


async def test_what_nobody_decided_teaches_nothing(office: Centre) -> None:
    await office.report(issue=SAID, text=WORDS)
    assert await cases(office) == []


async def test_a_case_closed_as_resolved_is_confirmed(office: Centre) -> None:
    case_no = await office.report(issue=SAID, grid=None, text=f"瑞金二路街道雁荡居委会，{WORDS}")
    lead = await office.value(case_no, "lead_unit")
    officer, supervisor = await office.desk("officer", lead), await office.desk("supervisor", CITY)
    await office.made(officer, case_no, "accept")
    await office.made(officer, case_no, "report-done", {"done": "已上门劝导", "public_answer": "已劝导。"})
    await office.made(supervisor, case_no, "approve", {"finding": "属实"})
    assert await cases(office) == []
    await office.judge(case_no, "resolved")
    (case,) = await cases(office)
    assert (case.case_no, case.issue) == (case_no, SAID)
    assert "雁荡" not in case.text
    assert "剁骨头" in case.text


async def test_of_the_same_words_the_last_decision_counts(office: Centre) -> None:
    dispatcher = await office.desk("dispatcher", CITY)
    await corrected(office, dispatcher)
    later = await corrected(office, dispatcher)
    await office.made(dispatcher, later, "reclassify", {"issue": SAID, "reason": "再次核实"})
    assert [(case.case_no, case.issue) for case in await cases(office)] == [(later, SAID)]


async def test_a_model_that_does_not_exist_is_not_published(office: Centre) -> None:
    with pytest.raises(UnknownModel):
        await publish(office, "ridge-1-nobody")


async def test_a_model_of_other_issues_is_not_published(office: Centre) -> None:
    name = (await serving(office)).classifier.version
    async with office.database.unit() as session:
        version = await session.scalar(select(CatalogueState.version))
    with pytest.raises(ForeignModel):
        await _publish_without(office, SAID, name)
    async with office.database.unit() as session:
        assert await session.scalar(select(CatalogueState.version)) == version


async def test_a_publisher_lets_a_candidate_serve_and_answers_for_it(office: Centre) -> None:
    dispatcher = await office.desk("dispatcher", CITY)
    publisher, editor = await office.desk("publisher", CITY), await office.desk("editor", CITY)
    await corrected(office, dispatcher)
    name, before = (await learn(office)).model, (await serving(office)).classifier.version
    path = f"/v1/models/{name}/publication"
    assert (await office.client(editor).post(path)).status_code == 403
    answer = await office.client(publisher).post(path)
    assert (answer.status_code, answer.json()) == (200, {"version": name, "replaces": before})
    listed = (await office.client(editor).get("/v1/models")).json()["items"]
    assert [each["version"] for each in listed if each["serving"]] == [name]
    (entry,) = await office.rows("select person, subject from audit where action = 'model.published'")
    assert (entry["person"], entry["subject"]) == (publisher.person, name)
    assert (await office.client(publisher).post("/v1/models/nobody/publication")).status_code == 404


async def test_new_words_for_the_issues_keep_what_was_learned(office: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of a draft whose issues are described anew is made from the decided cases too."""
    dispatcher = await office.desk("dispatcher", CITY)
    await corrected(office, dispatcher)
    known = (await serving(office)).lists.issues
    described = IssueList(
        tuple(replace(each, phrases=(*each.phrases, "新加的说法")) if each.code == SAID else each for each in known)
    )
    made: list[Material] = []
    name = (await serving(office)).classifier

    def train(wanted: Material) -> Classifier:
        made.append(wanted)
        return name

    monkeypatch.setattr(publishing, "train", train)
    async with office.database.unit() as session:
        await publishing.model_for(session, described)
    (wanted,) = made
    assert MEANT in [example.issue for example in wanted.examples if example.text == WORDS]


async def _publish_without(centre: Centre, issue: str, model: str) -> None:
    async with centre.database.unit() as session:
        await session.execute(delete(IssueRow).where(IssueRow.code == issue))
        await learning.publish_model(session, model)
