"""intake hears which issues are public: when lists are published, and when an installation starts."""

import json
from typing import Any
from uuid import uuid4

import pytest
from grid_centre import Centre
from list_office import without

from routing import drafts, list_news, publishing
from routing.lists import starter_lists
from services.clocks import now
from services.identity import Actor

pytestmark = pytest.mark.usefixtures("lists_back")


async def told(centre: Centre) -> list[dict[str, Any]]:
    """The events for intake about lists, in order."""
    rows = await centre.rows("select payload from pgqueuer where entrypoint = 'to_intake' order by id")
    events = [json.loads(bytes(row["payload"])) for row in rows]
    return [event for event in events if event["type"] == "lists.published"]


def public() -> list[str]:
    return [issue.code for issue in starter_lists().issues if issue.public]


async def test_a_publication_tells_the_public_issues_in_parts_that_make_a_whole(centre: Centre) -> None:
    editor, publisher = (Actor(person=uuid4(), key="k", machine=False, grants=()) for _ in range(2))
    async with centre.database.unit() as session:
        number = (await drafts.make(session, without("K01"), actor=editor, source="test")).number
        await publishing.check(session, number, actor=editor, day=now().date())
    assert await told(centre) == []
    async with centre.database.unit() as session:
        await publishing.publish(session, number, actor=publisher)
    parts = [event["data"] for event in await told(centre)]
    assert [part["part"] for part in parts] == list(range(parts[0]["parts"]))
    assert {part["version"] for part in parts} == {number}
    issues = [issue for part in parts for issue in part["issues"]]
    assert [issue["code"] for issue in issues] == public()
    first = starter_lists().issues.find("05-01")
    bins = next(issue for issue in issues if issue["code"] == "05-01")
    assert (bins["name"], bins["group"], bins["questions"]) == (first.name, "市容环卫", list(first.questions))
    assert [event["subject"] for event in await told(centre)] == ["lists"] * len(parts)


async def test_the_published_lists_can_be_told_again(centre: Centre) -> None:
    async with centre.database.unit() as session:
        await list_news.tell_published(session)
    parts = [event["data"] for event in await told(centre)]
    assert sum(len(part["issues"]) for part in parts) == len(public())
    assert {part["version"] for part in parts} == {1}
    assert all(len(json.dumps(part)) < 2**20 / 2 for part in parts)
