"""Which cases were erased here, as intake told it."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base


class ErasedCase(Base):
    """A part of a case whose words or photos are gone; what comes late for it goes with the next night."""

    __tablename__ = "erased_cases"
    __table_args__ = ({"info": {"append_only": True}},)
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)
    district: Mapped[str]
    at: Mapped[datetime]
