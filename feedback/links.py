"""The citizen's one-time link: 256 random bits, kept as a keyed digest; opening does not spend it, answering does."""

import secrets
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from feedback.digests import digest
from feedback.dossiers import find
from feedback.models import Dossier, Link, State, Survey
from services.audit import record
from services.clocks import now
from services.problems import NotFound, Problem
from services.timeline import append


class SurveyOver(Problem):
    """This survey is answered, expired or cancelled: there is no link to it any longer."""

    status = 410
    title = "Survey over"


class LinkUnknown(Problem):
    """No survey has this link."""

    status = 404
    title = "Link unknown"


class LinkReplaced(Problem):
    """A newer link was sent for this survey."""

    status = 410
    title = "Link replaced"


async def issue(session: AsyncSession, survey_id: UUID, *, key: bytes) -> tuple[str, Survey]:
    """A fresh token and its survey; an older link ends with it. Raises NotFound or SurveyOver."""
    dossier, survey = await _locked(session, survey_id)
    _must_be_open(survey)
    token = secrets.token_urlsafe(32)
    old = update(Link).where(Link.survey == survey.id, Link.replaced_at.is_(None)).values(replaced_at=now())
    await session.execute(old)
    row = {"digest": digest(key, "link", token), "survey": survey.id, "issued_at": now(), "replaced_at": None}
    await session.execute(insert(Link), row)
    about: dict[str, Any] = {"survey": str(survey.id), "round": survey.round, "kind": survey.kind}
    await append(session, dossier, "link", by_role="feedback", facts=about)
    await record(session, "link.issued", survey.case_no, voice="intake", **about)
    return token, survey


async def opened(session: AsyncSession, token: str, *, key: bytes) -> Survey:
    """The survey behind a link that still holds. Raises LinkUnknown, LinkReplaced or SurveyOver."""
    _, survey = await _behind(session, token, key)
    _must_be_open(survey)
    return survey


async def grasped(session: AsyncSession, token: str, *, key: bytes) -> tuple[Dossier, Survey]:
    """The same for an answer: the case is locked first, so that of two taps one answers and the other is too late."""
    link, _ = await _behind(session, token, key)
    dossier, survey = await _locked(session, link.survey)
    await session.refresh(link)
    await session.refresh(survey)
    _must_hold(link)
    _must_be_open(survey)
    return dossier, survey


async def _behind(session: AsyncSession, token: str, key: bytes) -> tuple[Link, Survey]:
    link = await session.get(Link, digest(key, "link", token))
    if link is None:
        raise LinkUnknown
    survey = await session.get_one(Survey, link.survey)
    if survey.state == State.OPEN:
        _must_hold(link)
    return link, survey


async def _locked(session: AsyncSession, survey_id: UUID) -> tuple[Dossier, Survey]:
    case_no = await session.scalar(select(Survey.case_no).where(Survey.id == survey_id))
    dossier = await find(session, case_no) if case_no else None
    if dossier is None:
        raise NotFound("There is no such survey.")
    return dossier, await session.get_one(Survey, survey_id)


def _must_hold(link: Link) -> None:
    if link.replaced_at:
        raise LinkReplaced


def _must_be_open(survey: Survey) -> None:
    if survey.state != State.OPEN or survey.link_expires_at <= now():
        raise SurveyOver
