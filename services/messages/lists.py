"""What routing tells of the lists the city works by."""

from typing import ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.messages.envelope import Message


class PublicIssue(BaseModel):
    """A row of the issue list that may be public: what somebody outside is asked and told about it."""

    model_config = ConfigDict(frozen=True)
    code: str
    name: str
    group: str
    """The name of its first-level class."""
    description: str
    grade: str
    questions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class ListsPublished(Message):
    """A version of the lists is what the city works by now; its public issues, in as many parts as they need."""

    type: ClassVar[str] = "lists.published"
    version: int
    published_at: AwareDatetime
    part: int
    parts: int
    first: int
    """The place of this part's first issue in the list."""
    issues: tuple[PublicIssue, ...]

    @property
    def subject(self) -> str:
        return "lists"
