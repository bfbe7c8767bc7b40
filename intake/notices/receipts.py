"""A provider's word on what became of messages, by the id it gave them; harmless when repeated or out of order."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from intake.models import Notification
from services.database import rows_changed

Id = Annotated[str, Field(min_length=1, max_length=200)]


class Receipt(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)
    message_id: Id
    result: Literal["delivered", "undeliverable"]


class Receipts(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"receipts": [{"message_id": "m-1", "result": "delivered"}]}]},
    )
    receipts: Annotated[list[Receipt], Field(max_length=500)]


class ReceiptsTaken(BaseModel):
    noted: int
    ignored: int


async def take(session: AsyncSession, told: Receipts) -> ReceiptsTaken:
    """Only what was sent becomes delivered or not: the first word about a message holds."""
    noted = 0
    for receipt in sorted(told.receipts, key=lambda each: each.message_id):
        of_it = (Notification.adapter == "sms", Notification.provider_id == receipt.message_id)
        said = update(Notification).where(*of_it, Notification.result == "sent").values(result=receipt.result)
        noted += rows_changed(await session.execute(said))
    return ReceiptsTaken(noted=noted, ignored=len(told.receipts) - noted)
