"""Where it is: a place from words, a point, or what was given with a report. Pure; one `Places` per city."""

from routing.places.guess import Evidence, PlaceGuess, Places
from routing.places.rulings import Reason

__all__ = ["Evidence", "PlaceGuess", "Places", "Reason"]
