"""What a draft is and may become: rows that stay where they were, checks that go stale, models that are kept."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from grid_centre import Centre
from list_office import few, without
from sqlalchemy import update

from routing import drafts, publishing
from routing.drafts import Change, ListRefused, NotADraft
from routing.list_shelves import lists_at
from routing.lists import Lists, ScopeKind, starter_lists
from routing.models import ListState, ListVersion
from routing.publishing import CheckOutdated, GapsLeft, OverlapsLeft, OwnDraft
from routing.shelves import touch
from services.clocks import now
from services.identity import Actor
from services.problems import NotFound, VersionStale

pytestmark = pytest.mark.usefixtures("lists_back")
DAY = now().date()


def somebody(person: UUID | None = None) -> Actor:
    return Actor(person=person or uuid4(), key="k", machine=False, grants=())


EDITOR, PUBLISHER = somebody(), somebody()


async def drafted(centre: Centre, lists: Lists | None = None) -> int:
    async with centre.database.unit() as session:
        return (await drafts.make(session, lists or starter_lists(), actor=EDITOR, source="test")).number


async def checked(centre: Centre, lists: Lists | None = None) -> int:
    number = await drafted(centre, lists)
    async with centre.database.unit() as session:
        await publishing.check(session, number, actor=EDITOR, day=DAY)
    return number


async def publish(centre: Centre, number: int, actor: Actor = PUBLISHER, override: str | None = None) -> None:
    async with centre.database.unit() as session:
        await publishing.publish(session, number, actor=actor, override=override)


async def kept(centre: Centre, number: int) -> ListVersion:
    async with centre.database.unit() as session:
        return await drafts.find(session, number)


def test_changes_name_what_was_added_removed_and_changed() -> None:
    old = starter_lists()
    first, second, *rest = old.responsibilities.rows
    rows = (replace(first, co=()), *rest, replace(second, row="NEW"))
    new = replace(old, responsibilities=replace(old.responsibilities, rows=rows))
    found = drafts.changes(old, new)
    assert found.issues == Change([], [], [])
    assert found.responsibilities == Change(["NEW"], [second.row], [first.row])


async def test_a_draft_holds_exactly_the_lists_it_was_made_from(centre: Centre) -> None:
    number = await drafted(centre, without("R001", "K01"))
    async with centre.database.unit() as session:
        assert await lists_at(session, number) == without("R001", "K01")
        assert await lists_at(session, 1) == starter_lists()


async def test_a_replaced_row_keeps_its_place_and_a_new_one_stands_last(centre: Centre) -> None:
    number = await drafted(centre)
    row = starter_lists().responsibilities.rows[5]
    async with centre.database.unit() as session:
        await drafts.put_row(session, number, replace(row, co=()), actor=EDITOR)
        scoped = replace(row, row="NEW", scope_kind=ScopeKind.SUBTREE, scope="310101023")
        await drafts.put_row(session, number, scoped, actor=EDITOR)
    async with centre.database.unit() as session:
        rows = (await lists_at(session, number)).responsibilities.rows
    assert rows[5] == replace(row, co=())
    assert rows[-1] == scoped
    assert len(rows) == len(starter_lists().responsibilities.rows) + 1


async def test_an_edit_that_breaks_another_row_is_refused_whole(centre: Centre) -> None:
    number = await drafted(centre)
    row = starter_lists().responsibilities.rows[0]
    async with centre.database.unit() as session:
        with pytest.raises(ListRefused) as refused:
            await drafts.put_row(session, number, replace(row, row="TWIN"), actor=EDITOR)
    assert [fault.rule for fault in refused.value.faults] == ["overlap"]
    async with centre.database.unit() as session:
        assert await lists_at(session, number) == starter_lists()


async def test_who_edits_another_persons_draft_may_not_publish_it(centre: Centre) -> None:
    number = await drafted(centre)
    async with centre.database.unit() as session:
        row = starter_lists().responsibilities.rows[0]
        await drafts.put_row(session, number, replace(row, co=()), actor=PUBLISHER)
        await publishing.check(session, number, actor=EDITOR, day=DAY)
    assert (await kept(centre, number)).editors == [str(PUBLISHER.person)]
    for actor in (EDITOR, PUBLISHER):
        with pytest.raises(OwnDraft):
            await publish(centre, number, actor)
    await publish(centre, number, somebody())
    assert (await kept(centre, number)).state == ListState.PUBLISHED


async def test_every_edit_makes_a_new_revision(centre: Centre) -> None:
    number = await drafted(centre)
    row = starter_lists().responsibilities.rows[0]
    async with centre.database.unit() as session:
        before = (await drafts.find(session, number)).revision
        for co in ((), ("@committee",)):
            await drafts.put_row(session, number, replace(row, co=co), actor=EDITOR)
        assert (await drafts.find(session, number)).revision == before + 2
        with pytest.raises(VersionStale):
            await drafts.remove_row(session, number, row.row, actor=EDITOR, revision=before)


async def test_a_check_grows_stale_when_the_city_changes(centre: Centre) -> None:
    number = await checked(centre)
    async with centre.database.unit() as session:
        await touch(session)
    with pytest.raises(CheckOutdated):
        await publish(centre, number)
    async with centre.database.unit() as session:
        await publishing.check(session, number, actor=EDITOR, day=DAY)
    await publish(centre, number)


async def test_gaps_are_kept_with_their_override_and_overlaps_never_pass(centre: Centre) -> None:
    number = await checked(centre, without("R030"))
    with pytest.raises(GapsLeft):
        await publish(centre, number)
    async with centre.database.unit() as session:
        version = await drafts.find(session, number)
        overlapping = {**(version.coverage or {}), "overlaps": 1}
        await session.execute(update(ListVersion).where(ListVersion.number == number).values(coverage=overlapping))
    with pytest.raises(OverlapsLeft):
        await publish(centre, number, override="急需")
    assert (await kept(centre, number)).state == ListState.CHECKED


async def test_an_override_without_gaps_is_not_recorded(centre: Centre) -> None:
    number = await checked(centre)
    await publish(centre, number, override="以防万一")
    assert (await kept(centre, number)).override is None


async def test_a_change_of_duties_keeps_the_serving_model_and_other_words_make_another(centre: Centre) -> None:
    serving = (await kept(centre, 1)).model
    assert (await kept(centre, await checked(centre, without("R030")))).model == serving
    other = (await kept(centre, await checked(centre, few()))).model
    assert other not in (None, serving)
    assert (await kept(centre, await checked(centre, few()))).model == other


async def test_a_copy_of_a_superseded_list_brings_it_back(centre: Centre) -> None:
    await publish(centre, await checked(centre, without("K01")))
    async with centre.database.unit() as session:
        again = (await drafts.copy(session, 1, actor=EDITOR)).number
        await publishing.check(session, again, actor=EDITOR, day=DAY)
    await publish(centre, again)
    async with centre.database.unit() as session:
        assert (await drafts.published(session)).number == again
        assert await lists_at(session, again) == starter_lists()


async def test_what_was_published_cannot_be_touched(centre: Centre) -> None:
    row = starter_lists().responsibilities.rows[0]
    async with centre.database.unit() as session:
        with pytest.raises(NotADraft):
            await drafts.put_row(session, 1, row, actor=EDITOR)
        with pytest.raises(NotADraft):
            await drafts.discard(session, 1, actor=EDITOR)
        with pytest.raises(NotADraft):
            await publishing.check(session, 1, actor=EDITOR, day=DAY)
        with pytest.raises(NotFound):
            await drafts.copy(session, 12345, actor=EDITOR)


async def test_each_step_is_in_the_audit(centre: Centre) -> None:
    number = await drafted(centre)
    async with centre.database.unit() as session:
        await drafts.remove_row(session, number, "K01", actor=EDITOR)
        await publishing.check(session, number, actor=EDITOR, day=DAY)
    await publish(centre, number)
    spare = await drafted(centre)
    async with centre.database.unit() as session:
        await drafts.discard(session, spare, actor=EDITOR)
    rows = await centre.rows("select action, person from audit where action like 'list.%' order by id")
    assert [row["action"].removeprefix("list.") for row in rows] == [
        "drafted", "edited", "checked", "published", "drafted", "discarded",
    ]  # fmt: skip
    assert rows[3]["person"] == PUBLISHER.person
