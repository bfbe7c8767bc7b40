"""The officer's phone (网格员): my list by urgency, one case on one screen, three moves under one thumb."""

from routing.pages.officer.pressing import UPLOADS
from routing.pages.officer.showing import pages

__all__ = ["UPLOADS", "pages"]
