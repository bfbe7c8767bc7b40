"""How fast the matcher is at the size of a whole city, next to what cannot be beaten and to what others do."""

from routing.benching.figures import KINDS, measure, told
from routing.benching.lattice import MICRO_GRIDS, ROWS, catalogue, trained

__all__ = ["KINDS", "MICRO_GRIDS", "ROWS", "catalogue", "measure", "told", "trained"]
