"""A draft becomes what the city works by: checked against the city, then published by somebody who did not write it."""

import asyncio
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import abolished, coverage, drafts, learning, shelves
from routing.catalogue import current
from routing.city import City
from routing.classifying import material, train
from routing.coverage import Coverage
from routing.list_news import tell_lists
from routing.list_shelves import lists_at
from routing.lists import IssueList
from routing.models import CatalogueState, ClassifierRow, ListState, ListVersion
from services import audit
from services.clocks import now
from services.identity import Actor
from services.problems import Conflict, Problem

MOST_FINDINGS = 20


class NotChecked(Conflict):
    """This draft has not been checked as it is now."""

    remedy = "POST …/check first; every edit takes the check back."


class CheckOutdated(Conflict):
    """The city or its published lists have changed since this draft was checked."""

    remedy = "POST …/check again, and look at what it now changes."


class OwnDraft(Problem):
    """You wrote or edited this draft; another person has to publish it."""

    status = 403
    title = "Second person needed"
    remedy = "Ask another publisher."


class GapsLeft(Conflict):
    """In some places nobody would be responsible for some matters."""

    title = "Gaps left"
    remedy = "Add the rows that are missing, or publish with `override` and the reason why these gaps may stay."


class OverlapsLeft(Conflict):
    """In some places two rows would be equally responsible; that cannot be let through."""

    remedy = "Take one of the rows away, or separate their days."


async def check(
    session: AsyncSession, number: int, *, actor: Actor, day: date, revision: int | None = None
) -> ListVersion:
    """Prove the draft's coverage from this day on, and make its model. A draft with gaps is checked too; they are told.

    Takes as long as a training where the issue list is new (some 20 s), else about a second; both in a thread. Who
    edits the draft meanwhile waits.
    """
    version = await drafts.find_open(session, number, revision=revision)
    (catalogue, city), lists = await _city_now(session), await lists_at(session, number)
    found = await asyncio.to_thread(coverage.check, lists, city, day=day)
    version.model = await model_for(session, lists.issues)
    version.state, version.checked_at = ListState.CHECKED, now()
    version.coverage = told(found, day, catalogue)
    await session.flush()
    await audit.record(session, "list.checked", str(number), actor=actor, ok=found.ok, gaps=len(found.gaps))
    return version


async def _city_now(session: AsyncSession) -> tuple[int, City]:
    """The city with the version of its catalogue; never the one before, by which requests may still be answered."""
    newest = (await session.scalars(select(CatalogueState.version))).one()
    kept = await current(session)
    if kept.version == newest:
        return newest, kept.city
    return newest, await asyncio.to_thread(shelves.city_of, await shelves.read_city(session))


def told(found: Coverage, day: date, catalogue: int) -> dict[str, Any]:
    """The result as it is kept: whether it holds, how much was looked at, and what to mend, the widest first."""
    return {
        "ok": found.ok,
        "day": day.isoformat(),
        "catalogue": catalogue,
        "pairs": found.pairs,
        "intervals": len(found.intervals),
        "gaps": len(found.gaps),
        "gap_pairs": sum(finding.pairs for finding in found.gaps),
        "overlaps": len(found.overlaps),
        "findings": list(found.told(MOST_FINDINGS)),
        "astray": list(found.astray),
    }


async def model_for(session: AsyncSession, issues: IssueList) -> str:
    """The name of the model that reads texts for these issues.

    The one that serves, with all it has learned, where the issues are described in the same words; else one made of
    the list, the corpus and the decided cases, which is trained where there is none of the same material.
    """
    serving = await drafts.published(session)
    known = (await lists_at(session, serving.number)).issues
    if serving.model is not None and await asyncio.to_thread(_same_words, issues, known):
        return serving.model
    cases = await learning.decided(session, await current(session), issues)
    wanted = await asyncio.to_thread(learning.material_of, issues, cases)
    name = await asyncio.to_thread(lambda: wanted.version)
    if await session.scalar(select(ClassifierRow.version).where(ClassifierRow.version == name)) is None:
        await shelves.put_model(session, await asyncio.to_thread(train, wanted))
    return name


def _same_words(one: IssueList, other: IssueList) -> bool:
    return material(one).version == material(other).version


async def publish(
    session: AsyncSession, number: int, *, actor: Actor, override: str | None = None, revision: int | None = None
) -> ListVersion:
    """Put the draft in the place of the published version. Of two publishers at once the second finds its check
    outdated, for the catalogue has grown by then; the index on `published` stands behind that."""
    version = await drafts.find_open(session, number, revision=revision)
    _refuse_own(version, actor)
    found = version.coverage
    if version.state != ListState.CHECKED or found is None:
        raise NotChecked
    if found["catalogue"] != await session.scalar(select(CatalogueState.version).with_for_update()):
        raise CheckOutdated
    _refuse_gaps(found, override)
    before, at = await drafts.published(session), now()
    before.state, before.superseded_at = ListState.SUPERSEDED, at
    await session.flush()
    version.state, version.published_at, version.publisher = ListState.PUBLISHED, at, actor.person
    version.override = None if found["ok"] else override
    await session.flush()
    await shelves.touch(session, city=False)
    lists = await lists_at(session, before.number), await lists_at(session, number)
    await abolished.announce_left_out(session, *lists, day=date.fromisoformat(found["day"]))
    await tell_lists(session, version)
    facts = {"supersedes": before.number, "gaps": found["gaps"], "gap_pairs": found["gap_pairs"]}
    await audit.record(session, "list.published", str(number), actor=actor, override=version.override, **facts)
    return version


def _refuse_own(version: ListVersion, actor: Actor) -> None:
    if actor.person == version.author or str(actor.person) in version.editors:
        raise OwnDraft


def _refuse_gaps(found: dict[str, Any], override: str | None) -> None:
    facts = {name: found[name] for name in ("gaps", "gap_pairs", "overlaps", "findings")}
    if found["overlaps"]:
        raise OverlapsLeft(**facts)
    if found["gaps"] and override is None:
        raise GapsLeft(**facts)
