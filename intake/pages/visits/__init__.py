"""Visit notes (民情日记): three fields at a door, and it is a case, or settled on the spot."""

from intake.pages.visits.showing import pages

__all__ = ["pages"]
