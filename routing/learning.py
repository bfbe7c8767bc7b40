"""The matcher learns from dispatches that people made or confirmed: a candidate model, which serves once published.

A case is an example where a dispatcher dispatched, reclassified or redirected it, or where it was closed as resolved;
its text is redacted as stored; without a text it is none. A candidate is a model that no published list names.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from routing import evaluating
from routing.catalogue import Catalogue, current
from routing.classifying import Classifier, Example, Material, material, starter_corpus, train
from routing.lists import IssueList
from routing.models import CatalogueState, ClassifierRow, IssueRow, ListState, ListVersion, Order
from routing.places import Places
from routing.shelves import put_model, touch
from routing.states import Move, Outcome, State
from services import audit
from services.identity import Actor
from services.problems import Conflict, NotFound
from services.roles import Role
from services.timeline import Entry

DECIDING = (Move.DISPATCH.value, Move.RECLASSIFY.value, Move.REDIRECT.value)
UNTOLD = (State.REGISTERED, State.TRIAGE)
"""Where nothing has been decided, or is to be decided anew."""
HELD_BACK = 3
"""Every third new case is held back for the comparison."""
FIGURES = ("issues", "top1", "strict", "top3", "precision", "coverage")


class UnknownModel(NotFound):
    """There is no model of this version."""


class ForeignModel(Conflict):
    """The model answers with issues that the published list does not have: it was made for another one."""

    remedy = "Learn again under the published list, and publish the model that comes of it."


@dataclass(frozen=True, slots=True)
class Case:
    """A decided case: its words without places, its issue, and when that was last said."""

    case_no: str
    text: str
    issue: str
    at: datetime

    @property
    def held_back(self) -> bool:
        """By its words, so that the same case is always dealt to the same side."""
        return sha256(self.text.encode()).digest()[0] % HELD_BACK == 0


@dataclass(frozen=True)
class Lesson:
    """A candidate and what it was made from. Without held-back cases there are no figures to compare."""

    model: str
    serving: str
    examples: int
    candidate: dict[str, Any] | None
    current: dict[str, Any] | None


async def learn(session: AsyncSession, *, threshold: float) -> Lesson:
    """Make the next model from the published list, the corpus and all decided cases, and keep it as a candidate.

    It is compared on new cases, which the serving model cannot have seen, by a model that has not seen them either.
    Takes as long as two trainings, in a thread.
    """
    catalogue = await current(session)
    cases = await decided(session, catalogue, catalogue.lists.issues)
    made_at = await _made_at(session, catalogue)
    held = [case for case in cases if case.held_back and case.at > made_at]
    model = await _kept(session, await asyncio.to_thread(material_of, catalogue.lists.issues, cases))
    lesson = await asyncio.to_thread(compared, catalogue, model, cases, held, threshold)
    await audit.record(
        session,
        "model.learned",
        lesson.model,
        voice="system",
        serving=lesson.serving,
        examples=lesson.examples,
        candidate=lesson.candidate,
        current=lesson.current,
    )
    return lesson


async def publish_model(session: AsyncSession, version: str, *, by: Actor | None = None) -> str:
    """Let this model serve under the published list; the version it replaces. Raises UnknownModel, ForeignModel.

    Without a person it is done at the machine itself.
    """
    await session.execute(select(CatalogueState.version).with_for_update())
    kept = await session.get(ClassifierRow, version)
    if kept is None:
        raise UnknownModel
    published = (await session.scalars(select(ListVersion).where(ListVersion.state == ListState.PUBLISHED))).one()
    issues = await session.scalars(select(IssueRow.code).where(IssueRow.version == published.number))
    if not set(Classifier.from_bytes(kept.weights).issues) <= set(issues):
        raise ForeignModel
    before, published.model = str(published.model), version
    await session.flush()
    await touch(session, city=False)
    facts: dict[str, Any] = {"replaces": before, "lists": published.number}
    await audit.record(session, "model.published", version, actor=by, voice=None if by else "system", **facts)
    return before


async def decided(session: AsyncSession, catalogue: Catalogue, issues: IssueList) -> list[Case]:
    """All examples of these issues, by number; of cases with the same words the last decision counts."""
    by_dispatcher = (
        select(Entry.case_no, func.max(Entry.at).label("at"))
        .where(Entry.move.in_(DECIDING), Entry.by_role == Role.DISPATCHER.value)
        .group_by(Entry.case_no)
        .subquery()
    )
    resolved = and_(Order.state == State.CLOSED, Order.outcome == Outcome.RESOLVED)
    at = func.greatest(by_dispatcher.c.at, Order.closed_at)
    wanted = (
        select(Order.case_no, Order.text, Order.issue, at)
        .outerjoin(by_dispatcher, by_dispatcher.c.case_no == Order.case_no)
        .where(
            Order.text != "",
            Order.issue.is_not(None),
            Order.state.not_in(UNTOLD),
            or_(by_dispatcher.c.at.is_not(None), resolved),
        )
        .order_by(at, Order.case_no)
    )
    rows = [(case_no, text, issue, at) for case_no, text, issue, at in await session.execute(wanted)]
    return await asyncio.to_thread(_cases, rows, catalogue.places, issues)


def _cases(rows: Iterable[tuple[str, str, str | None, datetime]], places: Places, issues: IssueList) -> list[Case]:
    """As the model reads them when it is asked: without the names of places."""
    by_words: dict[str, Case] = {}
    for case_no, text, issue, at in rows:
        words = places.without_names(text).strip()
        if words and issue in issues:
            by_words[words] = Case(case_no, words, str(issue), at)
    return sorted(by_words.values(), key=lambda case: case.case_no)


async def _made_at(session: AsyncSession, catalogue: Catalogue) -> datetime:
    serving = select(ClassifierRow.made_at).where(ClassifierRow.version == catalogue.classifier.version)
    return (await session.scalars(serving)).one()


def material_of(issues: IssueList, cases: Sequence[Case]) -> Material:
    """What a model of these issues is made from: their own words, the corpus, and what people decided."""
    examples = [Example(case.text, case.issue) for case in cases]
    return material(issues, (*starter_corpus(), *examples))


async def _kept(session: AsyncSession, wanted: Material) -> str:
    """The name of the material's model; the same material makes the same model, which is not made again."""
    name = await asyncio.to_thread(lambda: wanted.version)
    if await session.get(ClassifierRow, name) is None:
        await put_model(session, await asyncio.to_thread(train, wanted))
    return name


def compared(catalogue: Catalogue, model: str, cases: Sequence[Case], held: Sequence[Case], threshold: float) -> Lesson:
    """The lesson; where cases are held back, with a model that stands in for the candidate and has not seen them."""
    candidate = serving = None
    if held:
        unseen = set(held)
        stand_in = train(material_of(catalogue.lists.issues, [case for case in cases if case not in unseen]))
        lines = [{"id": case.case_no, "text": case.text, "l1": case.issue[:2]} for case in held]
        candidate = _figures(replace(catalogue, classifier=stand_in), lines, threshold)
        serving = _figures(catalogue, lines, threshold)
    return Lesson(model, catalogue.classifier.version, len(cases), candidate, serving)


def _figures(catalogue: Catalogue, lines: Sequence[evaluating.Line], threshold: float) -> dict[str, Any]:
    found = evaluating.issues(catalogue, lines, threshold)
    return {name: found[name] for name in FIGURES}
