"""Puts the starter city together from its tables."""

from routing.city import City
from routing.starter.addresses import addresses
from routing.starter.divisions import divisions
from routing.starter.people import people
from routing.starter.stations import stations
from routing.starter.street import detail
from routing.starter.units import units


def assemble() -> City:
    grids = detail(divisions())
    organised = units(grids)
    led_to = addresses()
    return City(
        grids=grids,
        addresses=led_to,
        units=organised,
        people=people(grids, organised),
        stations=tuple(stations(grids, led_to)),
    )
