"""Telling intake which issues are public, in the transaction that makes a version of the lists the city's own."""

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from routing.list_shelves import lists_at
from routing.lists import Issue, IssueList
from routing.models import ListState, ListVersion
from services.messages import ListsPublished, PublicIssue
from services.messaging import tell

AT_ONCE = 150
"""Issues in one message."""


async def tell_lists(session: AsyncSession, version: ListVersion) -> None:
    """The public issues of a published version; also where there is none, so that nothing older is offered on."""
    issues = (await lists_at(session, version.number)).issues
    parts = list(_parts([_told(issue, issues) for issue in issues if issue.public]))
    for number, part in enumerate(parts):
        message = ListsPublished(
            version=version.number,
            published_at=version.published_at,
            part=number,
            parts=len(parts),
            first=number * AT_ONCE,
            issues=tuple(part),
        )
        await tell(session, message, sequence=version.number)


async def tell_published(session: AsyncSession) -> None:
    """The version that is published now, if the lists were ever imported."""
    version = await session.scalar(select(ListVersion).where(ListVersion.state == ListState.PUBLISHED))
    if version is not None:
        await tell_lists(session, version)


def _parts(told: Sequence[PublicIssue]) -> Iterator[Sequence[PublicIssue]]:
    for start in range(0, max(len(told), 1), AT_ONCE):
        yield told[start : start + AT_ONCE]


def _told(issue: Issue, issues: IssueList) -> PublicIssue:
    return PublicIssue(
        code=issue.code,
        name=issue.name,
        group=issues.find(issue.class_code).name,
        description=issue.filing_condition,
        grade=issue.grade.value,
        questions=issue.questions,
        keywords=issue.keywords,
    )
