"""A small storm, by the same code as `gridloop campaign storm`: two workers, one of them killed half-way."""

from grid_centre import Centre
from installation import Urls

from routing.campaign_commands import weather
from routing.storms import EXPECTED, brew, count
from routing.terms import terms

ORDERS = 150


async def test_a_storm_is_done_once_each_though_a_worker_is_killed_half_way(centre: Centre, routing_urls: Urls) -> None:
    figures = await weather(centre.database, routing_urls["routing"], terms(centre.app.state.settings), ORDERS)
    assert figures["whole"], figures
    assert (figures["done"], figures["skipped"], figures["twice"], figures["failed"]) == (ORDERS, 0, 0, 0)
    assert (figures["timelines_verified"], figures["broken"]) == (ORDERS, 0)


async def test_alone_a_sweep_goes_strictly_by_the_due_times(centre: Centre) -> None:
    end = await brew(centre.database, terms(centre.app.state.settings), 90)
    swept = await centre.sweep()
    counted = await count(centre.database, end)
    assert counted.whole, counted
    assert (swept.orders, counted.displaced) == (90, 0)
    assert sum(swept.acts.values()) == 90
    assert len(EXPECTED) == 3
