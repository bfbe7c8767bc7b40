"""The JSON of notices: choices in and out, previews, and what was sent; never an address."""

from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from intake.models import Notification
from intake.notices.choices import Choice
from intake.notices.occasions import Occasion
from intake.notices.wording import Language, Wording, placeholders_of, text_messages


class ChoiceTold(BaseModel):
    """What the reporter says about notices, for all their reports; null takes an answer back (短信通知意愿)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"sms": True, "wecom": False}]})
    sms: bool | None = Field(None, description="Text messages. Null: the city's rule holds.")
    wecom: bool | None = Field(None, description="Notices in WeCom (企业微信); without a yes there are none.")
    language: Language = "zh"

    @classmethod
    def of(cls, choice: Choice) -> "ChoiceTold":
        return cls(sms=choice.sms, wecom=choice.wecom, language=choice.language)

    @property
    def choice(self) -> Choice:
        return Choice(self.sms, self.wecom, self.language)


class NoticeSent(BaseModel):
    """One notice: why, what became of it, by which way and words; never to where."""

    occasion: str
    result: str
    at: datetime
    adapter: str | None
    template: str | None

    @classmethod
    def of(cls, row: Notification, zone: ZoneInfo) -> "NoticeSent":
        return cls(
            occasion=row.kind, result=row.result, at=row.at.astimezone(zone), adapter=row.adapter, template=row.template
        )


class NoticesOfCase(BaseModel):
    """The reporter's choice (null where there is nobody whose it could be) and the notices, newest first."""

    choice: ChoiceTold | None
    items: list[NoticeSent]


class TemplateSeen(BaseModel):
    """A template filled with made-up values."""

    key: Occasion
    version: str
    language: Language
    placeholders: list[str]
    template: str
    preview: str
    characters: int
    text_messages: int

    @classmethod
    def of(cls, wording: Wording, key: Occasion, language: Language) -> "TemplateSeen":
        text = wording.preview(key, language)
        return cls(
            key=key,
            version=wording.version,
            language=language,
            placeholders=placeholders_of(key),
            template=wording.templates[key].text(language),
            preview=text,
            characters=len(text),
            text_messages=text_messages(text),
        )


class TemplatesSeen(BaseModel):
    version: str
    items: list[TemplateSeen]
