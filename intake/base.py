"""The base of intake's rows: the case's own in `models`, those of the bridge, of keeping and of Open311 beside them."""

from sqlalchemy.orm import DeclarativeBase

from services.database import Columns, room_metadata


class Base(Columns, DeclarativeBase):
    metadata = room_metadata()
