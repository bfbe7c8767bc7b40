"""Pictures of the handling: what an officer's phone showed at the place."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base


class Photo(Base):
    """One picture, made anew without what a camera writes beside it. `digest` is of what was sent: sent twice, it is
    kept once."""

    __tablename__ = "photos"
    __table_args__ = (UniqueConstraint("case_no", "digest"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"))
    district: Mapped[str]
    digest: Mapped[bytes]
    jpeg: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    width: Mapped[int]
    height: Mapped[int]
    round: Mapped[int]
    by_person: Mapped[UUID]
    at: Mapped[datetime]
