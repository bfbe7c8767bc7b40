"""The base of routing's tables."""

from sqlalchemy.orm import DeclarativeBase

from services.database import Columns, room_metadata


class Base(Columns, DeclarativeBase):
    metadata = room_metadata()
