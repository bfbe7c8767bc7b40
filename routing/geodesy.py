"""Points in the four reference systems, brought to WGS-84: the floor's own, under the name routing knows them by."""

from services.geodesy import CHINA, Point, from_wgs84, shifted, to_wgs84, unshifted

__all__ = ["CHINA", "Point", "from_wgs84", "shifted", "to_wgs84", "unshifted"]
