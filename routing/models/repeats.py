"""What people decided about repeats."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from routing.models.base import Base


class PartedPair(Base):
    """An order that a person took out of another again: the matcher never merges these two by itself."""

    __tablename__ = "parted_pairs"
    case_no: Mapped[str] = mapped_column(ForeignKey("orders.case_no"), primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("orders.case_no"), primary_key=True, index=True)
    district: Mapped[str]
    at: Mapped[datetime]
